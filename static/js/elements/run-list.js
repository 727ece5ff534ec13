// All training runs, each with how it does on known and new places; two or more can be compared.

import { api } from "../core/api.js";
import { every, StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { store } from "../core/studio.js";
import { formatBytes, formatCount, formatTime } from "../model/format.js";
import { formatInterval, formatRate, runSign } from "../model/runs.js";

/** @typedef {import("../model/runs.js").Run} Run */

const AGAIN_MS = 3000;

class RunList extends StudioElement {
  /** @type {Set<string>} */
  #chosen = new Set();
  #seen = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<p class="quiet">Loading</p>`);
    this.addEventListener("change", (event) => this.#choose(event), { signal });
    store.watch(["jobs"], () => this.#load(), signal);
    every(AGAIN_MS, () => document.hidden || this.#load(), signal);
    this.#load();
  }

  async #load() {
    try {
      /** @type {Run[]} */
      const runs = await api("/api/runs");
      const seen = JSON.stringify(runs);
      if (seen === this.#seen) return;
      this.#seen = seen;
      render(this, runs.length ? table(runs, this.#chosen) : html`<div class="empty card"><p>Nothing trained yet. Choose a dataset above: the quick check shows within minutes whether it teaches.</p></div>`);
      this.#offer();
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
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
    link.href = `/train/compare?runs=${names.map(encodeURIComponent).join(",")}`;
    setText(link, `Compare ${names.length} runs`);
    setText(find(this, "[data-hint]", HTMLElement), names.length === 1 ? "Choose one more to compare." : "");
  }
}

/** @param {Run[]} runs @param {Set<string>} chosen */
function table(runs, chosen) {
  return html`<div class="list-head"><h2>Runs</h2><span class="quiet" data-hint></span><a class="plain" data-compare hidden href="/train/compare">Compare</a></div>
    <div class="table-card"><table class="run-table">
    <thead><tr><th><span class="visually-hidden">Compare</span></th><th>Run</th><th>State</th><th class="number">Step</th><th class="number">Best at</th>
      <th>Training clusters</th><th>Held-out cluster</th><th class="number">Size</th><th>Begun</th></tr></thead>
    <tbody>${runs.map((run) => row(run, chosen.has(run.name)))}</tbody></table></div>`;
}

/** @param {Run} run @param {boolean} chosen */
function row(run, chosen) {
  const box = html`<label class="run-choose"><input type="checkbox" value="${run.name}" ${chosen ? "checked" : ""}><span class="visually-hidden">Compare ${run.name}</span></label>`;
  const link = html`<a class="row-link" href="/train/${encodeURIComponent(run.name)}">${run.name}</a>`;
  if (run.problem) return html`<tr><td></td><td>${link}</td><td colspan="7" class="problem-cell">${run.problem}</td></tr>`;
  const sign = runSign(run.state);
  return html`<tr><td>${box}</td><td>${link}${run.pinned && html` <span class="tag" data-rig="real">PINNED</span>`}<small>${run.policy.toUpperCase()} on ${run.dataset}</small></td>
    <td class="nowrap"><span class="run-state" data-tone="${sign.tone}">${sign.glyph} ${sign.word}</span></td>
    <td class="number nowrap">${formatCount(run.step)}<small>of ${formatCount(run.steps)}</small></td>
    <td class="number">${run.best ? formatCount(run.best) : "-"}</td>
    <td class="nowrap">${formatRate(run.training)}<small>${formatInterval(run.training)}</small></td>
    <td class="nowrap">${formatRate(run.held_out)}<small>${formatInterval(run.held_out)}</small></td>
    <td class="number nowrap">${formatBytes(run.bytes)}</td><td class="nowrap">${formatTime(run.created_at)}</td></tr>`;
}

customElements.define("run-list", RunList);
