// Start a training; the list of runs.

import "../elements/train-start.js";
import "../elements/job-list.js";
import "../elements/run-list.js";
import { openPage } from "./frame.js";

openPage();
