// Who may sign in.

import "../elements/account-list.js";
import { openPage } from "./frame.js";

openPage();
