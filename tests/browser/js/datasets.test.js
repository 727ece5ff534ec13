import assert from "node:assert/strict";
import { test } from "node:test";
import { demonstrationsFirst, filters, newestFirst, runs, totals } from "../../../static/js/model/datasets.js";

/** @param {object} more @returns {any} */
const episode = (more) => ({ outcome: "success", kind: "nominal", ...more });

test("filters that would select nothing are not offered", () => {
  const list = [episode({}), episode({ outcome: "" }), episode({ kind: "recovery" })];
  assert.deepEqual(filters(list), [
    { filter: "all", count: 3 }, { filter: "success", count: 2 }, { filter: "unlabelled", count: 1 }, { filter: "recovery", count: 1 },
  ]);
  assert.deepEqual(filters([]), [{ filter: "all", count: 0 }]);
});

test("the newest dataset comes first, an empty one last", () => {
  const list = /** @type {any[]} */ ([{ name: "b", last_recorded: null }, { name: "a", last_recorded: "2026-01-01" }, { name: "c", last_recorded: "2026-02-01" }]);
  assert.deepEqual(newestFirst(list).map((one) => one.name), ["c", "a", "b"]);
});

test("totals add up", () => {
  const list = /** @type {any[]} */ ([{ episodes: 1, frames: 10, duration_s: 0.5 }, { episodes: 2, frames: 20, duration_s: 1 }]);
  assert.deepEqual(totals(list), { episodes: 3, frames: 30, duration_s: 1.5 });
});

test("runs of true become spans, the last frame included", () => {
  assert.deepEqual(runs([true, false, true, true]), [{ from: 0, to: 0.25 }, { from: 0.5, to: 1 }]);
  assert.deepEqual(runs([false, true]), [{ from: 0.5, to: 1 }]);
  assert.deepEqual(runs([]), []);
});

test("what an evaluation recorded is never what is offered first to learn from", () => {
  const list = ["eval_arm", "bricks", "eval_sim", "apples"].map((name) => /** @type {any} */ ({ name }));
  assert.deepEqual(demonstrationsFirst(list).map((one) => one.name), ["bricks", "apples", "eval_arm", "eval_sim"]);
});
