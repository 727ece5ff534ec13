// A list of which two or more can be chosen and compared: loads itself, and is painted anew only when it has changed.

import { api } from "./api.js";
import { StudioElement } from "./element.js";
import { find, html, render, setText } from "./html.js";
import { oneByOne } from "./onebyone.js";

/** @template Row */
export class CompareList extends StudioElement {
  /** @type {Set<string>} */
  #chosen = new Set();
  #seen = "";
  #url;
  #link;
  #plural;
  load = oneByOne(() => this.#load());

  /** @param {string} url the rows @param {string} link the comparison, up to its names @param {string} plural */
  constructor(url, link, plural) {
    super();
    this.#url = url;
    this.#link = link;
    this.#plural = plural;
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<p class="quiet">Loading</p>`);
    this.addEventListener("change", (event) => this.#choose(event), { signal });
    this.load();
  }

  async #load() {
    try {
      /** @type {Row[]} */
      const rows = await api(this.#url);
      const seen = JSON.stringify(rows);
      if (seen === this.#seen) return;
      this.#seen = seen;
      render(this, this.table(rows, this.#chosen));
      this.#offer();
    } catch (error) {
      this.#seen = ""; // the list has gone from the page
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }

  /** @param {Row[]} _rows @param {Set<string>} _chosen */
  table(_rows, _chosen) {
    return html``;
  }

  /** @param {Event} event */
  #choose(event) {
    const box = event.target;
    if (!(box instanceof HTMLInputElement)) return;
    if (box.checked) this.#chosen.add(box.value);
    else this.#chosen.delete(box.value);
    this.#offer();
  }

  #offer() {
    const link = this.querySelector("[data-compare]");
    if (!(link instanceof HTMLAnchorElement)) return;
    const names = [...this.#chosen];
    link.hidden = names.length < 2;
    link.href = this.#link + names.map(encodeURIComponent).join(",");
    setText(link, `Compare ${names.length} ${this.#plural}`);
    setText(find(this, "[data-hint]", HTMLElement), names.length === 1 ? "Choose one more to compare." : "");
  }
}
