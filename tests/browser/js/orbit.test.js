import assert from "node:assert/strict";
import { test } from "node:test";

import { Orbit } from "../../../static/js/core/orbit.js";

test("the eye stays above the table and at its distance, however it is dragged", () => {
  const orbit = new Orbit();
  for (const [dx, dy] of [[500, 900], [-3000, -5000], [12, 7], [0, 10000]]) {
    orbit.turn(dx, dy);
    const [x, y, z] = orbit.eye();
    const [tx, ty, tz] = orbit.target;
    assert.ok(z > tz);
    assert.ok(Math.abs(Math.hypot(x - tx, y - ty, z - tz) - orbit.distance) < 1e-9);
  }
});

test("zooming is bounded both ways", () => {
  const orbit = new Orbit();
  for (let i = 0; i < 100; i += 1) orbit.zoom(1.2);
  assert.equal(orbit.distance, 2);
  for (let i = 0; i < 200; i += 1) orbit.zoom(0.8);
  assert.equal(orbit.distance, 0.25);
});
