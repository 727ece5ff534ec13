// The list of datasets.

import "../elements/dataset-list.js";
import { openPage } from "./frame.js";

openPage();
