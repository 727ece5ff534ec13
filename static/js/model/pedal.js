// Three pedals carry a whole session: each has a short and a long press, and what they mean follows the phase.

/** @typedef {import("./gate.js").Action} Action */
/** @typedef {import("./gate.js").View} View */
/** @typedef {import("./keys.js").Outcome} Outcome */
/** @typedef {"go" | "keep" | "place"} Pedal */
/** @typedef {{action: Action, outcome?: Outcome, label: string}} Meaning */
/** @typedef {{short: Meaning, long: Meaning}} Pair */
/** @typedef {Record<Pedal, string>} PedalMap `event.code` of each pedal */

export const PEDALS = /** @type {const} */ (["go", "keep", "place"]);
export const PEDAL_NAMES = { go: "Left pedal", keep: "Middle pedal", place: "Right pedal" };
/** Pedals are keyboards; these keys are on most of them, and nothing else here uses them. @type {PedalMap} */
export const STANDARD_PEDALS = { go: "PageDown", keep: "PageUp", place: "End" };
/** From here on a press is a long one, and acts without waiting for the foot to rise. */
export const LONG_MS = 600;

/** @param {Action} action @param {string} label @param {Outcome} [outcome] @returns {Meaning} */
const to = (action, label, outcome) => ({ action, label, outcome });

/** @type {Record<string, Record<Pedal, Pair>>} */
const BY_PHASE = {
  idle: {
    go: { short: to("start", "start"), long: to("control", "take or give control") },
    keep: { short: to("word", "it lies at the mark"), long: to("undo", "undo the last save") },
    place: { short: to("arrange", "place it"), long: to("skip", "skip this target") },
  },
  countdown: {
    go: { short: to("cancel", "cancel"), long: to("cancel", "cancel") },
    keep: { short: to("cancel", "cancel"), long: to("cancel", "cancel") },
    place: { short: to("cancel", "cancel"), long: to("cancel", "cancel") },
  },
  recording: {
    go: { short: to("stop", "stop, then decide"), long: to("pause", "pause") },
    keep: { short: to("save", "save as success", "success"), long: to("again", "drop it, record again") },
    place: { short: to("recovery", "begin or end a recovery"), long: to("save", "save as failure", "failure") },
  },
  paused: {
    go: { short: to("resume", "resume"), long: to("stop", "stop, then decide") },
    keep: { short: to("save", "save as success", "success"), long: to("again", "drop it, record again") },
    place: { short: to("save", "save as partial", "partial"), long: to("save", "save as failure", "failure") },
  },
  deciding: {
    go: { short: to("save", "save as success", "success"), long: to("cause", "next cause of the recovery") },
    keep: { short: to("save", "save as success", "success"), long: to("discard", "discard") },
    place: { short: to("save", "save as partial", "partial"), long: to("save", "save as failure", "failure") },
  },
};

/** What the pedals mean in a phase, for the key map. @param {string} phase @returns {Record<Pedal, Pair>} */
export function meanings(phase) {
  return BY_PHASE[phase] ?? BY_PHASE.idle;
}

/** @param {View} view @param {Pedal} pedal @param {boolean} long @returns {Meaning} */
export function meaning(view, pedal, long) {
  const pair = meanings(view.state?.recorder.phase ?? "idle")[pedal];
  return long ? pair.long : pair.short;
}

/**
 * A stored map, or the standard one where it is missing, of another form, or gives one key to two pedals.
 * @param {string | null} text @returns {PedalMap}
 */
export function readPedals(text) {
  try {
    const map = JSON.parse(text ?? "");
    const codes = PEDALS.map((pedal) => map[pedal]);
    const whole = codes.every((code) => typeof code === "string" && code) && new Set(codes).size === PEDALS.length;
    return whole ? { go: map.go, keep: map.keep, place: map.place } : STANDARD_PEDALS;
  } catch {
    return STANDARD_PEDALS;
  }
}

/** The map in which `code` is `pedal`; a pedal that had it takes the other's. @param {PedalMap} map @param {Pedal} pedal @param {string} code @returns {PedalMap} */
export function withPedal(map, pedal, code) {
  const other = PEDALS.find((one) => one !== pedal && map[one] === code);
  return { ...map, ...(other ? { [other]: map[pedal] } : {}), [pedal]: code };
}

/** "PageDown" as a person reads it on a keycap. @param {string} code */
export function codeName(code) {
  return code.replace(/^(Key|Digit)/, "").replace(/([a-z])([A-Z])/g, "$1 $2");
}
