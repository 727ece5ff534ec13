// The trials of an evaluation that a person judges on this page: which is next, where the object lies, how it went.

import { trialOf } from "../model/evaluations.js";
import { api } from "./api.js";
import { ask, perform, problem, store } from "./studio.js";

/** @typedef {import("../model/evaluations.js").NextTrial} NextTrial */

class TrialDesk extends EventTarget {
  /** The evaluation whose trials are run, "" for none. */
  name = new URLSearchParams(location.search).get("evaluation") ?? "";
  /** @type {NextTrial | null} */
  next = null;
  /** What was said of the last one. */
  said = "";
  /** Why a person took over, for the recovery episode. */
  cause = "";

  /** Asks which trial is next, and opens its policy. */
  async load() {
    if (!this.name) return;
    try {
      this.next = await api(`/api/evaluations/${encodeURIComponent(this.name)}/next`);
    } catch (error) {
      this.said = /** @type {Error} */ (error).message;
    }
    this.#tell();
  }

  /** Puts the object where the trial wants it; a person does that on a real arm. @returns {Promise<boolean>} */
  async arrange() {
    const place = this.next?.trial?.place;
    if (!this.name || !store.state?.rig.simulated) return true;
    if (!place) {
      problem({ text: "Every trial of the protocol was run.", todo: "Look at the results." }, "record");
      return false;
    }
    const reply = await ask({ type: "place", x_cm: place.x_cm, y_cm: place.y_cm, yaw_deg: place.yaw_deg, start: "nominal" });
    if (!reply.ok) problem(reply, "record");
    return reply.ok;
  }

  /**
   * The run of the trial ended: keep what was said of it. @param {string} outcome "" for none
   * @param {string} receipt @param {import("../core/messages.js").LiveRunState} [run]
   */
  async over(outcome, receipt, run) {
    this.said = receipt;
    const now = this.next?.trial;
    if (this.name && now && run) {
      try {
        const body = JSON.stringify(trialOf(now, run, outcome, this.cause));
        await api(`/api/evaluations/${encodeURIComponent(this.name)}/trials/${now.number}`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        await this.load();
      } catch (error) {
        problem({ text: /** @type {Error} */ (error).message }, "record");
      }
    }
    this.#tell();
  }

  /** @param {string} cause */
  chooseCause(cause) {
    this.cause = cause;
    this.#tell();
  }

  /** Opens a policy by its name. @param {string} policy */
  async open(policy) {
    return perform({ type: "policy.open", policy }, "record");
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

export const trial = new TrialDesk();
