// What one or several datasets cover, and what to record next.

import "../elements/coverage-page.js";
import { openPage } from "./frame.js";

openPage();
