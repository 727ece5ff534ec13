// A policy on the arm.

import "../elements/camera-wall.js";
import "../elements/drive-panel.js";
import "../elements/event-list.js";
import "../elements/orbit-view.js";
import "../elements/run-bar.js";
import "../elements/run-feasibility.js";
import "../elements/run-figures.js";
import "../elements/run-setup.js";
import "../elements/run-trial.js";
import { driver } from "../core/driver.js";
import { gamepad } from "../core/gamepad.js";
import { find } from "../core/html.js";
import { pressed } from "../core/policyrun.js";
import { CameraWall } from "../elements/camera-wall.js";
import { runPress } from "../model/policyrun.js";
import { openPage } from "./frame.js";

const wall = find(document, "camera-wall", CameraWall);
const keys = {
  swap: () => wall.swap(),
  escape: () => wall.shrink(),
  press: (/** @type {import("../model/keys.js").Press} */ press) => pressed(press, runPress),
};
const signal = openPage({ operating: true, keys });
driver.start(signal);
gamepad.start(signal);
