// Every evaluation: who was tried, how often it succeeded, how sure that is.

import { api } from "../core/api.js";
import { every, StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { store } from "../core/studio.js";
import { intervalWords, scoreWords } from "../model/evaluations.js";
import { formatTime } from "../model/format.js";
import { runSign } from "../model/runs.js";

/** @typedef {import("../model/evaluations.js").Summary} Summary */

const AGAIN_MS = 4000;

class EvaluationList extends StudioElement {
  #seen = "";
  #load = oneByOne(() => this.#look());

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["jobs"], () => this.#load(), signal);
    every(AGAIN_MS, () => document.hidden || this.#load(), signal);
  }

  async #look() {
    try {
      /** @type {Summary[]} */
      const found = await api("/api/evaluations");
      const seen = JSON.stringify(found);
      if (seen === this.#seen) return;
      this.#seen = seen;
      render(this, found.length ? table(found) : html`<div class="empty card"><p>Nothing evaluated yet: how often a policy succeeds is not known.</p></div>`);
    } catch (error) {
      this.#seen = ""; // the list has gone from the page
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

/** @param {Summary[]} found */
function table(found) {
  return html`<div class="table-card"><table><thead><tr><th>Evaluation</th><th>State</th><th class="number">Trials</th><th>Success</th><th>95 % interval</th><th>Judged by</th><th>Begun</th></tr></thead>
    <tbody>${found.map(row)}</tbody></table></div>`;
}

/** @param {Summary} one */
function row(one) {
  const link = html`<a class="row-link" href="/deploy/evaluations/${encodeURIComponent(one.name)}">${one.name}</a>`;
  if (one.problem) return html`<tr><td>${link}</td><td colspan="6" class="problem-cell">${one.problem}</td></tr>`;
  const sign = one.state === "done" ? { word: "Done", tone: "green", glyph: "✓" } : runSign(one.state);
  return html`<tr><td>${link}<small>${one.entrants.join("; ")}, on ${one.dataset}</small></td><td class="nowrap"><span class="run-state" data-tone="${sign.tone}">${sign.glyph} ${sign.word}</span></td>
    <td class="number nowrap">${one.done} of ${one.planned}</td><td class="nowrap">${scoreWords(one.all)}</td><td class="nowrap">${intervalWords(one.all)}</td>
    <td>${one.judge === "simulator" ? "the simulator" : "a person"}</td><td class="nowrap">${formatTime(one.created_at)}</td></tr>`;
}

customElements.define("evaluation-list", EvaluationList);
