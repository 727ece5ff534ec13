// One scheme of keys for recording and driving (docs/decisions/0040-keys.md). Nothing here touches the page.

/** @typedef {import("./gate.js").Action} Action */
/** @typedef {"success" | "partial" | "failure"} Outcome */
/**
 * @typedef {{action: Action | "estop" | "help" | "swap" | "escape" | "mute" | "why", outcome?: Outcome}} Press
 * What a key asks for.
 */

/** Recording keys go by letter, as printed on the buttons. @type {Record<string, Press>} */
const BY_KEY = {
  " ": { action: "advance" },
  arrowright: { action: "finish", outcome: "success" },
  n: { action: "finish", outcome: "success" },
  arrowleft: { action: "again" },
  r: { action: "again" },
  escape: { action: "escape" },
  s: { action: "save", outcome: "success" },
  p: { action: "save", outcome: "partial" },
  f: { action: "save", outcome: "failure" },
  u: { action: "undo" },
  v: { action: "recovery" },
  y: { action: "pause" },
  delete: { action: "discard" },
  t: { action: "control" },
  e: { action: "lead" },
  b: { action: "place" },
  g: { action: "word" },
  x: { action: "skip" },
  z: { action: "earlier" },
  c: { action: "pin" },
  h: { action: "hands_free" },
  w: { action: "why" },
  m: { action: "mute" },
  "?": { action: "help" },
  tab: { action: "swap" },
};

/** The stop key works everywhere, also while typing: no text needs it. */
export const STOP_KEY = "F8";

/** Driving keys go by place on the keyboard (`event.code`), so that the hand's shape stays on every layout. */
export const DRIVE_KEYS = /** @type {const} */ ({
  KeyI: "ahead",
  KeyK: "back",
  KeyJ: "left",
  KeyL: "right",
  KeyQ: "up",
  KeyA: "down",
  Comma: "close",
  Period: "open",
  Digit1: "d1",
  Digit2: "d2",
  Digit3: "d3",
  Digit4: "d4",
  Digit5: "d5",
  Digit6: "d6",
});

/** Keys that act once: speed, mode, and which of two arms. @type {Record<string, "slower" | "faster" | "mode" | "arm">} */
export const DRIVE_TAPS = { Minus: "slower", Equal: "faster", Digit0: "mode", Digit9: "arm" };

/**
 * @typedef {{key: string, code: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, repeat: boolean,
 *   typing: boolean}} KeyFacts
 * @param {KeyFacts} event @returns {Press | null}
 */
export function pressOf(event) {
  if (event.key === STOP_KEY) return { action: "estop" };
  if (event.typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return null;
  return BY_KEY[event.key.toLowerCase()] ?? null;
}

/** A new placement moves the arm home and the bag out of the claws: no slip must do that either. */
const GUARDED = new Set(["save", "finish", "again", "discard", "place"]);
export const CHORD_GUARD_MS = 250;

/**
 * A key beside a driving key must not end a take by a slip of the hand: keys that end or drop a take
 * count only when no driving key is down and none was for a quarter of a second.
 * @param {Press} press @param {boolean} driving @param {number} since_ms since the last driving key came up
 * @returns {string} why the press does not count, "" when it does
 */
export function slipGuard(press, driving, since_ms) {
  if (!GUARDED.has(press.action)) return "";
  return driving || since_ms < CHORD_GUARD_MS ? "Let go of the driving keys, then press again" : "";
}

/**
 * Whether keys belong to a text field now.
 * @param {{tagName: string, type?: string, isContentEditable?: boolean} | null} element
 */
export function isTyping(element) {
  if (!element) return false;
  if (element.isContentEditable) return true;
  const tag = element.tagName.toLowerCase();
  if (tag === "textarea" || tag === "select") return true;
  const pressed = new Set(["button", "checkbox", "radio", "range", "submit", "reset", "color"]);
  return tag === "input" && !pressed.has(element.type ?? "text");
}
