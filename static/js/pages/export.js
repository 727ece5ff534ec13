// One export and its report.

import "../elements/export-view.js";
import { openPage } from "./frame.js";

openPage();
