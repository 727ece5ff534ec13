// Who did what.

import "../elements/audit-list.js";
import { openPage } from "./frame.js";

openPage();
