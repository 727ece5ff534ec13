// The plan of a dataset.

import "../elements/plan-editor.js";
import { openPage } from "./frame.js";

openPage();
