// The jobs of one thing, as cards: what runs and waits, and what ended since the page was opened.
// `<job-list about="DATASET">`; without `about`, every job. A job that ends fires `job-ended` on the element.

import { StudioElement } from "../core/element.js";
import { store } from "../core/studio.js";
import { ended, jobsAbout } from "../model/jobs.js";
import "./job-card.js";

class JobList extends StudioElement {
  #since = new Date().toISOString();
  /** @type {Map<string, HTMLElement>} */
  #cards = new Map();
  /** @type {Set<string>} */
  #ended = new Set();

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["jobs"], () => this.#paint(), signal);
  }

  #paint() {
    const jobs = jobsAbout(store.state?.jobs ?? [], this.getAttribute("about") ?? "", this.#since);
    for (const [id, card] of this.#cards) {
      if (jobs.some((job) => job.id === id)) continue;
      card.remove();
      this.#cards.delete(id);
    }
    for (const job of jobs.toReversed()) {
      if (!this.#cards.has(job.id)) {
        const card = document.createElement("job-card");
        card.setAttribute("job", job.id);
        this.#cards.set(job.id, card);
        this.prepend(card);
      }
      if (ended(job) && !this.#ended.has(job.id)) {
        this.#ended.add(job.id);
        this.dispatchEvent(new CustomEvent("job-ended", { detail: job, bubbles: true }));
      }
    }
    this.hidden = jobs.length === 0;
  }
}

customElements.define("job-list", JobList);
