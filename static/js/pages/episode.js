// One episode.

import "../elements/episode-view.js";
import { openPage } from "./frame.js";

openPage();
