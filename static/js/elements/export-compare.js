// Exports side by side: what each takes and costs, their errors along the chunk and by joint.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { comparable, comparePlots, errorWords, formatMs, laneWord, leastOf, mixWords, toleranceWords } from "../model/exports.js";
import { formatBytes, formatCount, formatNumber, UNKNOWN } from "../model/format.js";
import { RunPlots } from "./run-plots.js";

/** @typedef {import("../model/exports.js").Detail} Detail */

const MOST = 4;

class ExportCompare extends StudioElement {
  /** @param {AbortSignal} signal */
  async start(signal) {
    const names = (new URLSearchParams(location.search).get("exports") ?? "").split(",").filter(Boolean).slice(0, MOST);
    if (names.length < 2) {
      render(this, html`<div class="empty card"><p>Choose two exports of the list to compare them.</p><a class="primary" href="/deploy">To the list</a></div>`);
      return;
    }
    render(this, html`<p class="quiet">Loading</p>`);
    try {
      /** @type {Detail[]} */
      const details = await Promise.all(names.map((name) => api(`/api/exports/${encodeURIComponent(name)}`)));
      if (signal.aborted) return;
      const measured = details.filter((one) => one.report.chosen);
      const told = comparable(measured);
      render(this, html`${told.words && html`<p class="run-finding" role="note">${told.words}</p>`}${details.filter((one) => !one.report.chosen).map(unmeasured)}
        ${figures(details, told)}<run-plots></run-plots>${measured.length > 1 && html`${stages(measured)}${joints(measured, told)}`}`);
      find(this, "run-plots", RunPlots).show(comparePlots(measured));
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

/** @param {Detail[]} details */
function head(details) {
  return html`${details.map((one) => html`<th><a href="/deploy/exports/${encodeURIComponent(one.summary.name)}">${one.summary.name}</a></th>`)}`;
}

/** @param {Detail} one */
function unmeasured({ summary }) {
  return html`<p class="run-finding" role="note">${summary.name} has no report${summary.problem ? `. ${summary.problem}` : ": what it takes and what that cost was not measured."}</p>`;
}

/** A cell is marked where it is the least of its row. @param {(number | null)[]} values @param {(value: number | null, index: number) => string} words @param {boolean} [comparable] */
function cells(values, words, comparable = true) {
  const said = values.map((value, i) => (value === null ? UNKNOWN : words(value, i)));
  const least = comparable ? leastOf(values, said) : -1;
  return html`${said.map((word, i) => html`<td class="nowrap">${word}${i === least && html` <small class="best-of">least</small>`}</td>`)}`;
}

/** @param {Detail[]} details @param {{times: boolean, errors: boolean}} told */
function figures(details, told) {
  const mixes = details.map((one) => /** @type {import("../model/exports.js").Mix | undefined} */ (one.report.chosen));
  const ms = (/** @type {number} */ k) => cells(mixes.map((one) => one?.latency_ms.chunk[k] ?? null), formatMs, told.times);
  const unit = (/** @type {number} */ i) => details[i].report.units?.[mixes[i]?.worst_joint ?? ""] ?? "";
  const alike = new Set(mixes.flatMap((one, i) => (one ? [unit(i)] : []))).size < 2;
  return html`<div class="table-card"><table><thead><tr><th>Export</th>${head(details)}</tr></thead><tbody>
    <tr><th>For</th>${details.map((one) => html`<td>${one.device.title}</td>`)}</tr>
    <tr><th>Mix</th>${details.map((one) => html`<td>${one.summary.mix ? mixWords(one.summary.mix).split("; ").map((part) => html`<div>${part}</div>`) : UNKNOWN}</td>`)}</tr>
    <tr><th>A chunk here, p50</th>${ms(0)}</tr><tr><th>A chunk here, p95</th>${ms(1)}</tr><tr><th>A chunk here, p99</th>${ms(2)}</tr>
    <tr><th>Size</th>${cells(details.map((one) => one.summary.size), formatBytes)}</tr>
    <tr><th>Memory</th>${cells(mixes.map((one) => one?.memory_mb ?? null), (value) => formatNumber(value, 0, "MB"))}</tr>
    <tr><th>Error, p95 of the worst joint</th>${cells(mixes.map((one) => one?.worst_p95 ?? null), (value, i) => errorWords(value, unit(i), mixes[i]?.worst_joint ?? ""), told.errors && alike)}</tr>
    <tr><th>Allowed</th>${details.map((one) => html`<td>${one.summary.within === null ? UNKNOWN : toleranceWords(one.summary.within, one.summary.goal)}</td>`)}</tr>
    <tr><th>Gripper, apart from PyTorch's</th>${cells(mixes.map((one) => one?.gripper_ms ?? null), formatMs, told.errors)}</tr>
    <tr><th>Policy</th>${details.map((one) => html`<td>${one.summary.run || UNKNOWN}${one.summary.step && html`<small>step ${formatCount(one.summary.step)}</small>`}</td>`)}</tr></tbody></table></div>`;
}

/** @param {Detail[]} details */
function stages(details) {
  const names = [...new Set(details.flatMap((one) => Object.keys(one.report.chosen.stages)))];
  return html`<h2>By stage</h2><div class="table-card"><table><thead><tr><th>Stage</th>${head(details)}</tr></thead><tbody>${names.map((name) => html`<tr><th>${name}</th>${details.map((one) => {
    const stage = one.report.chosen.stages[name];
    return stage ? html`<td>${formatMs(one.report.chosen.latency_ms[name]?.[0])}<small>${mixWords(stage.precision)}, ${laneWord(stage.lane)}</small></td>` : html`<td>${UNKNOWN}</td>`;
  })}</tr>`)}</tbody></table></div>`;
}

/** @param {Detail[]} details @param {{errors: boolean}} told */
function joints(details, told) {
  const names = [...new Set(details.flatMap((one) => Object.keys(one.report.chosen.joints)))];
  return html`<h2>Error by joint, p95</h2><div class="table-card"><table><thead><tr><th>Joint</th>${head(details)}</tr></thead><tbody>${names.map((name) => html`<tr><th>${name.replaceAll("_", " ")}</th>${cells(
    details.map((one) => one.report.chosen.joints[name]?.p95 ?? null),
    (value, i) => formatNumber(value, 3, details[i].report.units[name] ?? ""),
    told.errors,
  )}</tr>`)}</tbody></table></div>`;
}

customElements.define("export-compare", ExportCompare);
