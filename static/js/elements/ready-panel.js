// The row of lights: readiness and checks as one list. A press on a light says what is wrong and what to do.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { cells, GLYPH, shortText, WORD, worstOf } from "../model/lights.js";

/** @typedef {import("../model/lights.js").Cell} Cell */

export class ReadyPanel extends StudioElement {
  #shown = "";
  /** @type {Cell[]} */
  #cells = [];

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["ready", "checks", "guidance"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
  }

  /** Opens the light to look at first. */
  why() {
    const first = store.state && worstOf(cells(store.state));
    open(first?.key ?? (store.state?.checks.lights[0]?.key || "arm"));
  }

  #paint() {
    const list = store.connected && store.state ? cells(store.state, this.#cells) : null;
    this.#cells = list ?? [];
    const text = JSON.stringify(list?.map(({ key, level, text: words, todo, snoozed }) => [key, level, words, todo, snoozed]));
    if (text === this.#shown) return;
    this.#shown = text;
    render(
      this,
      list === null
        ? html`<div class="ready-row" data-level="unknown"><span class="light"></span><span class="ready-label">Readiness</span><span class="ready-text">unknown: no connection</span></div>`
        : html`${list.map(light)}`,
    );
  }

  /** @param {Event} event */
  #clicked(event) {
    const row = event.target instanceof Element ? event.target.closest("[data-key]") : null;
    if (!(row instanceof HTMLElement)) return;
    row.blur();
    open(row.dataset.key ?? "");
  }
}

/** @param {string} key */
function open(key) {
  const checklist = key === "checklist";
  dispatchEvent(new CustomEvent(checklist ? "studio-open" : "studio-light", { detail: checklist ? "checklist-dialog" : key }));
}

/** @param {Cell} cell */
function light(cell) {
  return html`<button type="button" class="ready-row" data-level="${cell.level}" data-key="${cell.key}" title="${cell.text} ${cell.todo}">
      <span class="glyph" role="img" aria-label="${WORD[cell.level]}">${GLYPH[cell.level]}</span>
      <span class="ready-label">${cell.label}</span>
      <span class="ready-text">${shortText(cell)}</span>
    </button>`;
}

customElements.define("ready-panel", ReadyPanel);
