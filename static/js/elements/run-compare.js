// Runs side by side: where their settings differ, their curves in one picture, their clusters in one table.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { formatCount } from "../model/format.js";
import { differences, formatInterval, formatRate, metricPlots, overlaid, scorePlots, settingWord } from "../model/runs.js";
import { RunPlots } from "./run-plots.js";

/** @typedef {import("../model/runs.js").Detail} Detail */

class RunCompare extends StudioElement {
  /** @param {AbortSignal} _signal */
  async start(_signal) {
    const names = (new URLSearchParams(location.search).get("runs") ?? "").split(",").filter(Boolean).slice(0, 6);
    if (names.length < 2) {
      render(this, html`<div class="empty card"><p>Choose two runs of the list to compare them.</p><a class="primary" href="/train">To the list</a></div>`);
      return;
    }
    render(this, html`<p class="quiet">Loading</p>`);
    try {
      /** @type {Detail[]} */
      const runs = await Promise.all(names.map((name) => api(`/api/runs/${encodeURIComponent(name)}`)));
      render(this, html`${scores(runs)}<run-plots data-part="scores"></run-plots>${settings(runs)}${clusters(runs)}<h2>While training</h2><run-plots data-part="metrics"></run-plots>`);
      find(this, "[data-part=scores]", RunPlots).show(overlaid(runs.map((run) => ({ name: run.summary.name, plots: scorePlots(run.scores) }))));
      find(this, "[data-part=metrics]", RunPlots).show(overlaid(runs.map((run) => ({ name: run.summary.name, plots: metricPlots(run.metrics) }))));
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

/** @param {Detail[]} runs */
function head(runs) {
  return html`${runs.map((run) => html`<th><a href="/train/${encodeURIComponent(run.summary.name)}">${run.summary.name}</a></th>`)}`;
}

/** @param {Detail[]} runs */
function scores(runs) {
  const cell = (/** @type {import("../model/runs.js").Rate} */ rate) => html`<td class="nowrap">${formatRate(rate)}<small>${formatInterval(rate)}</small></td>`;
  return html`<div class="table-card"><table><thead><tr><th>Best checkpoint</th>${head(runs)}</tr></thead><tbody>
    <tr><th>Step</th>${runs.map((run) => html`<td>${run.best ? formatCount(run.best) : "-"}</td>`)}</tr>
    <tr><th>Training clusters</th>${runs.map((run) => cell(run.summary.training))}</tr>
    <tr><th>Held-out cluster</th>${runs.map((run) => cell(run.summary.held_out))}</tr>
    <tr><th>Episodes</th>${runs.map((run) => html`<td>${formatCount(run.described.episodes)}</td>`)}</tr></tbody></table></div>`;
}

/** What a run was told; what it begins from stands there once. @param {Detail} run */
function setting({ summary, described, settings: { base: _, from_run: __, ...others } }) {
  return { dataset: summary.dataset, trained_on: described.where, begins_from: described.begins_from || "nothing: from its beginning", ...others };
}

/** @param {Detail[]} runs */
function settings(runs) {
  const rows = differences(runs.map(setting));
  if (!rows.length) return html`<p class="quiet">Their settings are the same.</p>`;
  const based = runs.some((run) => run.described.begins_from) && html`<p class="quiet">What is not said (-) a run has from what it begins from, or from LeRobot.</p>`;
  return html`<h2>Where their settings differ</h2>${based}<div class="table-card"><table><thead><tr><th>Setting</th>${head(runs)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr><th>${settingWord(row.name)}</th>${row.values.map((value) => html`<td>${value}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** @param {Detail[]} runs */
function clusters(runs) {
  const best = runs.map((run) => run.scores.find((row) => row.step === run.best)?.clusters ?? []);
  const known = best.flat();
  const names = [...new Set(known.map((row) => row.name))];
  if (!names.length) return html``;
  const held = (/** @type {string} */ name) => known.some((row) => row.name === name && row.held_out) && html`<small>held out</small>`;
  return html`<h2>By cluster</h2><div class="table-card"><table><thead><tr><th>Cluster</th>${head(runs)}</tr></thead>
    <tbody>${names.map((name) => html`<tr><th>${name || "without cluster"}${held(name)}</th>${best.map((rows) => {
      const row = rows.find((one) => one.name === name);
      return html`<td class="nowrap">${formatRate(row)}<small>${formatInterval(row)}</small></td>`;
    })}</tr>`)}</tbody></table></div>`;
}

customElements.define("run-compare", RunCompare);
