// What a training run's numbers become on a page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chunkPlot, costSentence, dataSentence, differences, formatInterval, formatRate, jointErrors, metricPlots, overlaid, scorePlots, settingWord, versionSentence } from "../../../static/js/model/runs.js";

const rate = (/** @type {number} */ successes, /** @type {number} */ trials) => ({ successes, trials, low: trials ? 0.77 : null, high: trials ? 0.96 : null });
const error = (/** @type {number} */ deg) => ({ frames: 4, joints: { shoulder_pan: deg, gripper: 2 }, body_deg: deg, along_chunk_deg: [deg, deg + 1], gripper_late_s: null, gripper_seen: 0, gripper_missed: 0 });
const score = (/** @type {number} */ step, /** @type {number} */ won) => ({ step, final: false, training: rate(won, 40), held_out: rate(0, 0), all: rate(won, 40), clusters: [], error: { training: error(3), held_out: null }, latency_ms: 20 });

test("a rate never stands without its counts, and no trial is unknown", () => {
  assert.equal(formatRate(rate(36, 40)), "36 of 40, 90 %");
  assert.equal(formatInterval(rate(36, 40)), "77 to 96 %");
  assert.equal(formatRate(rate(0, 0)), "-");
  assert.equal(formatInterval(null), "-");
});

test("what goes in and what does not is one sentence", () => {
  const described = /** @type {any} */ ({ episodes: 12, recoveries: 2, left_out: [{ why: "held out (cluster 6)", episodes: 1 }], expected_s: null, measured: "not measured yet" });
  assert.equal(dataSentence(described), "12 episodes go in, 2 of them recoveries. Left out: 1 held out (cluster 6).");
  assert.match(costSentence(described), /not measured yet/);
  assert.match(costSentence({ ...described, expected_s: 840, device: "cpu", measured: "as measured in a" }), /14 min/);
});

test("both success curves, and nothing where nothing was tried", () => {
  const [success, errors] = scorePlots([score(100, 30), score(200, 35)]);
  assert.deepEqual(success.lines.map((line) => line.values), [[75, 87.5], [null, null]]);
  assert.equal(success.high, 100);
  assert.deepEqual(errors.lines[1].values, [null, null]);
  assert.deepEqual(scorePlots([]), []);
  assert.deepEqual(chunkPlot(score(100, 3))?.steps, [1, 2]);
});

test("loss parts are drawn only where there is more than one", () => {
  const one = metricPlots([{ step: 5, loss: 1, parts: { l1_loss: 1 } }]);
  assert.deepEqual(one.map((plot) => plot.title), ["Loss"]);
  assert.equal(one[0].lines.length, 1);
  const two = metricPlots([{ step: 5, loss: 1, parts: { l1_loss: 0.8, kld_loss: 0.2 }, memory_bytes: 2e9 }]);
  assert.equal(two[0].lines.length, 3);
  assert.deepEqual(two[1].lines[0].values, [2]);
});

test("a comparison shows only what differs", () => {
  const rows = differences([{ batch: 4, options: { a: 1, b: 2 } }, { batch: 8, options: { a: 1 } }]);
  assert.deepEqual(rows, [{ name: "batch", values: ["4", "8"] }, { name: "options.b", values: ["2", "-"] }]);
});

test("settings are called as the start form calls them, LeRobot's by their own names, and a zero that is a rule says it", () => {
  assert.deepEqual(["save_every", "options.policy.chunk_size", "scoring.scene.pale_bag"].map(settingWord), ["Checkpoint every, steps", "policy.chunk_size", "Scoring: scene: pale bag"]);
  assert.deepEqual(differences([{ first_episodes: 0, augmentation: true }, { first_episodes: 50, augmentation: false }]), [
    { name: "augmentation", values: ["yes", "no"] },
    { name: "first_episodes", values: ["all", "50"] },
  ]);
});

test("a setting that is not said is a dash, and what begins from nothing has no empty cell", () => {
  assert.deepEqual(differences([{ steps: 4400, base: "" }, { steps: 800, base: "a/100" }]), [{ name: "base", values: ["-", "a/100"] }, { name: "steps", values: ["4,400", "800"] }]);
});

test("curves of several runs lie in one picture, each at its own steps", () => {
  const one = { name: "a", plots: metricPlots([{ step: 5, loss: 1, parts: { l1_loss: 0.8, kld_loss: 0.2 } }, { step: 10, loss: 0.5, parts: { l1_loss: 0.4, kld_loss: 0.1 } }]) };
  const other = { name: "b", plots: metricPlots([{ step: 7, loss: 2, data_s: 0.1, update_s: 0.2 }]) };
  const found = overlaid([one, other]);
  assert.deepEqual(found.map((plot) => plot.title), ["Loss", "Loss: l1 loss", "Loss: kld loss", "Time of a step: computing", "Time of a step: waiting for data"]);
  assert.deepEqual(found[0].steps, [5, 7, 10]);
  assert.deepEqual(found[0].lines, [{ label: "a", values: [1, null, 0.5], span: true }, { label: "b", values: [null, 2, null], span: true }]);
  assert.deepEqual(found[1].lines.map((line) => line.label), ["a"]);
  assert.equal(found[4].unit, "ms");
});

test("the data is known again by its content", () => {
  assert.equal(versionSentence(/** @type {any} */ ({ dataset_hash: "0123456789abcdef", plan_version: 2 })), "Content hash 0123456789ab, version 2 of the plan.");
});

test("errors have their joint's unit", () => {
  assert.deepEqual(jointErrors(score(100, 3)), [
    { joint: "shoulder pan", training: "3.00 deg", held_out: "-" },
    { joint: "gripper", training: "2.00 %", held_out: "-" },
  ]);
});
