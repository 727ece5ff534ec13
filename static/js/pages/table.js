// Setup: where the table is in the top picture.

import "../elements/table-calibration.js";
import { openPage } from "./frame.js";

openPage();
