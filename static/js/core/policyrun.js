// Carries out what is asked of a run: one gate before, one place for the refusal after, and the trial it stands for.

import { active, runButtons } from "../model/policyrun.js";
import { driver, ownLabel } from "./driver.js";
import { perform, problem, store } from "./studio.js";
import { trial } from "./trial.js";
import { yes } from "./yes.js";

/** @typedef {import("../model/policyrun.js").RunButton} RunButton */

/** What a key still does on this page while no policy runs. */
const FREE = new Set(["control", "place"]);

/** @param {RunButton} button */
export async function carryOut(button) {
  if (!button.enabled) {
    problem({ text: `${button.reason}.` }, "record");
    return;
  }
  switch (button.action) {
    case "start":
      await startRun();
      return;
    case "takeover":
      await perform({ type: "policy.take_over", label: ownLabel(driver.input), input: driver.input }, "record");
      return;
    case "handback":
      await perform({ type: "policy.hand_back" }, "record");
      return;
    case "finish":
      await finish(button.outcome ?? "success");
      return;
    case "judge":
      await judge(button.outcome ?? "success");
      return;
    case "drop":
      await drop();
      return;
    case "stop":
      await stop();
      return;
    default:
      await perform({ type: button.action === "pause" ? "policy.pause" : "policy.resume" }, "record");
  }
}

async function startRun() {
  const accept = yes.given;
  if (!(await trial.arrange())) return;
  await perform({ type: "policy.start", accept_red: accept, record: true }, "record");
}

/** @param {import("../model/keys.js").Outcome} outcome */
async function finish(outcome) {
  const run = store.state?.policy.run;
  const cause = trial.cause;
  const reply = await perform({ type: "policy.finish", outcome, cause: run?.takeovers ? cause : "" }, "record");
  if (reply.ok && run) await trial.over(outcome, reply.text, run);
}

/** It was stopped, and what was recorded waits: now somebody says how it went. @param {import("../model/keys.js").Outcome} outcome */
async function judge(outcome) {
  const run = store.state?.policy.run;
  const reply = await perform({ type: "policy.mark", open: false, outcome, cause: run?.takeovers ? trial.cause : "" }, "record");
  if (reply.ok && run) await trial.over(outcome, reply.text, run);
}

/** What is not kept was interrupted: the trial stays listed, and is run again. */
async function drop() {
  const reply = await perform({ type: "record.discard", again: false }, "record");
  if (reply.ok) await trial.interrupted("Stopped by a person, who discarded what was recorded.");
}

/** A take that is open waits for its word. */
async function stop() {
  const waits = Boolean(store.state?.policy.run?.take);
  const reply = await perform({ type: "policy.stop" }, "record");
  if (reply.ok && !waits) await trial.interrupted("Stopped by a person.");
  else if (reply.ok) trial.tell("Stopped. Say how it went, or discard it.");
}

/** @param {import("../model/keys.js").Press} press @param {(press: any, view: any, yes: boolean) => RunButton | null} meaning @returns {boolean} */
export function pressed(press, meaning) {
  const button = meaning(press, store.view, yes.given);
  if (button) carryOut(button);
  // The other recording keys would begin or drop takes: here they mean nothing.
  return Boolean(button) || active(store.state?.policy.run) || !FREE.has(press.action);
}

/** @returns {RunButton[]} */
export const buttonsNow = () => runButtons(store.view, yes.given);
