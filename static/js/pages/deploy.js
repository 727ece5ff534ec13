// Deploy: export a policy, run it, see how it did.

import "../elements/deploy-page.js";
import { openPage } from "./frame.js";

openPage();
