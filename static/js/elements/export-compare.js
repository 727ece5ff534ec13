// Exports side by side: what each takes and costs, their errors along the chunk and by joint.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { comparable, comparePlots, errorWords, formatMs } from "../model/exports.js";
import { formatBytes, formatNumber, UNKNOWN } from "../model/format.js";
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
      const broken = details.find((one) => !one.report.chosen);
      if (broken) throw new Error(`${broken.summary.name} has no report to compare. ${broken.summary.problem}`);
      const differs = comparable(details);
      render(this, html`${differs && html`<p class="run-finding" role="note">${differs}</p>`}${figures(details)}<run-plots></run-plots>${stages(details)}${joints(details)}`);
      find(this, "run-plots", RunPlots).show(comparePlots(details));
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

/** @param {Detail[]} details */
function head(details) {
  return html`${details.map((one) => html`<th><a href="/deploy/exports/${encodeURIComponent(one.summary.name)}">${one.summary.name}</a></th>`)}`;
}

/** A cell is marked where it is the least of its row. @param {(number | null)[]} values @param {(value: number | null, index: number) => string} words */
function cells(values, words) {
  const least = Math.min(...values.filter((value) => value !== null));
  const differ = new Set(values).size > 1;
  return html`${values.map((value, i) => html`<td class="nowrap">${words(value, i)}${differ && value === least && html` <small class="best-of">least</small>`}</td>`)}`;
}

/** @param {Detail[]} details */
function figures(details) {
  const chosen = details.map((one) => one.report.chosen);
  const ms = (/** @type {number} */ k) => cells(chosen.map((one) => one.latency_ms.chunk[k] ?? null), formatMs);
  return html`<div class="table-card"><table><thead><tr><th>Export</th>${head(details)}</tr></thead><tbody>
    <tr><th>For</th>${details.map((one) => html`<td>${one.device.title}</td>`)}</tr>
    <tr><th>Mix</th>${chosen.map((one) => html`<td>${one.name}</td>`)}</tr>
    <tr><th>A chunk here, p50</th>${ms(0)}</tr><tr><th>p95</th>${ms(1)}</tr><tr><th>p99</th>${ms(2)}</tr>
    <tr><th>Size</th>${cells(chosen.map((one) => one.size), formatBytes)}</tr>
    <tr><th>Memory</th>${cells(chosen.map((one) => one.memory_mb), (value) => formatNumber(value, 0, "MB"))}</tr>
    <tr><th>Error, p95 of the worst joint</th>${cells(chosen.map((one) => one.worst_p95), (value, i) => errorWords(value, details[i].report.units[chosen[i].worst_joint] ?? "", chosen[i].worst_joint))}</tr>
    <tr><th>Allowed</th>${details.map((one) => html`<td>${one.report.within}, the ${one.report.goal}</td>`)}</tr>
    <tr><th>Gripper</th>${cells(chosen.map((one) => one.gripper_ms), (value) => (value === null ? UNKNOWN : `${formatMs(value)} apart`))}</tr>
    <tr><th>Policy</th>${details.map((one) => html`<td>${one.summary.run || UNKNOWN}${one.summary.step && html`<small>step ${one.summary.step}</small>`}</td>`)}</tr></tbody></table></div>`;
}

/** @param {Detail[]} details */
function stages(details) {
  const names = [...new Set(details.flatMap((one) => Object.keys(one.report.chosen.stages)))];
  return html`<h2>By stage</h2><div class="table-card"><table><thead><tr><th>Stage</th>${head(details)}</tr></thead><tbody>${names.map((name) => html`<tr><th>${name}</th>${details.map((one) => {
    const stage = one.report.chosen.stages[name];
    return stage ? html`<td>${formatMs(one.report.chosen.latency_ms[name]?.[0])}<small>${stage.precision}, ${stage.lane}</small></td>` : html`<td>${UNKNOWN}</td>`;
  })}</tr>`)}</tbody></table></div>`;
}

/** @param {Detail[]} details */
function joints(details) {
  const names = [...new Set(details.flatMap((one) => Object.keys(one.report.chosen.joints)))];
  return html`<h2>Error by joint, p95</h2><div class="table-card"><table><thead><tr><th>Joint</th>${head(details)}</tr></thead><tbody>${names.map((name) => html`<tr><th>${name.replaceAll("_", " ")}</th>${cells(
    details.map((one) => one.report.chosen.joints[name]?.p95 ?? null),
    (value, i) => formatNumber(value, 3, details[i].report.units[name] ?? ""),
  )}</tr>`)}</tbody></table></div>`;
}

customElements.define("export-compare", ExportCompare);
