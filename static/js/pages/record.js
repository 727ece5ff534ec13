// The Record page.

import "../elements/action-bar.js";
import "../elements/camera-wall.js";
import "../elements/drive-panel.js";
import "../elements/event-list.js";
import "../elements/first-hint.js";
import "../elements/orbit-view.js";
import "../elements/ready-panel.js";
import "../elements/recent-episodes.js";
import "../elements/setup-card.js";
import "../elements/unfinished-takes.js";
import { driver } from "../core/driver.js";
import { gamepad } from "../core/gamepad.js";
import { find } from "../core/html.js";
import { CameraWall } from "../elements/camera-wall.js";
import { openPage } from "./frame.js";

const wall = find(document, "camera-wall", CameraWall);
const signal = openPage({ operating: true, keys: { swap: () => wall.swap(), escape: () => wall.shrink() } });
driver.start(signal);
gamepad.start(signal);
