// What may be done now, and why not. Keys, buttons and gamepad all ask here, so they can never disagree.

import { hasRecovery } from "./cause.js";
import { actionRefusal } from "./rights.js";

/** @typedef {import("../core/messages.js").StudioState} StudioState */
/** @typedef {{connected: boolean, state: StudioState | null}} View */
/** @typedef {{enabled: boolean, reason: string}} Verdict */
/**
 * @typedef {"start" | "cancel" | "stop" | "pause" | "resume" | "save" | "again" | "discard" | "undo"
 *   | "recovery" | "advance" | "finish" | "control" | "drive" | "home" | "lead" | "demonstrate" | "place" | "reset" | "setup"
 *   | "arrange" | "word" | "skip" | "earlier" | "pin" | "hands_free" | "homing" | "plan" | "cause"} Action
 */

/** @type {Verdict} */
const YES = { enabled: true, reason: "" };
/** @param {string} reason @returns {Verdict} */
const no = (reason) => ({ enabled: false, reason });

const IN_TAKE = new Set(["recording", "paused"]);
const HAS_TAKE = new Set(["recording", "paused", "deciding"]);

/**
 * The one truth about an action. `reason` is a short sentence, "" when the action is enabled.
 * @param {View} view @param {Action} action @returns {Verdict}
 */
export function gate(view, action) {
  if (!view.connected || !view.state) return no("Not connected");
  const refused = actionRefusal(view.state, action);
  if (refused) return no(refused);
  const { recorder, rig, lease } = view.state;
  const phase = recorder.phase;
  switch (action) {
    case "advance":
      return gate(view, advance(view));
    case "finish":
    case "save":
      if (phase === "saving") return no("Saving now");
      if (!HAS_TAKE.has(phase)) return no("No take is running");
      return recorder.take && recorder.take.rows > 0 ? YES : no("No frames yet");
    case "start":
      if (phase === "countdown") return no("Already starting");
      if (phase === "saving") return no("Saving now");
      if (phase !== "idle") return no("A take is running");
      // Another section may arrive before the recorder's: a stop or a failed check disables Start at once.
      return recorder.start_blocked ? no(recorder.start_blocked) : (armReady(view.state) ?? checked(view.state) ?? YES);
    case "cancel":
      if (phase === "countdown" || IN_TAKE.has(phase)) return YES;
      return no(phase === "deciding" ? "Save it or discard it" : "Nothing to leave");
    case "stop":
      return IN_TAKE.has(phase) ? YES : no("No take is running");
    case "pause":
      return phase === "recording" ? YES : no("Not recording");
    case "resume":
      return phase === "paused" ? YES : no("Not paused");
    case "again":
    case "discard":
      return HAS_TAKE.has(phase) ? YES : no("No take is running");
    case "undo":
      if (phase !== "idle") return no("Finish this take first");
      return recorder.last_saved?.undoable ? YES : no("No save to undo");
    case "recovery":
      return phase === "recording" ? YES : no("Not recording");
    case "setup":
      return phase === "idle" ? YES : no("Finish this take first");
    case "reset":
      return rig.phase === "stopped" ? YES : no("Not stopped");
    case "control":
      return armReady(view.state) ?? (lease.asked_by_me ? no("Waiting for an answer") : YES);
    case "drive":
    case "home":
      return armReady(view.state) ?? (lease.mine ? YES : no("Take control first"));
    case "lead":
      return led(view.state);
    case "demonstrate":
      if (!rig.demonstrator) return no("This rig has no demonstrator");
      if (rig.demonstrating) return no("The demonstrator is at work");
      if (lease.held && !lease.mine && lease.rank === "person") return no(`${lease.label} has control`);
      if (rig.outcome === "success" && !gate(view, "place").enabled) return no("The bag is in the mug");
      return armReady(view.state) ?? YES;
    case "place":
      if (!rig.simulated) return no("Place it by hand: the arm is real");
      if (phase !== "idle") return no("Finish this take first");
      if (rig.demonstrating) return no("The demonstrator is at work");
      // A new scene moves the arm too: not under whoever drives it. The drive home after a take gives way.
      if (lease.held && !lease.mine && !view.state.guidance.homing) return no(`${lease.label} has control`);
      if (view.state.guidance.target && view.state.guidance.place_for_me) return no(view.state.guidance.place_for_me);
      return armReady(view.state) ?? YES;
    default:
      return guided(view.state, action);
  }
}

/**
 * What is asked of the plan and its queue. The queue stands still while a take is under way.
 * @param {StudioState} state
 * @param {"arrange" | "word" | "skip" | "earlier" | "pin" | "hands_free" | "homing" | "plan" | "cause"} action @returns {Verdict}
 */
function guided(state, action) {
  const { guidance, recorder } = state;
  const { target } = guidance;
  if (action === "arrange") return gate({ connected: true, state }, arrange(state));
  if (action === "plan") return guidance.plan ? no("This dataset has a plan") : between(state);
  if (!guidance.plan) return no("This dataset has no plan");
  if (action === "hands_free" || action === "homing") return YES;
  if (action === "cause") {
    if (recorder.phase !== "deciding") return no("No take waits for a decision");
    return hasRecovery(state) ? YES : no("No recovery");
  }
  if (!target) return no(guidance.off || "No target");
  const busy = between(state);
  if (!busy.enabled) return busy;
  if (action === "earlier") return guidance.queue.back_possible ? YES : no("No earlier target is still to be recorded");
  if (action !== "word" || target.word_given) return YES;
  if (target.placed_source === "seen" && target.kind === "nominal") {
    return no(target.state === "in_place" ? "The camera sees it in place" : "The camera sees it elsewhere");
  }
  return YES;
}

/** @param {StudioState} state @returns {Verdict} whether the arm may follow the leader arm; letting go of it always may */
function led({ rig, lease }) {
  if (!rig.leader) return no("This rig has no leader arm");
  if (rig.leader.following && lease.mine) return YES;
  if (rig.leader.problem) return no(rig.leader.problem);
  return armReady({ rig }) ?? (lease.mine ? YES : no("Take control first"));
}

/**
 * What one button does for the object: the simulator places it, a person places it and says so.
 * @param {StudioState} state @returns {"place" | "word"}
 */
export function arrange({ rig }) {
  return rig.simulated ? "place" : "word";
}

/** @param {StudioState} state @returns {Verdict} */
function between({ recorder }) {
  return recorder.phase === "idle" ? YES : no("Finish this take first");
}

/** @param {StudioState} state @returns {Verdict | null} the hard check that closes Start where a plan asks for takes */
function checked({ guidance, checks, recorder }) {
  return guidance.plan && checks.blocked && !recorder.practice ? no(checks.blocked) : null;
}

/** @param {Pick<StudioState, "rig">} state @returns {Verdict | null} why the arm cannot move now */
function armReady({ rig }) {
  if (!rig.connected) return no("The arm is not connected");
  if (rig.phase === "stopped") return no("Stopped: reset first");
  if (rig.phase === "faulted") return no(rig.reason || "The arm has a fault");
  if (rig.phase === "starting") return no("The arm is starting");
  return null;
}

/**
 * What Space does now: the next step forward.
 * @param {View} view @returns {"start" | "stop" | "resume" | "save"}
 */
export function advance(view) {
  switch (view.state?.recorder.phase) {
    case "recording":
      return "stop";
    case "paused":
      return "resume";
    case "deciding":
    case "saving":
      return "save";
    default:
      return "start";
  }
}
