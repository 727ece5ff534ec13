import assert from "node:assert/strict";
import { test } from "node:test";
import { BEGINNING, finished, holdsBag, progressed, steps } from "../../../static/js/model/hint.js";

const BAG = { x: 250, y: -50 };
const START = { x: 150, y: 0, z: 120, grip: 2, wanted: 2 };
const MUG = { x: 100, y: -220 };

/** @param {any} progress @param {object} pose @param {object} [reading] @param {number} [times] the same reading, again and again */
function hold(progress, pose, reading = {}, times = 12) {
  for (let i = 0; i < times; i += 1) {
    progress = progressed(progress, { mine: true, pose: { ...START, ...pose }, bag: BAG, success: false, ...reading });
  }
  return progress;
}
/** @param {any} progress */
const now = (progress) => (finished(progress) ? "finished" : steps(progress)[progress.step].key);

test("each step is ticked by what was done, the last one only by the outcome", () => {
  let progress = hold(BEGINNING, {}, { mine: false });
  assert.equal(now(progress), "control");
  progress = hold(progress, { grip: 80, wanted: 80 });
  assert.equal(now(progress), "over-bag");
  progress = hold(progress, { ...BAG, grip: 80, wanted: 80 });
  assert.equal(now(progress), "lower");
  progress = hold(progress, { ...BAG, z: 10, grip: 80, wanted: 80 });
  assert.equal(now(progress), "close");
  progress = hold(progress, { ...BAG, z: 10, grip: 14, wanted: 0 });
  assert.equal(now(progress), "lift");
  progress = hold(progress, { ...BAG, z: 80, grip: 14, wanted: 0 });
  assert.equal(now(progress), "over-mug");
  progress = hold(progress, { ...MUG, z: 130, grip: 14, wanted: 0 });
  assert.equal(now(progress), "open");
  progress = hold(progress, { ...MUG, z: 130, grip: 80, wanted: 80 });
  assert.equal(now(progress), "open", "open claws alone are no success");
  progress = hold(progress, { ...MUG, z: 130, grip: 80, wanted: 80 }, { success: true });
  assert.equal(now(progress), "finished");
});

test("any other motion is not over the bag", () => {
  const progress = hold(hold(BEGINNING, {}), { x: 150, y: 200 });
  assert.equal(now(progress), "over-bag");
  assert.equal(now(hold(progress, { x: 250, y: -15 })), "over-bag", "35 mm beside it");
});

test("where the bag is not known, only claws that stop on something count", () => {
  const unseen = { bag: null };
  let progress = hold(BEGINNING, {}, unseen);
  assert.equal(now(progress), "reach");
  progress = hold(progress, { ...BAG, z: 10, grip: 80, wanted: 80 }, unseen);
  assert.equal(now(progress), "reach");
  progress = hold(progress, { ...BAG, z: 10, grip: 3, wanted: 0 }, unseen);
  assert.equal(now(progress), "reach", "closed on nothing");
  for (const grip of [60, 50, 40, 30, 20, 12, 9]) progress = hold(progress, { z: 10, grip, wanted: 0 }, unseen, 1);
  assert.equal(now(progress), "reach", "still closing");
  progress = hold(progress, { z: 10, grip: 14, wanted: 0 }, unseen);
  assert.equal(now(progress), "lift");
  assert.equal(now(hold(progress, { z: 60, grip: 14, wanted: 0 }, unseen)), "lift", "50 mm");
  assert.equal(now(hold(progress, { z: 75, grip: 14, wanted: 0 }, unseen)), "over-mug");
});

test("whoever loses the bag or gives control away begins again", () => {
  let carried = hold(hold(BEGINNING, {}), { ...BAG, z: 10, grip: 14, wanted: 0 });
  carried = hold(carried, { ...BAG, z: 80, grip: 14, wanted: 0 });
  assert.equal(now(carried), "over-mug");
  assert.equal(now(hold(carried, { z: 80, grip: 2, wanted: 0 }, {}, 1)), "over-bag", "it slipped out");
  assert.equal(now(hold(carried, { z: 80, grip: 14, wanted: 60 }, {}, 1)), "over-bag", "opened beside the mug");
  assert.equal(now(hold(carried, { z: 80, grip: 14, wanted: 0 }, { mine: false }, 1)), "control");
});

test("a bag that was carried has no known place any more", () => {
  const reaching = hold(BEGINNING, {});
  assert.equal(holdsBag(reaching), false);
  const carried = hold(reaching, { ...BAG, z: 10, grip: 14, wanted: 0 });
  assert.equal(holdsBag(carried), true);
  const lost = hold(carried, { z: 80, grip: 2, wanted: 0 }, { bag: null }, 1);
  assert.equal(now(lost), "reach");
});

test("an old success finishes nothing", () => {
  const progress = hold(hold(BEGINNING, {}, { success: true }), { ...BAG, z: 10, grip: 14, wanted: 0 }, { success: true });
  assert.equal(now(progress), "lift");
});
