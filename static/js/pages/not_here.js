// A page for what is not built yet.

import "../elements/copy-command.js";
import { openPage } from "./frame.js";

openPage();
