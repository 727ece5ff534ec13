import assert from "node:assert/strict";
import { test } from "node:test";
import { axisRange, tickLabels } from "../../../static/js/model/plot.js";

test("labels differ from each other, and zero has no sign", () => {
  assert.deepEqual(tickLabels([-1, -0.5, -0, 0.5], 0.5), ["-1.0", "-0.5", "0.0", "0.5"]);
  assert.deepEqual(tickLabels([-0.02, -0.0000001, 0.02], 0.02), ["-0.02", "0.00", "0.02"]);
  assert.deepEqual(tickLabels([-20, -0, 20], 20), ["-20", "0", "20"]);
  assert.deepEqual(tickLabels([0, 0.1, 0.2, 0.30000000000000004], 0.1, " s"), ["0.0 s", "0.1 s", "0.2 s", "0.3 s"]);
  assert.deepEqual(tickLabels([2.5, 5], 2.5), ["2.5", "5.0"]);
  assert.deepEqual(tickLabels([0, 0.25], 0.25), ["0.00", "0.25"]);
});

test("an axis spans at least two units, around its values", () => {
  assert.deepEqual(axisRange(10, 10), [9, 11]);
  assert.deepEqual(axisRange(-0.001, 0.001), [-1, 1]);
  assert.deepEqual(axisRange(null, null), [0, 2]);
  const [low, high] = axisRange(-50, 50);
  assert.ok(low < -50 && low > -60 && high > 50 && high < 60);
});
