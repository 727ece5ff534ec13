// One small plot for each joint: what was measured and what was commanded, with a playhead. A click seeks.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { axisRange, jointCaption, tickLabels } from "../model/plot.js";

/** @typedef {import("../core/vendor.js").uPlot} uPlot */

const LIBRARY = "/static/vendor/uPlot.esm.js";
const HEIGHT = 150;

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Labels for uPlot, which hands over the step between ticks last. @param {string} unit */
const labels = (unit) => (/** @type {[uPlot, number[], number, number, number]} */ ...[, ticks, , , step]) => tickLabels(ticks, step, unit);

export class EpisodePlots extends StudioElement {
  /** @type {uPlot[]} */
  #plots = [];
  /** @type {HTMLElement[]} */
  #heads = [];
  /** @type {import("../model/datasets.js").Signals | null} */
  #signals = null;
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
  async show(signals) {
    this.#signals = signals;
    try {
      this.#library = (await import(LIBRARY)).default;
      this.#draw();
    } catch {
      render(this, html`<p class="form-problem">The plots need the browser libraries, which are not installed. Start the studio with ./understudy once, with a network.</p>`);
    }
  }

  /** @param {number} time_s moves the playhead */
  at(time_s) {
    this.#time = time_s;
    this.#plots.forEach((plot, i) => {
      this.#heads[i].style.transform = `translateX(${plot.valToPos(time_s, "x")}px)`;
    });
  }

  #draw() {
    const signals = this.#signals;
    const Plot = this.#library;
    if (!signals || !Plot) return;
    for (const plot of this.#plots) plot.destroy();
    render(this, html`${signals.joints.map((name) => html`<figure class="plot"><figcaption>${jointCaption(name)}<span class="plot-key"><i></i>measured <i class="dashed"></i>commanded</span></figcaption></figure>`)}`);
    const boxes = [...this.querySelectorAll("figure")];
    this.#heads = [];
    this.#plots = boxes.map((box, joint) => this.#plot(Plot, box, joint, signals));
    this.at(this.#time);
  }

  /**
   * @param {typeof import("../core/vendor.js").uPlot} Plot @param {HTMLElement} box @param {number} joint
   * @param {import("../model/datasets.js").Signals} signals
   */
  #plot(Plot, box, joint, signals) {
    const axis = { stroke: token("--text-quiet"), grid: { stroke: token("--plot-grid"), width: 1 }, ticks: { show: false }, font: "12px sans-serif", size: 44 };
    const plot = new Plot(
      {
        width: Math.max(120, box.clientWidth),
        height: HEIGHT,
        padding: [6, 8, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        scales: { x: { time: false }, y: { range: (/** @type {uPlot} */ _, /** @type {number | null} */ low, /** @type {number | null} */ high) => axisRange(low, high) } },
        axes: [{ ...axis, size: 24, values: labels(" s") }, { ...axis, values: labels("") }],
        series: [
          {},
          { stroke: token("--plot-1"), width: 2, points: { show: false } },
          { stroke: token("--plot-2"), width: 1.5, dash: [5, 4], points: { show: false } },
        ],
      },
      [signals.time_s, signals.state[joint] ?? [], signals.action[joint] ?? []],
      box,
    );
    const head = document.createElement("div");
    head.className = "playhead";
    plot.over.append(head);
    this.#heads[joint] = head;
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

customElements.define("episode-plots", EpisodePlots);
