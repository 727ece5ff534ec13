// Setup: arm, cameras, machine, browser.

import "../elements/rig-facts.js";
import { openPage } from "./frame.js";

openPage();
