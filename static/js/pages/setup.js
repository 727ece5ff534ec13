// Setup: arm, cameras, machine, browser.

import "../elements/event-list.js";
import "../elements/rig-facts.js";
import { openPage } from "./frame.js";

openPage();
