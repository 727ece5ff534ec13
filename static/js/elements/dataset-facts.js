// What one dataset is, in one row of figures.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { formatBytes, formatCount, formatHours, formatTime, UNKNOWN } from "../model/format.js";
import { rigSign } from "./dataset-list.js";

/** @param {[string, unknown][]} pairs */
export function figures(pairs) {
  return html`<dl class="figures">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

class DatasetFacts extends StudioElement {
  /** @param {AbortSignal} _signal */
  async start(_signal) {
    const name = this.getAttribute("dataset") ?? "";
    try {
      /** @type {import("../model/datasets.js").Dataset} */
      const dataset = await api(`/api/datasets/${encodeURIComponent(name)}`);
      render(
        this,
        html`${dataset.problem ? html`<p class="form-problem" role="alert">${dataset.problem}</p>` : ""}
          ${dataset.tasks.length ? html`<p class="lead">${dataset.tasks.join("; ")}</p>` : ""}
          ${figures([
            ["Rig", rigSign(dataset.simulated)],
            ["Episodes", formatCount(dataset.episodes)],
            ["Frames", formatCount(dataset.frames)],
            ["Length", formatHours(dataset.duration_s)],
            ["Size", formatBytes(dataset.bytes)],
            ["Rate", `${dataset.fps} fps`],
            ["Video", dataset.codec || UNKNOWN],
            ["Cameras", dataset.cameras.join(", ") || UNKNOWN],
            ["Arm", dataset.robot_type || UNKNOWN],
            ["Last recorded", formatTime(dataset.last_recorded)],
          ])}`,
      );
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }
}

customElements.define("dataset-facts", DatasetFacts);
