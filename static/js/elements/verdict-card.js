// The take that waits for a decision: further reasons, the cause of its recovery, and the numbers behind a fold.

import { chooseCause } from "../core/actions.js";
import { cause } from "../core/cause.js";
import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { plural } from "../model/format.js";
import { numberWords, verdictOf } from "../model/verdict.js";

/** @typedef {import("../model/cause.js").Option} Option */
/** @typedef {import("../core/messages.js").FindingState} FindingState */

class VerdictCard extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    const paint = () => this.#paint();
    store.watch(["checks", "recorder", "guidance"], paint, signal);
    cause.addEventListener("change", paint, { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
  }

  #paint() {
    const said = store.state && store.connected ? verdictOf(store.state) : null;
    const list = cause.options;
    const text = JSON.stringify([said, list, cause.choice.pending]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.hidden = !said || (!said.more.length && !said.findings.length && !list.length);
    if (this.hidden || !said) return;
    const open = this.querySelector("details")?.open ?? false;
    render(
      this,
      html`${list.length ? causes(list, cause.choice.pending) : ""}
        ${said.more.length ? html`<ul class="reasons">${said.more.map((reason) => html`<li>${reason}</li>`)}</ul>` : ""}
        ${said.findings.length
          ? html`<details><summary>Numbers <small>${plural(said.findings.length, "check")}</small></summary>
              <ul class="numbers">${said.findings.map(row)}</ul></details>`
          : ""}`,
    );
    this.querySelector("details")?.toggleAttribute("open", open);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button[data-cause]") : null;
    if (!(button instanceof HTMLElement)) return;
    button.blur();
    chooseCause(cause.options.find((one) => one.name === button.dataset.cause) ?? null);
  }
}

/** @param {Option[]} list @param {string | null} pending */
function causes(list, pending) {
  const ask = pending ? `Why was it needed? Then it is saved as ${pending}.` : "Why was the recovery needed?";
  return html`<div class="causes" role="radiogroup" aria-label="Cause of the recovery"><p><b>${ask}</b></p>${list.map(
    (one) => html`<button type="button" class="cause" role="radio" data-right="record" data-cause="${one.name}" aria-checked="${String(one.chosen)}" title="${one.words}"><kbd>${one.number}</kbd><span><b>${one.name.replaceAll("_", " ")}</b><small>${one.words}</small></span></button>`,
  )}</div>`;
}

/** @param {FindingState} finding */
function row({ label, level, text, numbers, subject }) {
  return html`<li data-level="${level === "fail" ? "block" : level}"><span class="light"></span>
    <span><b>${label}${subject ? html` <i>${subject}</i>` : ""}</b> ${level === "ok" ? "" : text}</span>
    <span class="number-list">${numbers.map((one) => html`<span>${one.label} <b>${numberWords(one)}</b></span>`)}</span></li>`;
}

customElements.define("verdict-card", VerdictCard);
