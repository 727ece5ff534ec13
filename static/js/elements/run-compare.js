// Runs side by side: where their settings differ, their curves in one picture, their clusters in one table.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { formatCount } from "../model/format.js";
import { differences, formatInterval, formatRate } from "../model/runs.js";
import { RunPlots } from "./run-plots.js";

/** @typedef {import("../model/runs.js").Detail} Detail */
/** @typedef {import("../model/runs.js").Plot} Plot */

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
      render(this, html`${scores(runs)}<run-plots></run-plots>${settings(runs)}${clusters(runs)}`);
      find(this, "run-plots", RunPlots).show(curves(runs));
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

/** @param {Detail[]} runs @returns {Plot[]} */
function curves(runs) {
  const share = (/** @type {import("../model/runs.js").Rate | undefined} */ rate) => (rate?.trials ? (100 * rate.successes) / rate.trials : null);
  const scored = [...new Set(runs.flatMap((run) => run.scores.map((row) => row.step)))].sort((a, b) => a - b);
  const logged = [...new Set(runs.flatMap((run) => run.metrics.map((row) => row.step)))].sort((a, b) => a - b);
  const by = (/** @type {"training" | "held_out"} */ part) =>
    runs.map((run) => ({ label: run.summary.name, values: scored.map((step) => share(run.scores.find((row) => row.step === step)?.[part])) }));
  const loss = runs.map((run) => {
    const known = new Map(run.metrics.map((row) => [row.step, row.loss ?? null]));
    return { label: run.summary.name, values: logged.map((step) => known.get(step) ?? null) };
  });
  const plots = [
    { title: "Success on training clusters", unit: "%", low: 0, high: 100, steps: scored, lines: by("training") },
    { title: "Success on the held-out cluster", unit: "%", low: 0, high: 100, steps: scored, lines: by("held_out") },
    { title: "Loss", unit: "", low: 0, steps: logged, lines: loss },
  ];
  return plots.filter((plot) => plot.steps.length && plot.lines.some((line) => line.values.some((value) => value !== null)));
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

/** @param {Detail[]} runs */
function settings(runs) {
  const rows = differences(runs.map((run) => ({ dataset: run.summary.dataset, trained_on: run.described.where, begins_from: run.described.begins_from, ...run.settings })));
  if (!rows.length) return html`<p class="quiet">Their settings are the same.</p>`;
  return html`<h2>Where their settings differ</h2><div class="table-card"><table><thead><tr><th>Setting</th>${head(runs)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr><th>${row.name.replaceAll("_", " ")}</th>${row.values.map((value) => html`<td>${value}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** @param {Detail[]} runs */
function clusters(runs) {
  const best = runs.map((run) => run.scores.find((row) => row.step === run.best)?.clusters ?? []);
  const names = [...new Set(best.flatMap((rows) => rows.map((row) => row.name)))];
  if (!names.length) return html``;
  return html`<h2>By cluster</h2><div class="table-card"><table><thead><tr><th>Cluster</th>${head(runs)}</tr></thead>
    <tbody>${names.map((name) => html`<tr><th>${name || "without cluster"}</th>${best.map((rows) => html`<td>${formatRate(rows.find((row) => row.name === name))}</td>`)}</tr>`)}</tbody></table></div>`;
}

customElements.define("run-compare", RunCompare);
