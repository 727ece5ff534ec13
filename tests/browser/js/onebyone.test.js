// One question at a time, and none forgotten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { oneByOne } from "../../../static/js/core/onebyone.js";

/** A look whose answers come when the test says so. */
function slow() {
  /** @type {(() => void)[]} */
  const answers = [];
  const look = oneByOne(() => new Promise((resolve) => answers.push(resolve)));
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  return { answers, look, settled };
}

test("whoever asks while one is under way is answered by one more, however many ask", async () => {
  const { answers, look, settled } = slow();
  const first = look();
  const [second, third] = [look(), look()];
  assert.equal(answers.length, 1);
  answers[0]();
  await settled();
  assert.equal(answers.length, 2);
  answers[1]();
  await Promise.all([first, second, third]);
  assert.equal(answers.length, 2);
});

test("asked when nothing is under way, it looks at once", async () => {
  const { answers, look } = slow();
  const first = look();
  answers[0]();
  await first;
  const second = look();
  assert.equal(answers.length, 2);
  answers[1]();
  await second;
});

test("a look that fails is not the last one", async () => {
  let looks = 0;
  const look = oneByOne(async () => {
    looks += 1;
    if (looks === 1) throw new Error("no answer");
  });
  await assert.rejects(look());
  await look();
  assert.equal(looks, 2);
});
