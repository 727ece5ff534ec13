// All datasets of this studio.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { html, render, setText } from "../core/html.js";
import { newestFirst, totals } from "../model/datasets.js";
import { formatBytes, formatCount, formatHours, formatTime, plural, UNKNOWN } from "../model/format.js";

/** @typedef {import("../model/datasets.js").Dataset} Dataset */

/** @param {boolean | null} simulated */
export function rigSign(simulated) {
  if (simulated === null) return html`<span title="The dataset does not say">${UNKNOWN}</span>`;
  return html`<span class="tag" data-rig="${simulated ? "sim" : "real"}">${simulated ? "SIM" : "REAL"}</span>`;
}

class DatasetList extends StudioElement {
  /** @param {AbortSignal} _signal */
  async start(_signal) {
    render(this, html`<p class="quiet">Loading</p>`);
    try {
      /** @type {Dataset[]} */
      const datasets = newestFirst(await api("/api/datasets"));
      render(this, datasets.length ? table(datasets) : empty());
      const sum = totals(datasets);
      const head = document.querySelector("[data-part=totals]");
      if (head && datasets.length) {
        setText(head, `${plural(sum.episodes, "episode")}, ${plural(sum.frames, "frame")}, ${formatHours(sum.duration_s)}`);
      }
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

function empty() {
  return html`<div class="empty card"><p>Nothing recorded yet.</p><a class="primary" href="/record">Record the first episode</a></div>`;
}

/** @param {Dataset[]} datasets */
function table(datasets) {
  return html`<div class="table-card"><table>
    <thead><tr><th>Name</th><th>Rig</th><th class="number">Episodes</th><th class="number">Frames</th><th class="number">Length</th>
      <th class="number">Size</th><th>Cameras</th><th>Last recorded</th></tr></thead>
    <tbody>${datasets.map(row)}</tbody></table></div>`;
}

/** @param {Dataset} dataset */
function row(dataset) {
  const link = html`<a class="row-link" href="/datasets/${encodeURIComponent(dataset.name)}">${dataset.name}</a>`;
  if (dataset.problem) return html`<tr><td>${link}</td><td colspan="7" class="problem-cell">${dataset.problem}</td></tr>`;
  return html`<tr><td>${link}<small>${dataset.tasks.join("; ")}</small></td><td>${rigSign(dataset.simulated)}</td>
    <td class="number">${formatCount(dataset.episodes)}</td><td class="number">${formatCount(dataset.frames)}</td>
    <td class="number">${formatHours(dataset.duration_s)}</td><td class="number">${formatBytes(dataset.bytes)}</td>
    <td>${dataset.cameras.join(", ") || UNKNOWN}</td><td class="nowrap">${formatTime(dataset.last_recorded)}</td></tr>`;
}

customElements.define("dataset-list", DatasetList);
