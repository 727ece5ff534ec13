import assert from "node:assert/strict";
import { test } from "node:test";
import { correction, PlayerClock, videoTime } from "../../../static/js/model/player.js";

test("the clock plays, pauses and stops at the end", () => {
  const clock = new PlayerClock(30, 30);
  clock.play(1000);
  assert.equal(clock.time(1500), 0.5);
  assert.equal(clock.frame(1500), 15);
  clock.pause(1500);
  assert.equal(clock.time(9000), 0.5);
  clock.play(9000);
  assert.equal(clock.frame(20000), 29, "never beyond the last frame");
  assert.ok(clock.ended(20000));
});

test("playing at the end begins again", () => {
  const clock = new PlayerClock(30, 30);
  clock.seek(1, 0);
  clock.play(100);
  assert.equal(clock.time(100), 0);
});

test("steps are whole frames, at every frame of an episode", () => {
  const clock = new PlayerClock(300, 30);
  for (let frame = 1; frame < 300; frame += 1) {
    clock.step(1, frame * 10);
    assert.equal(clock.frame(frame * 10), frame);
  }
  clock.step(1, 5000);
  assert.equal(clock.frame(5000), 299);
  clock.step(-1000, 6000);
  assert.equal(clock.frame(6000), 0);
});

test("changing the speed does not jump", () => {
  const clock = new PlayerClock(300, 30);
  clock.play(0);
  clock.setRate(2, 1000);
  assert.equal(clock.time(1000), 1);
  assert.equal(clock.time(1500), 2);
});

test("a still video stands in the middle of its frame", () => {
  assert.ok(Math.abs(videoTime(2, 3, 30) - (2 + 3.5 / 30)) < 1e-9);
});

test("a video that lags is sped up, one that is lost is set anew", () => {
  assert.deepEqual(correction(1, 1.01, 1), { seek: false, rate: 1 });
  assert.ok(correction(1, 0.9, 1).rate > 1);
  assert.ok(correction(1, 1.1, 1).rate < 1);
  assert.equal(correction(1, 0.5, 1).seek, true);
});

test("a loop begins again at its own beginning, and at the end of all without one", () => {
  const clock = new PlayerClock(30, 30);
  clock.loop = true;
  clock.play(0);
  assert.equal(clock.looped(900), false);
  assert.equal(clock.looped(1100), true);
  assert.equal(clock.frame(1100), 0);
  clock.span = [10, 20];
  clock.seek(19 / 30, 2000);
  assert.equal(clock.looped(2100), true);
  assert.equal(clock.frame(2100), 10);
  clock.loop = false;
  assert.equal(clock.looped(9000), false);
});
