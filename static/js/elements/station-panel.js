// What every step of the set-up shares: it paints at each change, and says in words what failed.

import { StudioElement } from "../core/element.js";
import { render } from "../core/html.js";
import { station } from "../core/station.js";

/** @typedef {ReturnType<typeof import("../core/html.js").html>} Markup */

export class StationPanel extends StudioElement {
  problem = "";
  /** What is being waited for, "" while nothing is. */
  waiting = "";
  /** @type {AbortSignal} */
  signal = AbortSignal.abort();
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    this.signal = signal;
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("change", (event) => event.target instanceof HTMLElement && this.changed(event.target), { signal });
    station.addEventListener("change", () => this.paint(), { signal });
    this.paint();
  }

  /** @returns {Markup} */
  markup() {
    throw new Error("A panel has a markup");
  }

  /** @param {string} _what @param {HTMLElement} _button @returns {Promise<void> | void} */
  done(_what, _button) {}

  /** A field was filled in. @param {HTMLElement} _field */
  changed(_field) {}

  /** Paints only what changed, and leaves a field alone that is being typed in. */
  paint() {
    const markup = this.markup();
    if (markup.text === this.#shown || this.contains(document.activeElement?.closest("input, select") ?? null)) return;
    this.#shown = markup.text;
    render(this, markup);
  }

  /**
   * Do it, with words for the wait and for what went wrong.
   * @param {string} waiting @param {() => Promise<void>} work
   */
  async during(waiting, work) {
    if (this.waiting) return;
    this.waiting = waiting;
    this.problem = "";
    this.paint();
    try {
      await work();
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
    this.waiting = "";
    this.paint();
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button[data-do]") : null;
    if (!(button instanceof HTMLElement) || button.getAttribute("aria-disabled") === "true") return;
    button.blur();
    this.done(button.dataset.do ?? "", button);
  }
}
