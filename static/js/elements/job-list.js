// The jobs of one thing, as cards: what runs and waits, and what ended since the page was opened.
// `<job-list about="DATASET">`; without `about`, every job. A job that ends fires `job-ended` on the element.
// `last="ID"` shows that job too, however long ago it ended: why it failed is read by whoever comes later.

import { StudioElement } from "../core/element.js";
import { store } from "../core/studio.js";
import { ended, jobsAbout } from "../model/jobs.js";
import "./job-card.js";

class JobList extends StudioElement {
  static observedAttributes = ["about", "last"];
  #since = new Date().toISOString();
  /** @type {Map<string, HTMLElement>} */
  #cards = new Map();
  /** @type {Set<string>} */
  #ended = new Set();

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["jobs"], () => this.#paint(), signal);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#paint();
  }

  #paint() {
    const jobs = jobsAbout(store.state?.jobs ?? [], this.getAttribute("about") ?? "", this.#since);
    const last = this.getAttribute("last");
    const ids = new Set([...jobs.map((job) => job.id), ...(last ? [last] : [])]);
    for (const [id, card] of this.#cards) {
      if (ids.has(id)) continue;
      card.remove();
      this.#cards.delete(id);
    }
    for (const id of [...ids].toReversed()) {
      if (this.#cards.has(id)) continue;
      const card = document.createElement("job-card");
      card.setAttribute("job", id);
      this.#cards.set(id, card);
      this.prepend(card);
    }
    for (const job of jobs) {
      if (ended(job) && !this.#ended.has(job.id)) {
        this.#ended.add(job.id);
        this.dispatchEvent(new CustomEvent("job-ended", { detail: job, bubbles: true }));
      }
    }
    this.hidden = ids.size === 0;
  }
}

customElements.define("job-list", JobList);
