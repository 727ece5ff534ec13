// One dataset.

import "../elements/dataset-edit.js";
import "../elements/dataset-facts.js";
import "../elements/episode-table.js";
import { openPage } from "./frame.js";

openPage();
