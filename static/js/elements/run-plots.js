// Plots over training steps, or over what `across` names: `element.show(plots)` draws each as a figure with its key and unit.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { formatCount } from "../model/format.js";
import { tickLabels } from "../model/plot.js";

/** @typedef {import("../core/vendor.js").uPlot} uPlot */
/** @typedef {import("../model/runs.js").Plot} Plot */

const STEP = "step";
const LIBRARY = "/static/vendor/uPlot.esm.js";
const HEIGHT = 204;

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class RunPlots extends StudioElement {
  /** @type {uPlot[]} */
  #drawn = [];
  /** @type {Plot[]} */
  #plots = [];
  #seen = "";
  /** @type {typeof import("../core/vendor.js").uPlot | null} */
  #library = null;

  /** @param {AbortSignal} signal */
  start(signal) {
    const resize = new ResizeObserver(() => this.#resize());
    resize.observe(this);
    signal.addEventListener("abort", () => resize.disconnect());
    addEventListener("studio-preference", () => this.#draw(), { signal });
  }

  /** @param {Plot[]} plots */
  async show(plots) {
    const seen = JSON.stringify(plots);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#plots = plots;
    try {
      this.#library ??= (await import(LIBRARY)).default;
    } catch {
      render(this, html`<p class="form-problem">The plots need the browser libraries, which are not installed. Start the studio with ./understudy once, with a network.</p>`);
      return;
    }
    this.#draw();
  }

  #draw() {
    const Plot = this.#library;
    if (!Plot || !this.isConnected) return;
    for (const plot of this.#drawn) plot.destroy();
    render(this, html`${this.#plots.map((plot) => html`<figure class="plot run-plot"><figcaption>${plot.title}${plot.unit && `, ${plot.unit}`}
      <span class="plot-key">${plot.lines.length > 1 && plot.lines.map((line, i) => html`<span class="nowrap"><i class="${line.dash ? "dashed" : ""}" data-line="${i}"></i>${line.label}</span> `)}</span></figcaption></figure>`)}`);
    const boxes = [...this.querySelectorAll("figure")];
    this.#drawn = this.#plots.map((plot, i) => this.#one(Plot, boxes[i], plot));
  }

  /** @param {typeof import("../core/vendor.js").uPlot} Plot @param {HTMLElement} box @param {Plot} plot */
  #one(Plot, box, plot) {
    const axis = { stroke: token("--text-quiet"), grid: { stroke: token("--plot-grid"), width: 1 }, ticks: { show: false }, font: "12px sans-serif", size: 48 };
    const few = plot.steps.length < 30;
    const range = (/** @type {uPlot} */ _, /** @type {number | null} */ low, /** @type {number | null} */ high) => [plot.low ?? low ?? 0, plot.high ?? (high === null || high <= 0 ? 1 : high * 1.08)];
    const across = (/** @type {uPlot} */ _, /** @type {number | null} */ low, /** @type {number | null} */ high) => [plot.across ? (low ?? 0) : 0, high ?? 1]; // training begins at 0
    const count = (/** @type {uPlot} */ _, /** @type {number[]} */ ticks) => ticks.map((tick) => (Number.isInteger(tick) ? formatCount(tick) : ""));
    const labels = (/** @type {[uPlot, number[], number, number, number]} */ ...[, ticks, , , step]) => (Number.isInteger(step) ? ticks.map(formatCount) : tickLabels(ticks, step));
    return new Plot(
      {
        width: Math.max(160, box.clientWidth - 16),
        height: HEIGHT,
        padding: [8, 12, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        scales: { x: { time: false, range: across }, y: { range } },
        axes: [{ ...axis, size: 24, values: count, label: plot.across ?? STEP, labelSize: 16, labelGap: 0, labelFont: "12px sans-serif" }, { ...axis, values: labels }],
        series: [
          {},
          ...plot.lines.map((line, i) => ({ stroke: token(`--plot-${(i % 6) + 1}`), width: 2, dash: line.dash ? [6, 4] : undefined, spanGaps: line.span, points: { show: few } })),
        ],
      },
      /** @type {any} */ ([plot.steps, ...plot.lines.map((line) => line.values)]),
      box,
    );
  }

  #resize() {
    const boxes = [...this.querySelectorAll("figure")];
    this.#drawn.forEach((plot, i) => boxes[i] && plot.setSize({ width: Math.max(160, boxes[i].clientWidth - 16), height: HEIGHT }));
  }
}

customElements.define("run-plots", RunPlots);
