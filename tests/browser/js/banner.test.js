import assert from "node:assert/strict";
import { test } from "node:test";
import { banner, keyParts, receipt, takeTimer } from "../../../static/js/model/banner.js";
import { SAVED, TAKE, view } from "./state.js";

test("each state has its own word and kind", () => {
  const seen = new Set();
  const cases = /** @type {[any, string, string][]} */ ([
    [view(), "ready", "READY"],
    [view({ phase: "countdown", countdown_s: 2.4 }), "countdown", "COUNTDOWN"],
    [view({ phase: "recording", take: TAKE }), "recording", "RECORDING"],
    [view({ phase: "recording", take: TAKE, practice: true }), "practice", "PRACTICE"],
    [view({ phase: "paused", take: TAKE }), "paused", "PAUSED"],
    [view({ phase: "deciding", take: TAKE }), "deciding", "DECIDE"],
    [view({ phase: "saving", take: TAKE }), "saving", "SAVING"],
    [view({ last_saved: SAVED }), "saved", "SAVED"],
    [view({ fault: "The disk is full." }), "fault", "FAULT"],
    [view({}, { phase: "faulted", reason: "Servo 3 is silent." }), "fault", "FAULT"],
    [view({ start_blocked: "Plug it in." }), "not-ready", "NOT READY"],
    [view({}, { phase: "stopped", stopped_by: "Ana" }), "stopped", "STOPPED"],
    [{ ...view(), connected: false }, "offline", "OFFLINE"],
    [{ connected: false, state: null }, "offline", "CONNECTING"],
  ]);
  for (const [current, kind, word] of cases) {
    const now = banner(current);
    assert.deepEqual([now.kind, now.word], [kind, word]);
    seen.add(word);
  }
  assert.equal(seen.size, 13);
});

test("not ready beats the receipt: a missing input is never hidden behind SAVED", () => {
  assert.equal(banner(view({ last_saved: SAVED, start_blocked: "Plug camera left in." })).kind, "not-ready");
});

test("no connection is never shown as ready or recording", () => {
  assert.equal(banner({ ...view({ phase: "recording", take: TAKE }), connected: false }).kind, "offline");
});

test("a save that cannot be done says so where the decision is asked", () => {
  assert.equal(banner(view({ phase: "deciding", take: TAKE, fault: "The disk is full." })).detail, "The disk is full.");
});

test("a stop during a take is told while the take goes on", () => {
  const now = banner(view({ phase: "recording", take: TAKE }, { phase: "stopped" }));
  assert.equal(now.kind, "recording");
  assert.equal(now.detail, "Arm stopped");
});

test("the receipt names take, length, frames and repeats", () => {
  assert.equal(receipt(SAVED), "Episode 12, 9.8 s, 0 of 294 rows repeated, success");
  assert.equal(receipt({ ...SAVED, outcome: null, duration_s: 61 }), "Episode 12, 1 min 01 s, 0 of 294 rows repeated");
});

test("beyond two in a hundred repeated rows a save asks for a look at the cameras", () => {
  const fair = { ...SAVED, rows: 100, repeated: 2 };
  assert.equal(banner(view({ last_saved: fair })).doubtful, false);
  const doubtful = banner(view({ last_saved: { ...fair, repeated: 3 } }));
  assert.equal(doubtful.doubtful, true);
  assert.equal(doubtful.detail, "Episode 12, 9.8 s, 3 of 100 rows repeated, check the cameras, success");
  assert.equal(banner(view()).doubtful, false);
});

test("the countdown shows whole seconds and ends at one", () => {
  assert.equal(banner(view({ phase: "countdown", countdown_s: 2.4 })).timer, "3");
  assert.equal(banner(view({ phase: "countdown", countdown_s: 0 })).timer, "1");
  assert.equal(banner(view({ phase: "countdown", countdown_s: null })).timer, "-");
});

test("the timer counts in tenths and never rounds up", () => {
  assert.equal(takeTimer(0), "0:00.0");
  assert.equal(takeTimer(9.99), "0:09.9");
  assert.equal(takeTimer(9.3), "0:09.3");
  assert.equal(takeTimer(600.05), "10:00.0");
  assert.equal(takeTimer(null), "-");
});

test("keycaps are taken out of a sentence", () => {
  assert.deepEqual(keyParts("[S] saves"), [{ key: "S", text: "" }, { key: "", text: " saves" }]);
});
