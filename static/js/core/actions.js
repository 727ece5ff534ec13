// Carries out an action from a key, a button or a gamepad: one gate before, one place for the refusal after.

import { isOpen, nextOption } from "../model/cause.js";
import { isDue } from "../model/checklist.js";
import { advance, arrange, gate } from "../model/gate.js";
import { cause } from "./cause.js";
import { driver, ownLabel } from "./driver.js";
import { foreground } from "./foreground.js";
import { forgetPlacement, placeAnew } from "./placement.js";
import { perform, problem, store, tell } from "./studio.js";

/** @typedef {import("../model/gate.js").Action} Action */
/** @typedef {import("../model/keys.js").Outcome} Outcome */

const DRIVING = new Set(["control", "drive", "home", "lead", "demonstrate", "place"]);
/** Whoever put the checklist off in this tab is not asked again; its light stays amber. */
const PUT_OFF = "understudy.checklist-put-off";

/**
 * @param {Action} action @param {Outcome} [outcome]
 * @returns {Promise<boolean>} whether it was done
 */
export async function act(action, outcome) {
  if (foreground.take(action, outcome)) return true;
  const meant = meaning(action);
  const about = DRIVING.has(meant) ? "drive" : meant === "reset" ? "stop" : "record";
  const verdict = gate(store.view, meant);
  if (!verdict.enabled) {
    problem({ text: sentence(verdict.reason) }, about);
    return false;
  }
  if (meant === "start" && checklistFirst()) return false;
  if (meant === "place" && !store.state?.guidance.target) return placeScene("nominal");
  if (meant === "cause") return chooseCause(nextOption(cause.options));
  if (meant === "demonstrate") {
    // With the bag in the mug there is nothing to show: it goes back on the table first.
    if (store.state?.rig.outcome === "success" && !(await placeScene("nominal"))) return false;
    forgetPlacement();
  }
  if ((meant === "save" || meant === "finish") && waitsForCause(outcome)) return (await perform({ type: "record.stop" }, "record")).ok;
  // A press is a sign of life: on a busy machine the order must not be dropped for a beat that is behind it.
  if (meant === "home" || meant === "lead") tell({ type: "beat" });
  const reply = await perform(command(meant, outcome), about);
  return reply.ok;
}

/** @param {string} reason as a gate says it, with its full stop or without */
const sentence = (reason) => (reason.endsWith(".") ? reason : `${reason}.`);

/** One button may mean another now. @param {Action} action @returns {Action} */
function meaning(action) {
  if (!store.state) return action;
  if (action === "advance") return advance(store.view);
  if (action === "arrange") return arrange(store.state);
  return action === "recovery" && store.state.recorder.phase === "deciding" ? "cause" : action;
}

/** The first Start of a session asks the checklist. @returns {boolean} whether it opened */
function checklistFirst() {
  if (!store.state || !isDue(store.state, sessionStorage.getItem(PUT_OFF) === "yes")) return false;
  dispatchEvent(new CustomEvent("studio-open", { detail: "checklist-dialog" }));
  return true;
}

export function putChecklistOff() {
  sessionStorage.setItem(PUT_OFF, "yes");
}

/** A recovery that was marked while it happened has no cause yet: the take stops, and its label waits. @param {Outcome} [outcome] */
function waitsForCause(outcome) {
  const state = store.state;
  if (!state || state.recorder.phase === "deciding" || !isOpen(state, cause.choice)) return false;
  cause.wait(outcome ?? "success");
  return true;
}

/**
 * A cause was chosen; a label that waited for it is given now.
 * @param {import("../model/cause.js").Option | null} option
 */
export async function chooseCause(option) {
  if (!option) return false;
  const pending = cause.choose(option.name);
  return pending ? act("save", pending) : true;
}

/**
 * A new random place, from the usual start or one a recovery begins from.
 * @param {import("../model/placement.js").Start} start @returns {Promise<boolean>} whether it was done
 */
export async function placeScene(start) {
  const verdict = gate(store.view, "place");
  const reply = verdict.enabled ? await placeAnew(start) : { ok: false, text: `${verdict.reason}.` };
  if (!reply.ok) problem(reply, "drive");
  return reply.ok;
}

/** @param {Action} action @param {Outcome} [outcome] @returns {import("./studio.js").Command} */
function command(action, outcome) {
  const state = store.state;
  switch (action) {
    case "start":
      return { type: "record.start", skip_countdown: false };
    case "stop":
      return { type: "record.stop" };
    case "cancel":
      return { type: "record.cancel" };
    case "pause":
      return { type: "record.pause" };
    case "resume":
      return { type: "record.resume" };
    case "save":
    case "finish":
      return { type: "record.save", outcome: outcome ?? "success", recovery_cause: cause.chosen };
    case "again":
      return { type: "record.discard", again: true };
    case "discard":
      return { type: "record.discard", again: false };
    case "undo":
      return { type: "record.undo" };
    case "recovery":
      return { type: "record.recovery", open: !state?.recorder.take?.recovery_open };
    case "place":
      return { type: "place.for_me" };
    case "word":
      return { type: "target.word", at_mark: !state?.guidance.target?.word_given };
    case "skip":
      return { type: "target.skip" };
    case "earlier":
      return { type: "target.back" };
    case "pin":
      return { type: "target.pin", cluster: state?.guidance.queue.pinned ? "" : (state?.guidance.target?.cluster ?? "") };
    case "hands_free":
      return { type: "hands_free", on: !state?.guidance.hands_free };
    case "homing":
      return { type: "home_after_stop", on: !state?.guidance.home_after_stop };
    case "plan":
      return { type: "plan.default" };
    case "control":
      return state?.lease.mine ? { type: "lease.release" } : { type: "lease.acquire", label: ownLabel(driver.input), input: driver.input };
    case "home":
      return { type: "home" };
    case "lead":
      return { type: "lead", on: !state?.rig.leader?.following };
    case "demonstrate":
      return { type: "demonstrate", seed: null };
    case "reset":
      return { type: "stop.reset" };
    default:
      throw new Error(`${action} is not a command`);
  }
}

/**
 * The emergency stop, by both ways at once: a socket that hangs must not hold it up.
 * Both are harmless twice.
 */
export function emergencyStop() {
  tell({ type: "stop" });
  fetch("/api/stop", { method: "POST", keepalive: true })
    .then((answer) => {
      if (!answer.ok) throw new Error(String(answer.status));
    })
    .catch(() => {
      if (!store.connected) problem({ text: "STOP did not reach the studio. Use the arm's power switch." }, "stop");
    });
}
