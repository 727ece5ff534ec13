// The trials of an evaluation that a person judges on this page: which is next, where the object lies, how it went.

import { trialOf } from "../model/evaluations.js";
import { api } from "./api.js";
import { ask, perform, problem, store, tried } from "./studio.js";

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

  /** What the trial is a trial of, "" where there is none. */
  policy = "";
  /** @type {import("../model/evaluations.js").Detail["evaluation"] | null} */
  #evaluation = null;
  #dataset = "";
  #rule = "";
  /** What is being asked or written down now. @type {Promise<void>} */
  #underWay = Promise.resolve();

  /** What counts as a success, as the protocol says it; "" before it is known. */
  get rule() {
    return this.#rule;
  }

  /** Asks which trial is next, opens its policy and chooses how it is executed, as the protocol says. */
  load() {
    return this.#after(() => this.#next());
  }

  /** One after the other: a trial is not begun, nor another asked for, before the last one is written down. @param {() => Promise<void>} work */
  #after(work) {
    this.#underWay = this.#underWay.then(work, work);
    return this.#underWay;
  }

  async #next() {
    if (!this.name) return;
    const url = `/api/evaluations/${encodeURIComponent(this.name)}`;
    try {
      if (!this.#evaluation) {
        /** @type {import("../model/evaluations.js").Detail} */
        const detail = await api(url);
        this.#evaluation = detail.evaluation;
        this.#dataset = detail.summary.eval_dataset;
        this.#rule = detail.summary.success_rule;
      }
      this.next = await api(`${url}/next`);
      await this.#prepare();
    } catch (error) {
      this.said = /** @type {Error} */ (error).message;
    }
    this.#tell();
  }

  async #prepare() {
    const entrant = this.#evaluation?.entrants.find((one) => one.key === this.next?.trial?.entrant);
    if (!entrant) return;
    this.policy = entrant.policy;
    await tried; // before the studio's state is here, nobody knows what is open
    const policy = store.state?.policy;
    if (policy?.opened?.name !== entrant.policy && !(await this.open(entrant.policy)).ok) return;
    const { mode, threshold, execute, aggregation, coefficient, delay_ms, stages_ms, device } = entrant.execution;
    const stages_s = Object.fromEntries(Object.entries(stages_ms).map(([stage, ms]) => [stage, ms / 1000]));
    const delay = Object.keys(stages_s).length ? { stages_s, delay_label: device } : { delay_s: (delay_ms ?? 0) / 1000, delay_label: delay_ms ? device : "" };
    await perform(/** @type {any} */ ({ type: "policy.choose", mode, threshold, execute, aggregation, coefficient, dataset: this.#dataset, ...delay }), "record");
  }

  /** Puts the object where the trial wants it; a person does that on a real arm. @returns {Promise<boolean>} */
  async arrange() {
    await this.#underWay;
    const place = this.next?.trial?.place;
    if (this.name && this.policy && store.state?.policy.opened?.name !== this.policy) {
      problem({ text: `This trial is of ${this.policy}, and another policy is open.`, todo: "Open it, then start." }, "record");
      return false;
    }
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
  over(outcome, receipt, run) {
    return this.#after(() => this.#over(outcome, receipt, run));
  }

  /** @param {string} outcome @param {string} receipt @param {import("../core/messages.js").LiveRunState} [run] */
  async #over(outcome, receipt, run) {
    const cause = this.cause;
    this.said = receipt;
    this.cause = "";
    const now = this.next?.trial;
    if (this.name && now && run) {
      try {
        const body = JSON.stringify(trialOf(now, run, outcome, cause));
        await api(`/api/evaluations/${encodeURIComponent(this.name)}/trials/${now.number}`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        await this.#next();
      } catch (error) {
        problemOf(error);
      }
    }
    this.#tell();
  }

  /** The run was broken off: its trial counts as neither, and is run again. @param {string} problem */
  interrupted(problem) {
    return this.#after(() => this.#interrupted(problem));
  }

  /** @param {string} problem */
  async #interrupted(problem) {
    const now = this.next?.trial;
    if (this.name && now) {
      try {
        const body = JSON.stringify({ ended: "interrupted", problem });
        await api(`/api/evaluations/${encodeURIComponent(this.name)}/trials/${now.number}`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        await this.#next();
      } catch (error) {
        problemOf(error);
      }
    }
    this.cause = "";
    this.tell(this.name && now ? "Interrupted: the trial is run again, and stays listed." : "");
  }

  /** @param {string} said */
  tell(said) {
    this.said = said;
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

/** @param {unknown} error */
function problemOf(error) {
  problem({ text: /** @type {Error} */ (error).message }, "record");
}

export const trial = new TrialDesk();
