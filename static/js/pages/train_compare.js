// Runs side by side.

import "../elements/run-compare.js";
import { openPage } from "./frame.js";

openPage();
