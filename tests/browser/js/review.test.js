import assert from "node:assert/strict";
import { test } from "node:test";
import { lastOwn, neighbour, opinionWords, placementWords, pressOf, progress, REASONS, trimmed, unlikeFirst } from "../../../static/js/model/review.js";

const KEY = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, typing: false, repeat: false };
/** @param {string} key @param {object} [more] @param {boolean} [rejecting] */
const press = (key, more = {}, rejecting = false) => pressOf({ ...KEY, key, ...more }, rejecting);

test("a reviewer never needs the mouse", () => {
  assert.deepEqual(press("a"), { act: "accept" });
  assert.deepEqual(press("X"), { act: "reject" });
  assert.deepEqual(press("4"), { act: "rate", rating: 4 });
  assert.deepEqual(press("u"), { act: "undo" });
  for (const [next, back] of [["j", "k"], ["n", "p"]]) {
    assert.deepEqual(press(next), { act: "go", by: 1 });
    assert.deepEqual(press(back), { act: "go", by: -1 });
  }
  assert.deepEqual(press("ArrowLeft"), { act: "step", frames: -1 });
  assert.deepEqual(press("ArrowRight", { shiftKey: true }), { act: "step", frames: 10 });
});

test("while the reasons are open a number is a reason and no rating", () => {
  assert.deepEqual(press("2", {}, true), { act: "reason", reason: REASONS[1] });
  assert.equal(press("9", {}, true), null);
  assert.deepEqual(press("x", {}, true), { act: "reason", reason: "" });
  assert.deepEqual(press("t", {}, true), { act: "text" });
  assert.deepEqual(press("Escape", {}, true), { act: "escape" });
});

test("keys are dead while typing, with a modifier, and held keys do not judge", () => {
  for (const more of [{ typing: true }, { ctrlKey: true }, { metaKey: true }, { altKey: true }]) assert.equal(press("a", more), null);
  assert.equal(press("a", { repeat: true }), null);
  assert.deepEqual(press("ArrowRight", { repeat: true }), { act: "step", frames: 1 });
});

/** @param {number} index @param {import("../../../static/js/model/review.js").Verdict} [verdict] */
const entry = (index, verdict = "none") => ({ index, key: `e${index}`, verdict, disputed: false, rating: 0, checks_level: "", checks: [], cluster: "", kind: "", outcome: "", operator: "" });

test("the queue keeps its order, and who is not in it begins it", () => {
  const queue = [entry(4), entry(1, "accepted"), entry(7, "rejected")];
  assert.equal(neighbour(queue, 4, 1)?.index, 1);
  assert.equal(neighbour(queue, 4, -1), null);
  assert.equal(neighbour(queue, 7, 1), null);
  assert.equal(neighbour(queue, 99, 1)?.index, 4);
  assert.equal(neighbour([], 0, 1), null);
  assert.deepEqual(progress(queue), { accepted: 1, rejected: 1, left: 1, total: 3 });
});

/** @param {object} more @returns {import("../../../static/js/model/review.js").Opinion} */
const opinion = (more) => ({ id: "a", verdict: "none", reason: "", rating: 0, comment: "", spans: null, trim: null, reviewer: "Ada", at: "", taken_back: false, ...more });

test("an opinion is said whole and undo takes only one's own", () => {
  assert.equal(opinionWords(opinion({ verdict: "rejected", reason: "slipped", rating: 2, comment: "again" }), 30), "Rejected: slipped · 2 of 5 · “again”");
  assert.equal(opinionWords(opinion({ spans: [[30, 45, ""]], trim: [0, 90] }), 30), "recovery 1.00 s to 1.50 s · keep 0.00 s to 3.00 s");
  assert.equal(opinionWords(opinion({ spans: [] }), 30), "no recovery");
  const all = [opinion({ id: "1" }), opinion({ id: "2", taken_back: true }), opinion({ id: "3", reviewer: "Bo" })];
  assert.equal(lastOwn(all, "Ada")?.id, "1");
  assert.equal(lastOwn(all, "Cy"), null);
});

test("what to keep has a frame at least and never turns around", () => {
  assert.deepEqual(trimmed(null, "in", 5, 20), [5, 20]);
  assert.deepEqual(trimmed([5, 10], "in", 15, 20), [9, 10]);
  assert.deepEqual(trimmed([5, 10], "out", 2, 20), [5, 6]);
  assert.deepEqual(trimmed(null, "out", 19, 20), [0, 20]);
});

test("a placement that is not known is not guessed", () => {
  assert.deepEqual(placementWords({}), { target: "unknown", placed: "unknown", off: "" });
  const both = placementWords({ target_x_cm: 20, target_y_cm: 0, placed_x_cm: 23, placed_y_cm: 4 });
  assert.deepEqual(both, { target: "20.0, 0.0 cm", placed: "23.0, 4.0 cm", off: "5.0 cm off" });
});

test("outliers make a queue of their own, worst first, with their reasons", () => {
  const queue = unlikeFirst([entry(0), entry(1), entry(2)], [{ index: 2, reasons: ["Takes 19 s."] }, { index: 0, reasons: [] }, { index: 8, reasons: [] }]);
  assert.deepEqual(queue.map(({ index, unlike }) => [index, unlike]), [[2, ["Takes 19 s."]], [0, []]]);
});
