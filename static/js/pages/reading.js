// A page that only reads: the frame, and nothing else.

import { openPage } from "./frame.js";

openPage();
