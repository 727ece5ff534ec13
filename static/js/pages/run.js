// One training run.

import "../elements/run-view.js";
import { openPage } from "./frame.js";

openPage();
