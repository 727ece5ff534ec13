// Exports side by side.

import "../elements/export-compare.js";
import { openPage } from "./frame.js";

openPage();
