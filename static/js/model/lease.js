// Who may move the arm, in words.

import { gate } from "./gate.js";

/** @typedef {import("./gate.js").View} View */
/** @typedef {{kind: "unknown" | "free" | "mine" | "other" | "program" | "blocked", text: string, detail: string, verb: string, asked: boolean}} Holder */

/** @param {View} view @returns {Holder} */
export function holder(view) {
  const lease = view.state?.lease;
  if (!view.connected || !lease || !view.state) return say("unknown", "Control unknown", "No connection", "Take control");
  const { rig } = view.state;
  if (lease.mine) {
    if (lease.asked_label) return { ...say("mine", lease.asked_label, "asks for control", "Give back"), asked: true };
    const busy = rig.phase === "ramping" ? "The arm is engaging" : rig.leader?.following ? followed(rig) : "Driving keys are live";
    return say("mine", "You have control", rig.phase === "stopped" ? "Stopped: reset first" : busy, "Give back");
  }
  const blocked = gate(view, "control");
  if (lease.held) {
    const program = lease.rank === "program";
    const detail = lease.asked_by_me ? "has control; asked, waiting" : "has control";
    return say(program ? "program" : "other", lease.label || "Somebody", detail, program ? "Take over" : "Ask for control");
  }
  if (!blocked.enabled) return say("blocked", "Nobody has control", blocked.reason, "Take control");
  return say("free", "Nobody has control", "The arm holds", "Take control");
}

/** @param {import("../core/messages.js").RigState} rig */
function followed(rig) {
  if (rig.leader?.driven && rig.phase === "holding" && !rig.leader.problem) return "Holds: the leader comes to it";
  return rig.leader?.problem ? "Holds: the leader is silent" : "Follows the leader arm";
}

/** @param {Holder["kind"]} kind @param {string} text @param {string} detail @param {string} verb @returns {Holder} */
function say(kind, text, detail, verb) {
  return { kind, text, detail, verb, asked: false };
}
