// What an export's report becomes on a page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ceiling, comparable, deviceEstimate, errorPlots, formatMs, isFloat32, leastOf, mixWords, phasesAt, points, sensitivity, ticks, whyWords } from "../../../static/js/model/exports.js";

const stage = (/** @type {string} */ precision) => ({ precision, lane: "onnxruntime", threads: 2, every: 1 });
const mix = (/** @type {string} */ vision, /** @type {string} */ decoder, /** @type {number} */ ms, /** @type {number} */ size, /** @type {number} */ error, alone = "") =>
  /** @type {any} */ ({
    name: `vision ${vision}; decoder ${decoder}`, alone, stages: { vision: stage(vision), decoder: stage(decoder) }, relative: 0, worst_joint: "gripper", worst_p95: error,
    joints: { gripper: { mean: error, p95: error, max: error } }, along_chunk: [error, error * 2], along_steps: [], gripper_ms: null,
    latency_ms: { vision: [ms / 2, ms, ms], decoder: [ms / 2, ms, ms], chunk: [ms, ms, ms] }, size, memory_mb: 1, chunks: 3,
  });
const MIXES = [mix("fp32", "fp32", 100, 90e6, 0), mix("int8_static", "fp32", 60, 60e6, 0.4, "vision"), mix("fp32", "int4", 90, 50e6, 7, "decoder"), mix("int8_static", "int8_dynamic", 30, 20e6, 0.8)];
const report = /** @type {any} */ ({ mixes: MIXES, pareto: [MIXES[3].name, MIXES[1].name, MIXES[0].name], chosen: { ...MIXES[3], why: "", speedup: 3.3, size_share: 0.2 }, within: 1, units: { gripper: "%" } });

test("an export's phases follow its share of the work, and nothing is done before it began", () => {
  assert.deepEqual(new Set(phasesAt(null).map((one) => one.state)), new Set(["next"]));
  const now = phasesAt(0.45).find((one) => one.state === "now");
  assert.equal(now?.title, "Convert");
  assert.deepEqual(phasesAt(0.45).filter((one) => one.state === "done").map((one) => one.title), ["Load", "Float32 stages", "Parity", "Calibrate"]);
  assert.equal(phasesAt(1).filter((one) => one.state === "next").length, 0);
});

test("every measured mix is one point, the chosen one is marked, and the front is of what is shown", () => {
  const found = points(report, "time");
  assert.deepEqual(found.map((one) => one.chosen), [false, false, false, true]);
  assert.deepEqual(found.map((one) => one.within), [true, true, false, true]);
  assert.deepEqual(found.map((one) => one.front), [true, true, false, true]);
  assert.deepEqual(points(report, "size").map((one) => [one.x, one.front]), [[90, true], [60, true], [50, false], [20, true]]);
});

test("an error far beyond the tolerance does not flatten the others", () => {
  assert.equal(ceiling([0, 0.4, 7], 1), 3);
  assert.ok(Math.abs(ceiling([0, 0.4, 0.8], 1) - 1.15) < 1e-9);
});

test("axis marks are round numbers that reach from zero towards the top", () => {
  assert.deepEqual(ticks(22.7, 5), [0, 5, 10, 15, 20]);
  assert.deepEqual(ticks(1.15, 4), [0, 0.5, 1]);
  assert.deepEqual(ticks(0), [0]);
});

test("the sensitivity report lists stages alone, in their order", () => {
  assert.deepEqual(sensitivity(report).map((row) => [row.stage, row.precision]), [["vision", "int8 static"], ["decoder", "int4"]]);
  assert.ok(isFloat32(MIXES[0]) && !isFloat32(MIXES[1]));
});

test("the error is drawn along the chunk, and along the denoise steps only where there are any", () => {
  const [chunk, ...more] = errorPlots(report);
  assert.equal(chunk.title, "Error along the chunk");
  assert.deepEqual(chunk.lines[0].values, [0.8, 1.6]);
  assert.deepEqual(more, []);
});

test("a device without a stated factor has no estimate, and one with it is said to be an estimate for float32", () => {
  const device = (/** @type {string} */ name, /** @type {Record<string, number>} */ times) => /** @type {any} */ ({ name, title: "Board", fp32_times: times });
  assert.equal(deviceEstimate(device("here", {}), "act", report), "");
  assert.match(deviceEstimate(device("rpi5", {}), "act", report), /is not known/);
  assert.match(deviceEstimate(device("imx95", { act: 12.1 }), "act", report), /about 1210 ms on Board.*not known/);
});

test("exports timed on different machines are not compared in silence", () => {
  const detail = (/** @type {string} */ machine) => /** @type {any} */ ({ summary: { machine, dataset: "d" } });
  assert.deepEqual(comparable([detail("a"), detail("a")]), { times: true, errors: true, words: "" });
  const told = comparable([detail("a"), detail("b")]);
  assert.match(told.words, /latencies do not compare/);
  assert.deepEqual([told.times, told.errors], [false, true]);
});

test("the least of a row is marked only where it can be told from the rest as it is written", () => {
  assert.equal(leastOf([3, 1, 2], ["3", "1", "2"]), 1);
  assert.equal(leastOf([0.2, 0.3], ["0 MB", "0 MB"]), -1);
  assert.equal(leastOf([2, null], ["2 ms", "-"]), -1, "nothing to compare it with");
  assert.equal(leastOf([null, null], ["-", "-"]), -1);
});

test("precisions and joints are said in words, and times below a millisecond keep their digits", () => {
  assert.equal(mixWords("vision int8_static; decoder products=int8_dynamic"), "vision int8 static; decoder products int8 dynamic");
  assert.equal(mixWords("copy /data/my_run_2"), "copy /data/my_run_2");
  assert.equal(whyWords(/** @type {any} */ ({ chosen: { why: "0.71 at shoulder_pan" }, joints: ["shoulder_pan"] })), "0.71 at shoulder pan");
  assert.deepEqual([0, 0.043, 0.97, 1.44, 31.2].map(formatMs), ["0.0 ms", "0.04 ms", "1.0 ms", "1.4 ms", "31 ms"]);
});
