// One plan being edited: what the studio has, the draft, and what the studio says of the draft.

import { differs } from "../model/plan.js";
import { api } from "./api.js";
import { newest } from "./newest.js";

const CHECK_AFTER_MS = 200;

/** @typedef {import("../model/plan.js").Plan} Plan */
/**
 * @typedef {{problems: import("../model/plan.js").Problem[], meaning: string[],
 *   positions: {cluster: string, position: number, x_cm: number, y_cm: number, yaw_deg: number}[],
 *   nominal_takes: number, recovery_takes: number, total_takes: number}} Said
 * @typedef {{dataset: string, exists: boolean, plan: Plan | null, versions: Plan[], episodes: number,
 *   recorded: Record<string, number>, pace_s: number | null,
 *   table: {camera: string, width: number, height: number, to_cm: number[]} | null,
 *   reach: import("../model/plan.js").Ring | null}} Known
 */

/** Tells "draft" when plan or selection changed, "said" when the studio judged it, "failed" with a sentence. */
export class PlanDraft extends EventTarget {
  /** @type {Known | null} */
  known = null;
  /** @type {Plan | null} */
  plan = null;
  /** @type {Said | null} */
  said = null;
  checked = false;
  saving = false;
  failure = "";
  selected = "";
  /** @type {Plan[]} */
  #before = [];
  #path;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #asked = newest();

  /** @param {string} dataset @param {string} task for a dataset that has none */
  constructor(dataset, task) {
    super();
    this.task = task;
    this.#path = `/api/datasets/${encodeURIComponent(dataset)}/plan`;
  }

  async load() {
    await this.#try(async () => {
      this.known = await api(this.#path);
      this.plan = this.known?.plan ?? (await api(`${this.#path}/default?task=${encodeURIComponent(this.task)}`));
      this.#tell();
    });
  }

  get changed() {
    return this.plan !== null && this.known !== null && differs(this.plan, this.known.plan);
  }

  get undoable() {
    return this.#before.length > 0;
  }

  /** @param {Plan} plan @param {{keep?: boolean}} [options] keep false: part of one drag, undone as a whole */
  change(plan, { keep = true } = {}) {
    if (!this.plan || !differs(plan, this.plan)) return;
    if (keep) this.remember();
    this.plan = plan;
    this.#tell();
  }

  /** What undo goes back to. */
  remember() {
    if (this.plan) this.#before = [...this.#before.slice(-49), this.plan];
  }

  undo() {
    const plan = this.#before.pop();
    if (plan) {
      this.plan = plan;
      this.#tell();
    }
  }

  /** @param {string} name a cluster, "" for none */
  select(name) {
    if (this.selected === name) return;
    this.selected = name;
    this.dispatchEvent(new Event("draft"));
  }

  /** @returns {Promise<boolean>} */
  async save() {
    if (!this.plan || !this.known) return false;
    this.saving = true;
    this.dispatchEvent(new Event("said"));
    const sent = this.plan;
    const body = JSON.stringify({ plan: sent, based_on: this.known.versions.length });
    const done = await this.#try(async () => {
      this.known = await api(this.#path, { method: "PUT", body, headers: { "Content-Type": "application/json" } });
      if (this.plan !== sent) return; // edited meanwhile: that is what the next version is made of
      this.plan = this.known?.plan ?? sent;
      this.#before = [];
    });
    this.saving = false;
    this.#tell();
    return done;
  }

  #tell() {
    this.checked = false;
    this.dispatchEvent(new Event("draft"));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#check(), CHECK_AFTER_MS);
  }

  async #check() {
    const [stands, plan] = [this.#asked(), this.plan];
    await this.#try(async () => {
      /** @type {Said} */
      const said = await api(`${this.#path}/check`, { method: "POST", body: JSON.stringify(plan), headers: { "Content-Type": "application/json" } });
      if (!stands() || plan !== this.plan) return;
      this.said = said;
      this.checked = true;
    });
    this.dispatchEvent(new Event("said"));
  }

  /** @param {() => Promise<void>} work */
  async #try(work) {
    try {
      await work();
      this.failure = "";
      return true;
    } catch (error) {
      this.failure = /** @type {Error} */ (error).message;
      this.dispatchEvent(new Event("failed"));
      return false;
    }
  }
}
