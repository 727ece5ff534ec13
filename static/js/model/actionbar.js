// Which buttons stand in the action bar now. Places are fixed; what a place offers follows the phase.

import { gate } from "./gate.js";

/** @typedef {import("./gate.js").View} View */
/** @typedef {import("./gate.js").Action} Action */
/** @typedef {import("./keys.js").Outcome} Outcome */
/**
 * @typedef {{place: "forward" | "back" | "side" | "pause" | "recovery", action: Action, outcome?: Outcome, label: string,
 *   keys: string[], tone: "go" | "plain" | "success" | "partial" | "failure", enabled: boolean, reason: string}} Button
 */

/** @param {View} view @returns {Button[]} in reading order */
export function buttons(view) {
  const recorder = view.state?.recorder;
  const phase = recorder?.phase ?? "idle";
  return [...forward(view, phase), back(view, phase), side(view, phase), pause(view, phase), recovery(view, phase)];
}

/** @param {View} view @param {string} phase */
function recovery(view, phase) {
  const causes = phase === "deciding" && view.state?.guidance.plan;
  if (causes) return make(view, "recovery", "cause", "Next cause", ["V"]);
  const open = Boolean(view.state?.recorder.take?.recovery_open);
  return make(view, "recovery", "recovery", open ? "End recovery" : "Recovery", ["V"]);
}

/** @param {View} view @param {string} phase @returns {Button[]} */
function forward(view, phase) {
  if (phase === "idle") return [make(view, "forward", "start", "Start", ["Space"], "go")];
  if (phase === "countdown") return [make(view, "forward", "start", "Starting", ["Space"], "go")];
  if (phase === "saving") return [make(view, "forward", "save", "Saving", [], "success")];
  const first = phase === "deciding" ? ["S", "Space"] : ["S", "N"];
  return [
    make(view, "forward", "save", "Success", first, "success", "success"),
    make(view, "forward", "save", "Partial", ["P"], "partial", "partial"),
    make(view, "forward", "save", "Failure", ["F"], "failure", "failure"),
  ];
}

/** @param {View} view @param {string} phase */
function back(view, phase) {
  if (phase === "countdown") return make(view, "back", "cancel", "Cancel", ["Esc"]);
  return make(view, "back", "again", "Again", ["R", "←"]);
}

/** @param {View} view @param {string} phase */
function side(view, phase) {
  if (phase === "recording") return make(view, "side", "stop", "Stop, decide", ["Space"]);
  if (phase === "paused") return make(view, "side", "stop", "Stop, decide", ["Esc"]);
  if (phase === "deciding") return make(view, "side", "discard", "Discard", ["Del"]);
  return make(view, "side", "undo", "Undo save", ["U"]);
}

/** @param {View} view @param {string} phase */
function pause(view, phase) {
  if (phase === "paused") return make(view, "pause", "resume", "Resume", ["Space"]);
  return make(view, "pause", "pause", "Pause", ["Y"]);
}

/**
 * @param {View} view @param {Button["place"]} place @param {Action} action @param {string} label
 * @param {string[]} keys @param {Button["tone"]} [tone] @param {Outcome} [outcome] @returns {Button}
 */
function make(view, place, action, label, keys, tone = "plain", outcome) {
  return { place, action, outcome, label, keys, tone, ...gate(view, action) };
}
