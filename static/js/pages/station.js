// Setup: a station from its ports to its rig file.

import "../elements/station-setup.js";
import { openPage } from "./frame.js";

openPage();
