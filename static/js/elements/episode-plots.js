// Small plots of an episode's rows under one cursor: joints, following error, age of pictures. A click seeks.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { axisRange, tickLabels } from "../model/plot.js";
import { panels } from "../model/signals.js";

/** @typedef {import("../core/vendor.js").uPlot} uPlot */
/** @typedef {import("../model/signals.js").Panel} Panel */

const LIBRARY = "/static/vendor/uPlot.esm.js";
const HEIGHT = 118;
const COLOURS = 6;

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Labels for uPlot, which hands over the step between ticks last. @param {string} unit */
const labels = (unit) => (/** @type {[uPlot, number[], number, number, number]} */ ...[, ticks, , , step]) => tickLabels(ticks, step, unit);

export class EpisodePlots extends StudioElement {
  /** @type {uPlot[]} */
  #plots = [];
  /** @type {HTMLElement[]} */
  #heads = [];
  /** @type {{time_s: number[], panels: Panel[]} | null} */
  #shown = null;
  #time = 0;
  /** @type {typeof import("../core/vendor.js").uPlot | null} */
  #library = null;

  /** @param {AbortSignal} signal */
  start(signal) {
    const resize = new ResizeObserver(() => this.#resize());
    resize.observe(this);
    signal.addEventListener("abort", () => resize.disconnect());
    addEventListener("studio-preference", () => this.#draw(), { signal });
  }

  /** @param {import("../model/datasets.js").Signals} signals */
  show(signals) {
    return this.plot(signals.time_s, panels(signals));
  }

  /** @param {number[]} time_s @param {Panel[]} shown */
  async plot(time_s, shown) {
    this.#shown = { time_s, panels: shown };
    try {
      this.#library ??= (await import(LIBRARY)).default;
      this.#draw();
    } catch {
      render(this, html`<p class="form-problem">The plots need the browser libraries, which are not installed. Start the studio with ./understudy once, with a network.</p>`);
    }
  }

  /** @param {number} time_s moves the cursor in every plot */
  at(time_s) {
    this.#time = time_s;
    this.#plots.forEach((plot, i) => {
      this.#heads[i].style.transform = `translateX(${plot.valToPos(time_s, "x")}px)`;
    });
  }

  #draw() {
    const shown = this.#shown;
    const Plot = this.#library;
    if (!shown || !Plot) return;
    for (const plot of this.#plots) plot.destroy();
    if (!shown.panels.length) {
      this.#plots = [];
      render(this, html`<p class="quiet">The rows of this dataset have neither states nor actions.</p>`);
      return;
    }
    render(this, html`${shown.panels.map((panel) => html`<figure class="plot"><figcaption>${panel.name}${panel.unit && `, ${panel.unit}`}${legend(panel)}</figcaption></figure>`)}`);
    const boxes = [...this.querySelectorAll("figure")];
    this.#heads = [];
    this.#plots = boxes.map((box, i) => this.#plot(Plot, box, i, shown.time_s, shown.panels[i]));
    this.at(this.#time);
  }

  /**
   * @param {typeof import("../core/vendor.js").uPlot} Plot @param {HTMLElement} box @param {number} index
   * @param {number[]} time_s @param {Panel} panel
   */
  #plot(Plot, box, index, time_s, panel) {
    const axis = { stroke: token("--text-quiet"), grid: { stroke: token("--plot-grid"), width: 1 }, ticks: { show: false }, font: "12px sans-serif", size: 44 };
    const plot = new Plot(
      {
        width: Math.max(120, box.clientWidth),
        height: HEIGHT,
        padding: [6, 8, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false, sync: { key: "episode" } },
        scales: { x: { time: false }, y: { range: (/** @type {uPlot} */ _, /** @type {number | null} */ low, /** @type {number | null} */ high) => axisRange(low, high) } },
        axes: [{ ...axis, size: 22, values: labels(" s") }, { ...axis, values: labels("") }],
        series: [{}, ...panel.lines.map(({ dashed }, i) => ({ stroke: token(`--plot-${(i % COLOURS) + 1}`), width: 1.75, dash: dashed ? [5, 4] : undefined, points: { show: false } }))],
      },
      [time_s, ...panel.lines.map(({ values }) => values)],
      box,
    );
    const head = document.createElement("div");
    head.className = "playhead";
    plot.over.append(head);
    this.#heads[index] = head;
    plot.over.addEventListener("click", (event) => {
      const time = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x");
      this.dispatchEvent(new CustomEvent("seek", { detail: time }));
    });
    return plot;
  }

  #resize() {
    const boxes = [...this.querySelectorAll("figure")];
    this.#plots.forEach((plot, i) => plot.setSize({ width: Math.max(120, boxes[i].clientWidth), height: HEIGHT }));
    this.at(this.#time);
  }
}

/** @param {Panel} panel */
function legend(panel) {
  return html`<span class="plot-key">${panel.lines.map(({ label, dashed }, i) => html`<span><i class="${dashed ? "dashed" : ""}" style="border-color:var(--plot-${(i % COLOURS) + 1})"></i>${label}</span>`)}</span>`;
}

customElements.define("episode-plots", EpisodePlots);
