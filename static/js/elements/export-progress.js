// The exports that run or wait, and those that ended since the page was opened: each with its phases and its job's card.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { phasesAt } from "../model/exports.js";
import { ended } from "../model/jobs.js";
import "./job-card.js";

const KIND = "export.run";

class ExportProgress extends StudioElement {
  #since = new Date().toISOString();
  /** @type {Map<string, {box: HTMLElement, phases: HTMLElement, seen: string}>} */
  #cards = new Map();

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["jobs"], () => this.#paint(), signal);
  }

  #paint() {
    const jobs = (store.state?.jobs ?? []).filter((job) => job.kind === KIND && (!ended(job) || job.ended_at >= this.#since));
    for (const job of jobs.toReversed()) {
      const { phases, seen } = this.#card(job.id);
      const drawn = job.state === "running" ? JSON.stringify(phasesAt(job.fraction)) : job.state;
      if (drawn === seen) continue;
      this.#cards.set(job.id, { ...this.#card(job.id), seen: drawn });
      phases.hidden = job.state !== "running";
      render(phases, html`${phasesAt(job.fraction).map((one) => html`<li data-state="${one.state}" ${one.state === "now" ? html`aria-current="step"` : ""}>${one.title}</li>`)}`);
    }
    this.hidden = this.#cards.size === 0;
  }

  /** @param {string} id */
  #card(id) {
    const known = this.#cards.get(id);
    if (known) return known;
    const box = document.createElement("div");
    render(box, html`<job-card job="${id}"></job-card><ol class="phases" aria-label="Phases" hidden></ol>`);
    const phases = /** @type {HTMLElement} */ (box.lastElementChild);
    this.prepend(box);
    const made = { box, phases, seen: "" };
    this.#cards.set(id, made);
    return made;
  }
}

customElements.define("export-progress", ExportProgress);
