import assert from "node:assert/strict";
import { test } from "node:test";
import { addBand, bandsOf, drag, frameAt, nameBand, nextCause, removeBand } from "../../../static/js/model/bands.js";

/** @type {import("../../../static/js/model/bands.js").Band[]} */
const TWO = [[2, 5, "slip"], [8, 12, ""]];

test("marked rows become bands, the last row included", () => {
  assert.deepEqual(bandsOf([false, true, true, false, true], "slip"), [[1, 3, "slip"], [4, 5, "slip"]]);
  assert.deepEqual(bandsOf([false, false]), []);
});

test("an end is dragged by frames and a frame is always left", () => {
  assert.deepEqual(drag(TWO, 0, "from", 2, 20)[0], [4, 5, "slip"]);
  assert.deepEqual(drag(TWO, 0, "from", 99, 20)[0], [4, 5, "slip"]);
  assert.deepEqual(drag(TWO, 1, "to", -99, 20)[1], [8, 9, ""]);
  assert.deepEqual(drag(TWO, 1, "to", 99, 20)[1], [8, 20, ""]);
});

test("whatever is dragged, bands stay in order, apart and inside", () => {
  for (let round = 0; round < 500; round += 1) {
    const at = round % 2;
    const grip = /** @type {const} */ (["from", "to", "whole"])[round % 3];
    const moved = drag(TWO, at, grip, (round % 61) - 30, 20);
    assert.ok(moved.every(([from, to]) => 0 <= from && from < to && to <= 20));
    assert.ok(moved[0][1] <= moved[1][0]);
    if (grip === "whole") assert.equal(moved[at][1] - moved[at][0], TWO[at][1] - TWO[at][0]);
    assert.deepEqual(moved[1 - at], TWO[1 - at]);
  }
});

test("a new band lies around the cursor, between its neighbours", () => {
  assert.deepEqual(addBand(TWO, 6, 20, 30), [TWO[0], [5, 8, ""], TWO[1]]);
  assert.deepEqual(addBand([], 0, 20, 30), [[0, 11, ""]]);
  assert.deepEqual(addBand(TWO, 9, 20, 30), TWO, "there is one");
});

test("bands are taken away and named one by one", () => {
  assert.deepEqual(removeBand(TWO, 0), [TWO[1]]);
  assert.deepEqual(nameBand(TWO, 1, "missed"), [TWO[0], [8, 12, "missed"]]);
});

test("a place on the line is a frame of the episode", () => {
  assert.equal(frameAt(0, 100, 10), 0);
  assert.equal(frameAt(99.9, 100, 10), 9);
  assert.equal(frameAt(400, 100, 10), 9);
  assert.equal(frameAt(-3, 100, 10), 0);
  assert.equal(frameAt(5, 0, 10), 0);
});

test("a band's cause goes round the plan's, with none between the last and the first", () => {
  const causes = ["dropped", "missed"];
  assert.deepEqual(["", "dropped", "missed", "one of an older plan"].map((cause) => nextCause(cause, causes)), ["dropped", "missed", "", "dropped"]);
  assert.equal(nextCause("dropped", []), "");
});
