// The foot pedal: which key each of the three sends, and what it does now, by a short and by a long press.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { pedal } from "../core/pedal.js";
import { store } from "../core/studio.js";
import { codeName, LONG_MS, meanings, PEDAL_NAMES, PEDALS } from "../model/pedal.js";

class PedalMap extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    pedal.addEventListener("change", () => this.#paint(), { signal });
    store.watch(["recorder"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    signal.addEventListener("abort", () => pedal.teach(null));
  }

  #paint() {
    const phase = store.state?.recorder.phase ?? "idle";
    const text = JSON.stringify([phase, pedal.map, pedal.teaching, [...pedal.down]]);
    if (text === this.#shown) return;
    this.#shown = text;
    const now = meanings(phase);
    render(
      this,
      html`<div class="pedals">${PEDALS.map(
        (name) => html`<button type="button" class="pedal" data-pedal="${name}" ${pedal.down.has(name) ? html`down` : ""} title="${PEDAL_NAMES[name]}: press here, then the pedal, to teach it">
          <kbd>${pedal.teaching === name ? "press it" : codeName(pedal.map[name])}</kbd>
          <span><b>${now[name].short.label}</b><small>long: ${now[name].long.label}</small></span></button>`,
      )}</div>
      <p class="quiet">Long is ${LONG_MS / 1000} s. Two pedals at once are STOP. What they do follows the state. <button type="button" class="plain" data-reset>Standard keys</button></p>`,
    );
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    button.blur();
    if (button.dataset.reset !== undefined) pedal.reset();
    const name = PEDALS.find((one) => one === button.dataset.pedal);
    if (name) pedal.teach(pedal.teaching === name ? null : name);
  }
}

customElements.define("pedal-map", PedalMap);
