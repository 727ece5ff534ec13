// One evaluation and its results.

import "../elements/evaluation-view.js";
import { openPage } from "./frame.js";

openPage();
