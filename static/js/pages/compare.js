// Two episodes beside each other.

import "../elements/compare-view.js";
import { openPage } from "./frame.js";

openPage();
