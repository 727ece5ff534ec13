// The coverage page's address, geometry and words.
import assert from "node:assert/strict";
import { test } from "node:test";

import { areaOf, balance, glyphOf, markRadius, putFirst, queryOf, searchOf, selectionOf, strength, tileOf, viewOf, weakest } from "../../../static/js/model/coverage.js";

test("the address of the page and what it asks for are the same", () => {
  const search = "?with=other&layer=age&operator=Ada&operator=Bo&verdict=rejected&day_from=2026-11-01";
  const query = queryOf("cups", search);
  assert.deepEqual(query.getAll("dataset"), ["cups", "other"]);
  assert.equal(query.get("layer"), "age");
  assert.deepEqual(query.getAll("operator"), ["Ada", "Bo"]);
  assert.equal(searchOf(query), search);
});

test("what the page does not know does not reach the studio", () => {
  const query = queryOf("cups", "?layer=magic&evil=1&with=cups&operator=");
  assert.equal(query.toString(), "dataset=cups&layer=progress");
  assert.equal(searchOf(query), "");
});

test("a selection asks by area, without a layer", () => {
  const asked = selectionOf(queryOf("cups", "?layer=age&kind=recovery"), { x0: 1, y0: -2, x1: 3, y1: 4.567 });
  assert.equal(asked.toString(), "dataset=cups&kind=recovery&x0=1.00&y0=-2.00&x1=3.00&y1=4.57");
});

test("left of the arm is on the left, ahead is up", () => {
  const view = viewOf({ x_from_cm: 0, x_to_cm: 40, y_from_cm: -20, y_to_cm: 30 });
  assert.deepEqual(view, { x: -30, y: -40, width: 50, height: 40 });
  const tile = tileOf(cluster({ x_cm: 30, y_cm: 20, size_x_cm: 10, size_y_cm: 6 }));
  assert.deepEqual([tile.x, tile.y, tile.width, tile.height], [-23, -35, 6, 10]);
});

test("a drag in any direction is the same area of the table", () => {
  const area = { x0: 20, y0: -5, x1: 30, y1: 10 };
  assert.deepEqual(areaOf({ x: -10, y: -30 }, { x: 5, y: -20 }), area);
  assert.deepEqual(areaOf({ x: 5, y: -20 }, { x: -10, y: -30 }), area);
});

test("many marks are smaller, and a value at the low end is still seen", () => {
  assert.ok(markRadius(60, 2000) < markRadius(60, 20));
  const scale = { words: "", unit: "%", low: 0, high: 100, names: [] };
  assert.equal(strength(null, scale), 0);
  assert.ok(strength(0, scale) > 0);
  assert.ok(strength(100, scale) > strength(50, scale));
});

test("the weakest cluster lacks the largest part of its takes", () => {
  const found = weakest([cluster({ name: "a", filled: 9 }), cluster({ name: "b", filled: 1 }), cluster({ name: "c", filled: 9, evenness: 0.2 })], 2);
  assert.deepEqual(found.map((one) => one.name), ["b", "c"]);
});

test("balance is one when every sector has as many", () => {
  assert.equal(balance([2, 2, 2, 2, 2, 2]), 1);
  assert.equal(balance([12, 0, 0, 0, 0, 0]), 0);
  assert.equal(balance([0, 0, 0, 0, 0, 0]), null);
});

test("a glyph says kind, outcome and verdict, and unknown where a word is not known", () => {
  const marks = /** @type {any} */ ({ recovery: [true, false], outcome: [1, 0], outcomes: ["", "failure"], verdict: [2, 0] });
  assert.equal(glyphOf(marks, 0), "recovery-failure-rejected");
  assert.equal(glyphOf(marks, 1), "nominal-unknown-none");
});

test("clusters put first go before those put first earlier", () => {
  assert.deepEqual(putFirst(["a", "b"], ["b"]), ["b", "a"]);
});

/** @param {object} changes @returns {import("../../../static/js/model/coverage.js").Cluster} */
function cluster(changes) {
  return { name: "a", x_cm: 0, y_cm: 0, size_x_cm: 10, size_y_cm: 10, held_out: false, planned: 10, filled: 5, missing_recoveries: 0, recorded: 0, accepted: 0,
    rejected: 0, recovery_share: null, evenness: 0.5, sectors: [], value: null, ...changes };
}
