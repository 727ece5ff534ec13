import assert from "node:assert/strict";
import test from "node:test";

import { goingOn, openOnes, pipelineSign, stepSign, stepTime } from "../../../static/js/model/pipelines.js";

const NAMES = ["check", "train", "score", "export", "evaluate"];

/** @param {string} name @param {string} state of the whole @param {string[]} states of its first steps; the others wait @returns {any} */
const pipeline = (name, state, states = []) => ({
  pipeline: { name, dataset: "bricks", preset: "quick", by: "Ada", created_at: "" },
  steps: NAMES.map((step, i) => ({ name: step, plan: "", gate: "", state: states[i] ?? "waiting", words: "", todo: "", began_at: "", ended_at: "", url: "" })),
  state,
  job: "",
});

test("a pipeline says how it stands and where", () => {
  assert.equal(pipelineSign(pipeline("a", "running", ["done", "running"])).word, "Running, 1 of 5 done");
  assert.equal(pipelineSign(pipeline("a", "stopped", ["done", "done", "stopped"])).word, "Gate of “score” closed");
  assert.equal(pipelineSign(pipeline("a", "stopped", ["done", "failed"])).word, "“train” failed");
  assert.equal(pipelineSign(pipeline("a", "stopped", ["done"])).word, "Stopped, 1 of 5 done");
  assert.equal(pipelineSign(pipeline("a", "done", Array(5).fill("done"))).level, "ok");
  assert.equal(stepSign(pipeline("a", "stopped", ["stopped"]).steps[0], "stopped").level, "warn");
});

test("a step whose process is gone does not say that it runs", () => {
  const cut = pipeline("a", "stopped", ["done", "running"]);
  assert.equal(pipelineSign(cut).word, "“train” was broken off");
  assert.equal(stepSign(cut.steps[1], cut.state).word, "broken off");
  assert.equal(stepSign(cut.steps[1], "running").word, "now");
});

test("what going on would do is said only where something can be gone on with", () => {
  assert.equal(goingOn(pipeline("a", "running", ["done", "running"])), "");
  assert.equal(goingOn(pipeline("a", "done", Array(5).fill("done"))), "");
  assert.equal(goingOn(pipeline("a", "stopped", ["done", "stopped"])), "Does “train” again; what is done stays done.");
  assert.equal(goingOn(pipeline("a", "stopped", ["done"])), "Goes on with “train”.");
});

test("a step says how long it took, or since when it runs", () => {
  const step = pipeline("a", "running").steps[0];
  assert.equal(stepTime(step), "");
  assert.equal(stepTime({ ...step, began_at: "2026-01-01T10:00:00Z", ended_at: "2026-01-01T10:32:10Z" }), "32 min 10 s");
  assert.match(stepTime({ ...step, began_at: "2026-01-01T10:00:00Z" }), /^since \d\d:\d\d$/);
});

test("what runs is open, then the newest that waits for a person, and the last that is done where nothing else is", () => {
  const [runs, first, second, done] = [pipeline("runs", "running"), pipeline("first", "stopped", ["stopped"]), pipeline("second", "stopped", ["failed"]), pipeline("done", "done", Array(5).fill("done"))];
  assert.deepEqual([...openOnes([runs, first, second, done])], ["runs", "first"]);
  assert.deepEqual([...openOnes([done, first, second])], ["first", "second"]);
  assert.deepEqual([...openOnes([done, { ...done, pipeline: { ...done.pipeline, name: "older" } }])], ["done"]);
});
