import assert from "node:assert/strict";
import { test } from "node:test";
import { buttons } from "../../../static/js/model/actionbar.js";
import { CHORD_GUARD_MS, DRIVE_KEYS, DRIVE_TAPS, isTyping, pressOf, slipGuard } from "../../../static/js/model/keys.js";
import { SAVED, TAKE, view } from "./state.js";

const plain = { ctrlKey: false, metaKey: false, altKey: false, repeat: false, typing: false };
/** @param {string} key @param {object} [more] */
const press = (key, more = {}) => pressOf({ ...plain, key, code: "", ...more });

test("the conventions of peers hold", () => {
  assert.deepEqual(press(" "), { action: "advance" });
  for (const key of ["ArrowRight", "n", "N"]) assert.deepEqual(press(key), { action: "finish", outcome: "success" });
  for (const key of ["ArrowLeft", "r"]) assert.deepEqual(press(key), { action: "again" });
  assert.deepEqual(press("s"), { action: "save", outcome: "success" });
  assert.deepEqual(press("p"), { action: "save", outcome: "partial" });
  assert.deepEqual(press("f"), { action: "save", outcome: "failure" });
  assert.deepEqual(press("Escape"), { action: "escape" });
  assert.deepEqual(press("u"), { action: "undo" });
  assert.deepEqual(press("v"), { action: "recovery" });
  assert.deepEqual(press("b"), { action: "place" });
  const guided = { g: "word", x: "skip", z: "earlier", c: "pin", h: "hands_free", w: "why", m: "mute" };
  for (const [key, action] of Object.entries(guided)) assert.deepEqual(press(key), { action });
});

test("keys are dead while typing, but STOP is not", () => {
  for (const key of [" ", "s", "n", "Escape", "?"]) assert.equal(press(key, { typing: true }), null);
  assert.deepEqual(press("F8", { typing: true }), { action: "estop" });
  assert.deepEqual(press("F8", { repeat: true, ctrlKey: true }), { action: "estop" });
});

test("a browser's own shortcut and a held key do nothing", () => {
  for (const more of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }]) assert.equal(press("s", more), null);
});

test("no driving key is a recording key", () => {
  for (const code of [...Object.keys(DRIVE_KEYS), ...Object.keys(DRIVE_TAPS)]) {
    const key = { Comma: ",", Period: ".", Minus: "-", Equal: "=" }[code] ?? code.replace(/^(Key|Digit)/, "").toLowerCase();
    assert.equal(press(key), null, code);
  }
});

test("a slip beside a driving key ends no take", () => {
  const save = /** @type {const} */ ({ action: "save", outcome: "success" });
  assert.notEqual(slipGuard(save, true, Infinity), "");
  assert.notEqual(slipGuard(save, false, CHORD_GUARD_MS - 1), "");
  assert.equal(slipGuard(save, false, CHORD_GUARD_MS), "");
  assert.notEqual(slipGuard({ action: "again" }, true, 0), "");
  assert.notEqual(slipGuard({ action: "place" }, true, 0), "");
  assert.equal(slipGuard({ action: "recovery" }, true, 0), "", "marking a recovery is done while driving");
  assert.equal(slipGuard({ action: "advance" }, true, 0), "", "Space stops into deciding, which loses nothing");
});

test("text fields take the keys, buttons do not", () => {
  assert.equal(isTyping({ tagName: "INPUT", type: "text" }), true);
  assert.equal(isTyping({ tagName: "TEXTAREA" }), true);
  assert.equal(isTyping({ tagName: "SELECT" }), true);
  assert.equal(isTyping({ tagName: "DIV", isContentEditable: true }), true);
  assert.equal(isTyping({ tagName: "INPUT", type: "range" }), false);
  assert.equal(isTyping({ tagName: "BUTTON" }), false);
  assert.equal(isTyping(null), false);
});

test("the keycaps printed on the buttons are the keys that work", () => {
  const keyOf = { Space: " ", Esc: "Escape", Del: "Delete", "←": "ArrowLeft" };
  for (const phase of /** @type {const} */ (["idle", "countdown", "recording", "paused", "deciding"])) {
    const current = view({ phase, take: TAKE, last_saved: SAVED });
    for (const button of buttons(current).filter((one) => one.enabled)) {
      for (const cap of button.keys) {
        const asked = press(keyOf[/** @type {keyof typeof keyOf} */ (cap)] ?? cap);
        assert.ok(asked, `${cap} on ${button.label} while ${phase}`);
        if (button.outcome && asked.action !== "advance") assert.equal(asked.outcome, button.outcome);
      }
    }
  }
});
