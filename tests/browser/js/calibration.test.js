import assert from "node:assert/strict";
import { test } from "node:test";
import { fresh, guidance, nextToClick, request, withCm, withPixel } from "../../../static/js/model/calibration.js";

const none = { fit: null, failure: "" };

test("corners are asked for one after the other, and nothing is sent before all are there", () => {
  let corners = fresh();
  assert.match(guidance(corners, none), /far left corner: 35 cm ahead, 15 cm to the left/);
  for (let i = 0; i < 4; i += 1) {
    assert.equal(nextToClick(corners), i);
    assert.equal(request(corners), null);
    corners = withPixel(corners, i, [10 * i, 20 * i]);
  }
  assert.equal(nextToClick(corners), -1);
  assert.deepEqual(request(corners)?.[2], { x_px: 20, y_px: 40, x_cm: 15, y_cm: -15 });
});

test("a corner without its centimetres is not sent", () => {
  let corners = fresh().map((one) => ({ ...one, px: /** @type {[number, number]} */ ([1, 2]) }));
  assert.ok(request(corners));
  corners = withCm(corners, 1, "x_cm", Number.NaN);
  assert.equal(request(corners), null);
});

test("a refusal says which hand to lay on, a fit asks for the eye", () => {
  const corners = fresh().map((one) => ({ ...one, px: /** @type {[number, number]} */ ([1, 2]) }));
  assert.match(guidance(corners, { fit: null, failure: "no" }), /do not fit/);
  assert.match(guidance(corners, { fit: {}, failure: "" }), /grid lie on the table/);
  assert.match(guidance(withCm(fresh(), 0, "y_cm", 0), none), /straight ahead/);
});
