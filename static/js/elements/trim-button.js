// Carries out a trim: `<trim-button dataset="NAME" index="3" from="12" to="240" rows="300">`, frames from..to are kept.
// The card of the job appears beneath it; `job-ended` bubbles when it is done.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { trimInWords } from "../model/edits.js";
import { posted } from "./dataset-edit.js";
import "./job-card.js";

class TrimButton extends StudioElement {
  static observedAttributes = ["from", "to", "rows", "index"];

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<button type="button" class="plain" data-right="curate">Trim now</button><small role="status"></small><p class="form-problem" role="alert" hidden></p><div data-part="job"></div>`);
    find(this, "button", HTMLButtonElement).addEventListener("click", () => this.#trim(), { signal });
    this.#paint();
  }

  attributeChangedCallback() {
    if (this.isConnected && this.firstElementChild) this.#paint();
  }

  /** @param {string} name */
  #number(name) {
    return Number(this.getAttribute(name) ?? NaN);
  }

  #paint() {
    const { enabled, words } = trimInWords(this.#number("from"), this.#number("to"), this.#number("rows"));
    find(this, "button", HTMLButtonElement).setAttribute("aria-disabled", String(!enabled));
    setText(find(this, "small", HTMLElement), words);
  }

  async #trim() {
    const [start, stop] = [this.#number("from"), this.#number("to")];
    if (!trimInWords(start, stop, this.#number("rows")).enabled) return;
    const problem = find(this, ".form-problem", HTMLElement);
    problem.hidden = true;
    try {
      const cut = { episode: this.#number("index"), start, stop };
      const job = await api("/api/jobs/dataset.trim", posted({ dataset: this.getAttribute("dataset"), cuts: [cut] }));
      render(find(this, "[data-part=job]", HTMLElement), html`<job-card job="${job.id}"></job-card>`);
    } catch (error) {
      problem.hidden = false;
      setText(problem, error instanceof Error ? error.message : String(error));
    }
  }
}

customElements.define("trim-button", TrimButton);
