import assert from "node:assert/strict";
import { test } from "node:test";
import { gate } from "../../../static/js/model/gate.js";
import { codeName, meaning, meanings, PEDALS, readPedals, STANDARD_PEDALS, withPedal } from "../../../static/js/model/pedal.js";
import { DRIVE_KEYS, DRIVE_TAPS, pressOf } from "../../../static/js/model/keys.js";
import { guidedState, TAKE, TARGET } from "./state.js";

const PHASES = /** @type {const} */ (["idle", "countdown", "recording", "paused", "deciding"]);

/** @param {(typeof PHASES)[number]} phase */
function view(phase) {
  const take = phase === "idle" || phase === "countdown" ? null : { ...TAKE, recovery_rows: 5 };
  const target = { ...TARGET, state: /** @type {const} */ ("unseen"), placed_source: /** @type {const} */ ("") };
  return { connected: true, state: guidedState({ target }, {}, { phase, take, last_saved: null }) };
}

test("start, stop, every label, discard and skip are all on three pedals", () => {
  const can = PHASES.flatMap((phase) => PEDALS.flatMap((pedal) => Object.values(meanings(phase)[pedal]).map((one) => `${phase} ${one.action} ${one.outcome ?? ""}`.trim())));
  for (const wanted of [
    "idle start", "idle arrange", "idle word", "idle skip", "idle control", "idle undo", "countdown cancel", "recording stop", "recording recovery",
    "recording save success", "recording again", "deciding save success", "deciding save partial", "deciding save failure", "deciding discard", "deciding cause",
  ]) {
    assert.ok(can.includes(wanted), wanted);
  }
});

test("what a pedal means in a phase is what may be done in it", () => {
  for (const phase of PHASES) {
    for (const pedal of PEDALS) {
      for (const long of [false, true]) {
        const { action } = meaning(view(phase), pedal, long);
        if (action === "undo") continue;
        assert.equal(gate(view(phase), action).enabled, true, `${phase} ${pedal} ${long ? "long" : "short"}: ${action}`);
      }
    }
  }
});

test("no standard pedal is a driving or recording key", () => {
  const plain = { ctrlKey: false, metaKey: false, altKey: false, repeat: false, typing: false };
  for (const code of Object.values(STANDARD_PEDALS)) {
    assert.ok(!(code in DRIVE_KEYS) && !(code in DRIVE_TAPS), code);
    assert.equal(pressOf({ ...plain, key: code, code }), null);
  }
});

test("a taught map comes back; two pedals never share a key", () => {
  const own = withPedal(STANDARD_PEDALS, "go", "KeyB");
  assert.deepEqual(readPedals(JSON.stringify(own)), own);
  const swapped = withPedal(own, "keep", "KeyB");
  assert.deepEqual([swapped.keep, swapped.go], ["KeyB", STANDARD_PEDALS.keep]);
  for (const text of [null, "{", "{}", '{"go":"A","keep":"A","place":"B"}', '{"go":1,"keep":"A","place":"B"}']) {
    assert.equal(readPedals(text), STANDARD_PEDALS);
  }
  assert.equal(codeName("PageDown"), "Page Down");
  assert.equal(codeName("KeyB"), "B");
});
