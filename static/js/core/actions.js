// Carries out an action from a key, a button or a gamepad: one gate before, one place for the refusal after.

import { advance, gate } from "../model/gate.js";
import { driver } from "./driver.js";
import { forgetPlacement, placeAnew } from "./placement.js";
import { remembered } from "./preferences.js";
import { perform, problem, store, tell } from "./studio.js";

/** @typedef {import("../model/gate.js").Action} Action */
/** @typedef {import("../model/keys.js").Outcome} Outcome */

const DRIVING = new Set(["control", "drive", "home", "demonstrate", "place"]);

/**
 * @param {Action} action @param {Outcome} [outcome]
 * @returns {Promise<boolean>} whether it was done
 */
export async function act(action, outcome) {
  const about = DRIVING.has(action) ? "drive" : action === "reset" ? "stop" : "record";
  const verdict = gate(store.view, action);
  if (!verdict.enabled) {
    problem({ text: `${verdict.reason}.` }, about);
    return false;
  }
  if (action === "place") return placeScene("nominal");
  if (action === "demonstrate") {
    // With the bag in the mug there is nothing to show: it goes back on the table first.
    if (store.state?.rig.outcome === "success" && !(await placeScene("nominal"))) return false;
    forgetPlacement();
  }
  const reply = await perform(command(action, outcome), about);
  return reply.ok;
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

/** @returns {string} what others see as the holder of the arm, and by what it is driven: "Ana (keyboard)" */
export function ownLabel() {
  const operator = store.state?.recorder.operator;
  const who = (operator !== "unknown" && operator) || remembered("operator") || "Browser";
  return `${who.slice(0, 60)} (${driver.input})`;
}

/** @param {Action} action @param {Outcome} [outcome] @returns {import("./studio.js").Command} */
function command(action, outcome) {
  const state = store.state;
  switch (action) {
    case "start":
      return { type: "record.start", skip_countdown: false };
    case "advance":
      return command(advance(store.view), "success");
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
      return { type: "record.save", outcome: outcome ?? "success", recovery_cause: "" };
    case "again":
      return { type: "record.discard", again: true };
    case "discard":
      return { type: "record.discard", again: false };
    case "undo":
      return { type: "record.undo" };
    case "recovery":
      return { type: "record.recovery", open: !state?.recorder.take?.recovery_open };
    case "control":
      return state?.lease.mine ? { type: "lease.release" } : { type: "lease.acquire", label: ownLabel(), input: driver.input };
    case "home":
      return { type: "home" };
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
