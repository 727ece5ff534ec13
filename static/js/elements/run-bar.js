// The action bar of a policy on the arm: start, judge, take over, pause, and a wide STOP.

import { StudioElement } from "../core/element.js";
import { backToPage, find, html, render, setText } from "../core/html.js";
import { buttonsNow, carryOut } from "../core/policyrun.js";
import { yes } from "../core/yes.js";
import { store } from "../core/studio.js";
import { brief } from "../model/rights.js";
import "./stop-button.js";

const PLACES = /** @type {const} */ (["forward", "back", "side", "pause"]);
const PROBLEM_MS = 8000;

class RunBar extends StudioElement {
  #shown = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<div class="action-problem" role="alert" hidden></div>${PLACES.map((place) => html`<div class="action-place place-${place}" data-place="${place}"></div>`)}<stop-button class="stop-wide"></stop-button>`);
    store.watch(["policy", "rig", "lease"], () => this.#paint(), signal);
    yes.addEventListener("change", () => this.#paint(), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    addEventListener("studio-problem", (event) => this.#problem(/** @type {CustomEvent} */ (event).detail), { signal });
  }

  #paint() {
    const list = buttonsNow();
    const text = JSON.stringify(list);
    if (text === this.#shown) return;
    this.#shown = text;
    const focused = document.activeElement instanceof HTMLElement && this.contains(document.activeElement);
    for (const place of PLACES) {
      render(find(this, `[data-place=${place}]`, HTMLElement), html`${list.filter((one) => one.place === place).map((one) => html`<button type="button" class="action" data-action="${one.action}" data-outcome="${one.outcome ?? ""}" data-tone="${one.tone}" aria-disabled="${String(!one.enabled)}" title="${one.reason || one.label}">
        <span class="action-label">${one.label} ${one.keys.map((key) => html`<kbd>${key}</kbd>`)}</span><span class="action-reason">${brief(one.reason)}</span></button>`)}`);
    }
    if (focused) backToPage();
  }

  /** @param {Event} event */
  #clicked(event) {
    const pressed = event.target instanceof Element ? event.target.closest("button[data-action]") : null;
    if (!(pressed instanceof HTMLElement)) return;
    pressed.blur();
    const meant = buttonsNow().find((one) => one.action === pressed.dataset.action && (one.outcome ?? "") === pressed.dataset.outcome);
    if (meant) carryOut(meant);
  }

  /** @param {{text: string, about: string}} said */
  #problem({ text, about }) {
    if (about !== "record" && about !== "stop") return;
    const box = find(this, ".action-problem", HTMLElement);
    setText(box, text);
    box.hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (box.hidden = true), PROBLEM_MS);
  }
}

customElements.define("run-bar", RunBar);
