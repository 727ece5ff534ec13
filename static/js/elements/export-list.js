// Every export: what it takes, what it cost, whether it can run; two or more can be compared.

import { CompareList } from "../core/comparelist.js";
import { html } from "../core/html.js";
import { store } from "../core/studio.js";
import { errorWords, familyWord, formatMs, mixWords, toleranceWords } from "../model/exports.js";
import { formatBytes, formatCount, formatNumber, formatTime, UNKNOWN } from "../model/format.js";

/** @typedef {import("../model/exports.js").Export} Export */

/** @extends {CompareList<Export>} */
class ExportList extends CompareList {
  #jobs = "";

  constructor() {
    super("/api/exports", "/deploy/compare?exports=", "exports");
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    super.start(signal);
    store.watch(["jobs"], () => this.#jobsChanged(), signal);
  }

  /** @param {Export[]} exports @param {Set<string>} chosen */
  table(exports, chosen) {
    return exports.length ? table(exports, chosen) : html`<div class="empty card"><p>Nothing exported yet. Choose a checkpoint above and press Export: minutes later it stands here, with what it takes and what that cost.</p></div>`;
  }

  #jobsChanged() {
    const seen = JSON.stringify((store.state?.jobs ?? []).filter((job) => job.kind === "export.run").map((job) => [job.id, job.state]));
    if (seen === this.#jobs) return;
    this.#jobs = seen;
    this.load();
  }
}

/** @param {Export[]} exports @param {Set<string>} chosen */
function table(exports, chosen) {
  return html`<div class="list-head"><h2>Exports</h2><span class="quiet" data-hint></span><a class="plain" data-compare hidden href="/deploy/compare">Compare</a></div>
    <div class="table-card"><table>
    <thead><tr><th><span class="visually-hidden">Compare</span></th><th>Export</th><th>For</th><th class="number">A chunk, here</th><th class="number">Size</th>
      <th>Error, p95 of the worst joint</th><th>Mix</th><th>Exported</th></tr></thead>
    <tbody>${exports.map((one) => row(one, chosen.has(one.name)))}</tbody></table></div>`;
}

/** @param {Export} one @param {boolean} chosen */
function row(one, chosen) {
  const box = html`<label class="run-choose"><input type="checkbox" value="${one.name}" ${chosen ? "checked" : ""}><span class="visually-hidden">Compare ${one.name}</span></label>`;
  const link = html`<a class="row-link" href="/deploy/exports/${encodeURIComponent(one.name)}">${one.name}</a>`;
  if (one.problem) return html`<tr><td></td><td>${link}</td><td colspan="6" class="problem-cell">Cannot be run. ${one.problem}</td></tr>`;
  const from = one.run ? `${familyWord(one.family)}, ${one.run}${one.step ? ` step ${formatCount(one.step)}` : ""}` : familyWord(one.family);
  const speed = one.speedup ? `${formatNumber(one.speedup, 1)} × float32` : "";
  const share = one.size_share ? `${Math.round(100 * one.size_share)} % of float32` : "";
  return html`<tr><td>${box}</td><td>${link}<small>${from}</small></td><td class="nowrap">${DEVICES[one.device] ?? one.device}</td>
    <td class="number nowrap">${formatMs(one.latency_ms[0])}<small>${speed}</small></td>
    <td class="number nowrap">${formatBytes(one.size)}<small>${share}</small></td>
    <td class="nowrap">${one.worst_p95 === null ? "not measured" : errorWords(one.worst_p95, one.unit, one.worst_joint)}<small>${one.within === null ? "" : `within ${toleranceWords(one.within, one.goal)}`}</small></td>
    <td class="mix">${one.mix ? mixWords(one.mix).split("; ").map((part) => html`<div>${part}</div>`) : UNKNOWN}</td><td class="nowrap">${formatTime(one.exported_at)}</td></tr>`;
}

/** @type {Record<string, string>} */
const DEVICES = { here: "This machine", imx95: "i.MX 95", rpi5: "Raspberry Pi 5", orin: "Jetson Orin Nano" };

customElements.define("export-list", ExportList);
