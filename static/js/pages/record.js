// The Record page.

import "../elements/action-bar.js";
import "../elements/camera-wall.js";
import "../elements/checklist-dialog.js";
import "../elements/cluster-map.js";
import "../elements/drive-panel.js";
import "../elements/event-list.js";
import "../elements/first-hint.js";
import "../elements/guide-bar.js";
import "../elements/guide-panel.js";
import "../elements/orbit-view.js";
import "../elements/pedal-map.js";
import "../elements/recent-episodes.js";
import "../elements/setup-card.js";
import "../elements/try-checks.js";
import "../elements/unfinished-takes.js";
import "../elements/verdict-card.js";
import { listenForCues } from "../core/cues.js";
import { driver } from "../core/driver.js";
import { gamepad } from "../core/gamepad.js";
import { find } from "../core/html.js";
import { pedal } from "../core/pedal.js";
import { CameraWall } from "../elements/camera-wall.js";
import { CheckDetail } from "../elements/check-detail.js";
import { ReadyPanel } from "../elements/ready-panel.js";
import { openPage } from "./frame.js";

const wall = find(document, "camera-wall", CameraWall);
const detail = find(document, "check-detail", CheckDetail);
const lights = find(document, "ready-panel", ReadyPanel);
const keys = { swap: () => wall.swap(), why: () => lights.why(), escape: () => detail.close() || wall.shrink() };
const signal = openPage({ operating: true, keys });
driver.start(signal);
gamepad.start(signal);
pedal.start(signal);
listenForCues(signal);
