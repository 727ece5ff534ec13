import assert from "node:assert/strict";
import { test } from "node:test";
import { BEGINNING, progressed, STEPS } from "../../../static/js/model/hint.js";
import { holder } from "../../../static/js/model/lease.js";
import { view } from "./state.js";

test("who has control is said to everybody", () => {
  assert.equal(holder(view()).text, "Nobody has control");
  assert.equal(holder(view({}, {}, { held: true, mine: true, label: "Ana" })).text, "You have control");
  const other = holder(view({}, {}, { held: true, rank: "person", label: "Jo" }));
  assert.equal(`${other.text} ${other.detail}`, "Jo has control");
  assert.equal(holder({ ...view(), connected: false }).kind, "unknown");
});

test("a person is asked, a program is taken over from", () => {
  assert.equal(holder(view({}, {}, { held: true, rank: "person", label: "Jo" })).verb, "Ask for control");
  assert.equal(holder(view({}, {}, { held: true, rank: "program", label: "Demonstrator" })).verb, "Take over");
  assert.match(holder(view({}, {}, { held: true, rank: "person", label: "Jo", asked_by_me: true })).detail, /waiting/);
});

test("the holder sees who asks", () => {
  const asked = holder(view({}, {}, { held: true, mine: true, asked_label: "Jo" }));
  assert.equal(asked.asked, true);
  assert.equal(`${asked.text} ${asked.detail}`, "Jo asks for control");
});

test("the hint is ticked off by what the arm does, in order", () => {
  let progress = BEGINNING;
  const go = (/** @type {boolean} */ mine, /** @type {number} */ x, /** @type {number} */ z, /** @type {number} */ grip) => {
    progress = progressed(progress, mine, { x, y: 0, z, grip });
    return progress.step;
  };
  assert.equal(go(false, 200, 120, 80), 0);
  assert.equal(go(true, 200, 120, 80), 1);
  assert.equal(go(true, 220, 120, 80), 1, "a little is not enough");
  assert.equal(go(true, 250, 120, 80), 2);
  assert.equal(go(true, 250, 150, 80), 2, "up first");
  assert.equal(go(true, 250, 120, 80), 3, "lowering counts from the highest point");
  assert.equal(go(true, 250, 120, 30), 4);
  assert.equal(go(true, 250, 160, 30), 5);
  assert.equal(go(true, 320, 160, 30), 6);
  assert.equal(go(true, 320, 160, 70), STEPS.length);
  assert.equal(go(true, 0, 0, 0), STEPS.length);
});
