// The numbers below the map: clusters, days, operators, stations, and what stands between datasets.

import { html } from "../core/html.js";
import { balance, percent } from "../model/coverage.js";
import { formatCount, formatHours, formatSeconds } from "../model/format.js";

/** @typedef {import("../model/coverage.js").Survey} Survey */
/** @typedef {import("../model/coverage.js").Rate} Rate */
/** @typedef {import("../model/coverage.js").Totals} Totals */

/** @param {Survey} survey */
export function tables(survey) {
  return html`${clusterTable(survey)}${rateTable("Days", "Day", survey.days)}${rateTable("Operators", "Operator", survey.operators)}${survey.stations.length ? rateTable("Stations", "Station", survey.stations) : ""}`;
}

/** @param {Survey} survey */
function clusterTable({ clusters }) {
  if (!clusters.length) return "";
  return html`<section><h2>Clusters</h2><div class="table-card"><table>
    <thead><tr><th>Cluster</th><th class="number" title="Takes that the plan asks for, recoveries among them">Planned</th><th class="number">Recorded</th><th class="number" title="Neither rejected nor failed">Accepted</th>
      <th class="number">Rejected</th><th class="number" title="Of accepted takes">Recoveries</th><th title="Accepted takes by how the object lay, in six sectors; 1 means that all are equal">Orientations</th><th class="number">Evenness</th></tr></thead>
    <tbody>${clusters.map(
      (one) => html`<tr><td><b>${one.name}</b>${one.held_out ? html` <small class="inline">held out</small>` : ""}</td><td class="number">${one.planned}</td><td class="number">${formatCount(one.recorded)}</td>
      <td class="number">${formatCount(one.accepted)}</td><td class="number">${formatCount(one.rejected)}</td><td class="number">${percent(one.recovery_share)}</td>
      <td>${sectorBars(one.sectors)}</td><td class="number">${one.evenness === null ? "-" : one.evenness.toFixed(2)}</td></tr>`,
    )}</tbody></table></div></section>`;
}

/** @param {readonly number[]} sectors */
function sectorBars(sectors) {
  const most = Math.max(1, ...sectors);
  const even = balance(sectors);
  return html`<span class="sectors"><svg viewBox="0 0 36 14" role="img" aria-label="${sectors.join(", ")} takes by sector of 30 degrees">${sectors.map(
    (count, i) => html`<rect x="${i * 6}" y="${14 - (13 * count) / most}" width="5" height="${(13 * count) / most}"><title>${i * 30} to ${i * 30 + 30} degrees: ${count}</title></rect>`,
  )}</svg>${even === null ? "-" : even.toFixed(2)}</span>`;
}

/** @param {string} title @param {string} first @param {Rate[]} rates */
function rateTable(title, first, rates) {
  if (!rates.length) return "";
  return html`<section><h2>${title}</h2><div class="table-card"><table>
    <thead><tr><th>${first}</th><th class="number">Takes</th><th class="number">Recorded</th><th class="number" title="Takes in an hour of work; breaks over ten minutes are left out">Per hour</th><th class="number">Rejected</th>
      <th class="number" title="Labelled failures among labelled takes">Failed</th><th class="number" title="Median length of a take, and how it differs from all that is shown">Length</th>
      <th class="number" title="How far placements lie from their targets on the average, direction kept: near 0 unless a camera, a calibration or a habit has shifted">Off target</th></tr></thead>
    <tbody>${rates.map(
      (one) => html`<tr><td class="nowrap">${one.name}</td><td class="number">${formatCount(one.episodes)}</td><td class="number">${formatHours(one.hours * 3600)}</td><td class="number">${one.per_hour === null ? "-" : Math.round(one.per_hour)}</td>
      <td class="number">${percent(one.rejected)}</td><td class="number">${percent(one.failed)}</td><td class="number">${formatSeconds(one.median_s)} <small class="inline">${change(one.length_change)}</small></td>
      <td class="number">${one.off_cm === null ? "-" : `${one.off_cm.toFixed(1)} cm`}</td></tr>`,
    )}</tbody></table></div></section>`;
}

/** @param {number | null} share "+4 %" */
const change = (share) => (share === null ? "" : `${share >= 0 ? "+" : "−"}${Math.round(Math.abs(share) * 100)} %`);

/** How long takes are. @param {Totals} totals */
export function histogram({ lengths, length_from_s, length_bin_s, episodes }) {
  if (episodes < 2) return "";
  const most = Math.max(1, ...lengths);
  return html`<svg class="histogram" viewBox="0 0 ${lengths.length * 10} 34" preserveAspectRatio="none" role="img" aria-label="How long takes are, ${formatSeconds(length_from_s)} and up">${lengths.map(
    (count, i) => html`<rect x="${i * 10}" y="${33 - (32 * count) / most}" width="9" height="${(32 * count) / most}"><title>${formatSeconds(length_from_s + i * length_bin_s)} to ${formatSeconds(length_from_s + (i + 1) * length_bin_s)}: ${count}</title></rect>`,
  )}</svg>`;
}

/** @param {Survey} survey */
export function differencesMarkup({ differences, datasets }) {
  if (datasets.length < 2) return html``;
  if (!differences.length) return html`<p class="card differences"><b>${datasets.join(" + ")}</b>: the map of a merge. Nothing stands in its way.</p>`;
  return html`<div class="card differences"><p><b>${datasets.join(" + ")}</b>: the map of a merge. ${differences.some((one) => one.blocks) ? "It cannot be merged as it is:" : "It can be merged; mind:"}</p>
    <ul class="findings">${differences.map((one) => html`<li data-level="${one.blocks ? "block" : "warn"}"><span class="light"></span><span>Different ${one.what}: ${one.values.map((value, i) => `${datasets[i]} ${value}`).join("; ")}. <small>${one.todo}</small></span></li>`)}</ul></div>`;
}
