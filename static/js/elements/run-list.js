// All training runs, each with how it does on known and new places; two or more can be compared.

import { CompareList } from "../core/comparelist.js";
import { every } from "../core/element.js";
import { html } from "../core/html.js";
import { store } from "../core/studio.js";
import { formatBytes, formatCount, formatTime } from "../model/format.js";
import { formatInterval, formatRate, runSign } from "../model/runs.js";

/** @typedef {import("../model/runs.js").Run} Run */

const AGAIN_MS = 3000;

/** @extends {CompareList<Run>} */
class RunList extends CompareList {
  constructor() {
    super("/api/runs", "/train/compare?runs=", "runs");
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    super.start(signal);
    store.watch(["jobs"], () => this.load(), signal);
    every(AGAIN_MS, () => document.hidden || this.load(), signal);
  }

  /** @param {Run[]} runs @param {Set<string>} chosen */
  table(runs, chosen) {
    return runs.length ? table(runs, chosen) : html`<div class="empty card"><p>Nothing trained yet. Choose a dataset above: the quick check shows within minutes whether it teaches.</p></div>`;
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
    <td class="nowrap">${formatRate(run.training)}${run.training.trials > 0 && html`<small>${formatInterval(run.training)}</small>`}</td>
    <td class="nowrap">${formatRate(run.held_out)}${run.held_out.trials > 0 && html`<small>${formatInterval(run.held_out)}</small>`}</td>
    <td class="number nowrap">${formatBytes(run.bytes)}</td><td class="nowrap">${formatTime(run.created_at)}</td></tr>`;
}

customElements.define("run-list", RunList);
