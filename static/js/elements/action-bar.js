// The action bar of Record: what comes next, the way back, and a wide STOP.

import { act } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { backToPage, find, html, render, setText } from "../core/html.js";
import { store } from "../core/studio.js";
import { buttons } from "../model/actionbar.js";
import { brief } from "../model/rights.js";
import "./stop-button.js";

/** @typedef {import("../model/actionbar.js").Button} Button */

const PLACES = /** @type {const} */ (["forward", "back", "side", "pause", "recovery"]);
const PROBLEM_MS = 6000;

class ActionBar extends StudioElement {
  #shown = "";
  #phase = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<div class="action-problem" role="alert" hidden></div>
        ${PLACES.map((place) => html`<div class="action-place place-${place}" data-place="${place}"></div>`)}
        <stop-button class="stop-wide"></stop-button>`,
    );
    store.watch(["recorder", "rig", "lease", "checks"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    addEventListener("studio-problem", (event) => this.#problem(/** @type {CustomEvent} */ (event).detail), { signal });
  }

  #paint() {
    const phase = store.state?.recorder.phase ?? "";
    // What was refused in one phase says nothing about the next.
    if (phase !== this.#phase) find(this, ".action-problem", HTMLElement).hidden = true;
    this.#phase = phase;
    const list = buttons(store.view);
    const text = JSON.stringify(list);
    if (text === this.#shown) return;
    this.#shown = text;
    const focused = document.activeElement instanceof HTMLElement && this.contains(document.activeElement);
    for (const place of PLACES) {
      const box = find(this, `[data-place=${place}]`, HTMLElement);
      render(box, html`${list.filter((button) => button.place === place).map(markup)}`);
    }
    // The button with the focus was replaced: leave the focus with the page, where the keys work.
    if (focused) backToPage();
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button[data-action]") : null;
    if (!(button instanceof HTMLElement)) return;
    button.blur();
    act(
      /** @type {import("../core/actions.js").Action} */ (button.dataset.action),
      /** @type {import("../core/actions.js").Outcome} */ (button.dataset.outcome) || undefined,
    );
  }

  /** @param {{text: string, about: string}} problem */
  #problem({ text, about }) {
    if (about !== "record" && about !== "stop") return;
    const box = find(this, ".action-problem", HTMLElement);
    setText(box, text);
    box.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (box.hidden = true), PROBLEM_MS);
  }
}

/** @param {Button} button */
function markup(button) {
  return html`<button type="button" class="action" data-action="${button.action}" data-outcome="${button.outcome ?? ""}"
      data-tone="${button.tone}" aria-disabled="${String(!button.enabled)}" title="${button.reason || button.label}">
    <span class="action-label">${button.label} ${button.keys.map((key) => html`<kbd>${key}</kbd>`)}</span>
    <span class="action-reason">${brief(button.reason)}</span>
  </button>`;
}

customElements.define("action-bar", ActionBar);
