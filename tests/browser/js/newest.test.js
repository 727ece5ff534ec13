// Answers that come in another order than their questions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { newest } from "../../../static/js/core/newest.js";

test("only the newest question stands, whatever comes first", () => {
  const asked = newest();
  const first = asked();
  assert.equal(first(), true);
  const second = asked();
  assert.deepEqual([first(), second()], [false, true]);
  assert.equal(second(), true, "asking does not use it up");
});

test("two kinds of question do not outdate each other", () => {
  const [marks, paths] = [newest(), newest()];
  const stands = marks();
  paths();
  assert.equal(stands(), true);
});
