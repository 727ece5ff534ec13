import assert from "node:assert/strict";
import { test } from "node:test";
import { MUG_CM, randomPlacement, RECOVERY_STARTS } from "../../../static/js/model/placement.js";

/** A small repeatable generator (mulberry32). @param {number} seed */
function generator(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

test("every place is within reach, and clear of the mug", () => {
  const random = generator(7);
  for (let i = 0; i < 5000; i += 1) {
    const { x_cm, y_cm, yaw_deg } = randomPlacement(random);
    const radius = Math.hypot(x_cm, y_cm);
    assert.ok(radius >= 16 - 1e-9 && radius <= 32 + 1e-9, `radius ${radius}`);
    assert.ok(Math.abs((Math.atan2(y_cm, x_cm) * 180) / Math.PI) <= 70 + 1e-9);
    assert.ok(Math.abs(yaw_deg) <= 90);
    assert.ok(Math.hypot(x_cm - MUG_CM.x, y_cm - MUG_CM.y) >= 12);
  }
});

test("places differ", () => {
  const random = generator(1);
  const seen = new Set(Array.from({ length: 20 }, () => JSON.stringify(randomPlacement(random))));
  assert.equal(seen.size, 20);
});

test("a place beside the mug is drawn anew", () => {
  // Radius 24 cm at -65.6 degrees is the mug's own place; the second draw is the middle of the table.
  const draws = [0.5, (70 - 65.6) / 140, 0.5, 0.5, 0.5, 0.5];
  assert.deepEqual(randomPlacement(() => draws.shift() ?? 0.5), { x_cm: 24, y_cm: 0, yaw_deg: 0 });
  assert.equal(draws.length, 0);
});

test("every recovery start has its own words", () => {
  assert.equal(new Set(RECOVERY_STARTS.map(({ text }) => text)).size, 5);
  assert.equal(new Set(RECOVERY_STARTS.map(({ start }) => start)).size, 5);
});
