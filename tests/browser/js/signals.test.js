import assert from "node:assert/strict";
import { test } from "node:test";
import { followingError, lateFrames, overlaid, panels, trackingError } from "../../../static/js/model/signals.js";

/** @param {object} more @returns {import("../../../static/js/model/datasets.js").Signals} */
const signals = (more = {}) => ({
  fps: 30, time_s: [0, 1 / 30, 2 / 30], joints: ["elbow.pos", "gripper"], named: true,
  state: [[0, 1, 2], [50, 50, 49]], action: [[1, 3, 3], [50, 50, 50]],
  repeated: { top: [false, true, false], left: [false, false, true] }, age_ms: { top: [8, 41, 9], left: [8, 8, 41] },
  recovery: [false, false, false], intervention: [false, false, false], ...more,
});

test("the following error is the state less the command of the row before", () => {
  assert.deepEqual(followingError([0, 1, 2], [1, 3, 3]), [null, 0, -1]);
  assert.deepEqual(followingError([0, null, 2], [1, 3, null]), [null, null, -1]);
});

test("joints come first, then what the arm lacked and how old the pictures were, each with its unit", () => {
  assert.deepEqual(panels(signals()).map(({ name, unit }) => `${name}, ${unit}`), ["elbow, deg", "gripper, %", "following error, deg or %", "age of pictures, ms"]);
});

test("what a foreign dataset does not have is not plotted, and no unit is invented", () => {
  const foreign = panels(signals({ named: false, joints: ["value 1"], state: [], action: [[1, 2, 3]], repeated: {}, age_ms: {} }));
  assert.deepEqual(foreign.map(({ name, unit, lines }) => [name, unit, lines.map(({ label }) => label)]), [["value 1", "", ["commanded"]]]);
  assert.deepEqual(panels(signals({ joints: [], state: [], action: [], age_ms: {} })), []);
});

test("a frame is late where any camera was", () => {
  assert.deepEqual(lateFrames(signals()), [false, true, true]);
  assert.deepEqual(lateFrames(signals({ repeated: {} })), [false, false, false]);
});

test("a replay's error stands at the row whose command was out", () => {
  const panel = trackingError(signals(), [{ row: 1, measured: [2.5, 50] }, { row: 9, measured: [0, 0] }]);
  assert.deepEqual(panel.lines.map(({ values }) => values), [[null, -0.5, null], [null, 0, null]]);
});

test("compared episodes share their plots, the shorter ends sooner", () => {
  const short = signals({ time_s: [0], state: [[5], [6]] });
  const [elbow] = overlaid(signals(), short, ["episode 1", "episode 4"]);
  assert.deepEqual(elbow.lines.map(({ label, values }) => [label, values]), [["episode 1", [0, 1, 2]], ["episode 4", [5, null, null]]]);
});
