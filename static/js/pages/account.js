// One's own account.

import "../elements/copy-command.js";
import "../elements/own-account.js";
import "../elements/pair-tablet.js";
import { openPage } from "./frame.js";

openPage();
