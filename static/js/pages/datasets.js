// The list of datasets.

import "../elements/dataset-list.js";
import "../elements/job-list.js";
import "../elements/trash-list.js";
import { openPage } from "./frame.js";

openPage();
