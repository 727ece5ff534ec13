// One light at length: the sentence, what to do, the numbers behind a fold, snooze, and a lead's override.

import { StudioElement } from "../core/element.js";
import { backToPage, html, render } from "../core/html.js";
import { perform, store } from "../core/studio.js";
import { formatTime } from "../model/format.js";
import { cells, GLYPH } from "../model/lights.js";
import { refusal } from "../model/rights.js";
import { numberWords } from "../model/verdict.js";

/** @typedef {import("../core/messages.js").FindingState} FindingState */
/** @typedef {import("../core/messages.js").ChecksState} ChecksState */
/** @typedef {import("../model/lights.js").Cell} Cell */

/** Lights that are judged against the reference. */
const COMPARED = /^(camera\.|light$|table$|start_pose$)/;

export class CheckDetail extends StudioElement {
  #key = "";
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    addEventListener("studio-light", (event) => this.#open(/** @type {CustomEvent} */ (event).detail), { signal });
    store.watch(["checks", "ready", "guidance"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("submit", (event) => this.#override(event), { signal });
  }

  /** @returns {boolean} whether it was open */
  close() {
    const was = !this.hidden;
    this.hidden = true;
    this.replaceChildren();
    this.#key = "";
    this.#shown = "";
    if (was) backToPage();
    return was;
  }

  /** A second press on the same light closes it. @param {string} key */
  #open(key) {
    if (this.#key === key) {
      this.close();
      return;
    }
    this.#key = key;
    this.replaceChildren();
    this.hidden = false;
    this.#shown = "";
    this.#paint();
  }

  #paint() {
    if (this.hidden || !store.state) return;
    const cell = cells(store.state).find((one) => one.key === this.#key);
    if (!cell) {
      this.close();
      return;
    }
    const { override, blocked, reference } = store.state.checks;
    // What a person is typing, or has unfolded, is not painted away by a number that changed.
    if (this.querySelector("input:focus")) return;
    const text = JSON.stringify([cell, override, blocked, reference]);
    if (text === this.#shown) return;
    this.#shown = text;
    const folds = [...this.querySelectorAll("details[open]")].map((one) => /** @type {HTMLElement} */ (one).dataset.fold);
    const typed = this.querySelector("input")?.value ?? "";
    render(this, markup(cell, store.state.checks, !refusal(store.state, "judge")));
    for (const fold of folds) this.querySelector(`details[data-fold="${fold}"]`)?.setAttribute("open", "");
    const field = this.querySelector("input");
    if (field) field.value = typed;
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const { snooze, on, lift, capture, close } = button.dataset;
    if (close !== undefined) this.close();
    else if (snooze) perform({ type: "checks.snooze", key: snooze, on: on === "true" }, "record");
    else if (lift !== undefined) perform({ type: "checks.override", reason: "" }, "record");
    else if (capture !== undefined) perform({ type: "reference.capture" }, "record");
  }

  /** @param {SubmitEvent} event */
  async #override(event) {
    event.preventDefault();
    const field = this.querySelector("input[name=reason]");
    if (!(field instanceof HTMLInputElement) || !field.value.trim()) return;
    const reply = await perform({ type: "checks.override", reason: field.value.trim() }, "record");
    if (reply.ok) this.close();
  }
}

/** @param {Cell} cell @param {ChecksState} checks @param {boolean} lead */
function markup(cell, checks, lead) {
  const shown = cell.findings.filter((one) => one.level !== "ok");
  const quiet = cell.findings.filter((one) => one.level === "ok");
  const hard = shown.some((one) => one.level === "fail");
  return html`<header data-level="${cell.level}"><span class="glyph" aria-hidden="true">${GLYPH[cell.level]}</span><h2>${cell.label}</h2>
      <button type="button" class="plain" data-close>Close <kbd>Esc</kbd></button></header>
    ${shown.length ? shown.map(finding) : html`<p>${cell.text}${cell.text.endsWith(".") ? "" : "."} ${cell.level === "ok" ? "" : cell.todo}</p>`}
    ${quiet.length ? html`<details data-fold="ok"><summary>${quiet.length} in order</summary>${quiet.map(finding)}</details>` : ""}
    ${hard || checks.override ? override(checks, lead) : ""}
    ${COMPARED.test(cell.key) ? reference(checks) : ""}`;
}

/** @param {FindingState} one */
function finding(one) {
  const level = one.level === "fail" ? "block" : one.level;
  return html`<section class="finding" data-level="${level}" data-finding="${one.key}">
    <p><b>${one.label}.</b> ${one.text}</p>
    ${one.todo ? html`<p class="todo">${one.todo}</p>` : ""}
    <div class="finding-foot">
      ${one.numbers.length
        ? html`<details data-fold="${one.key}"><summary>Numbers</summary><dl class="figures">${one.numbers.map(
            (number) => html`<dt>${number.label}</dt><dd>${numberWords(number)}</dd>`,
          )}</dl></details>`
        : ""}
      ${one.snoozed
        ? html`<button type="button" class="plain" data-snooze="${one.key}" data-right="record" data-on="false">Take it up again</button>`
        : one.level === "warn"
          ? html`<button type="button" class="plain" data-snooze="${one.key}" data-right="record" data-on="true" title="Put aside for this session; recorded with every take">Snooze for the session</button>`
          : ""}
    </div></section>`;
}

/** @param {ChecksState} checks @param {boolean} lead */
function override({ override: standing, blocked }, lead) {
  if (standing) {
    return html`<div class="override"><p><b>Overridden by ${standing.by}:</b> ${standing.reason}</p><button type="button" class="plain" data-lift data-right="judge">Lift it</button></div>`;
  }
  if (!blocked) return "";
  if (!lead) return html`<p class="quiet">Only a lead may start in spite of it.</p>`;
  return html`<form class="override"><label>Start in spite of it, because <input name="reason" maxlength="200" required autocomplete="off" placeholder="a reason, recorded with every take"></label><button class="plain">Override</button></form>`;
}

/** @param {ChecksState} checks */
function reference({ reference: now }) {
  const words = now.present ? `Compared with the reference of ${formatTime(now.made_at)}.` : "There is no reference yet: nothing can be compared.";
  return html`<div class="reference"><p class="quiet">${words}${now.steps ? ` ${now.steps}` : ""}</p>
    <button type="button" class="${now.present ? "plain" : "primary"}" data-capture data-right="record" aria-disabled="${String(Boolean(now.blocked) || now.capturing)}" title="${now.blocked || "Captures the reference that later pictures are compared with"}">
      ${now.capturing ? "Capturing" : "This is how it should look"}${now.blocked ? html` <small>${now.blocked}</small>` : ""}</button></div>`;
}

customElements.define("check-detail", CheckDetail);
