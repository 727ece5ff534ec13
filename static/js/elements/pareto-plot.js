// Time or size against error, one point a measured mix: `element.show(report)`. Points can be walked with Tab.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { ceiling, errorWords, formatMs, mixWords, points, ticks, toleranceWords } from "../model/exports.js";
import { formatNumber } from "../model/format.js";
import { tickLabels } from "../model/plot.js";

/** @typedef {import("../model/exports.js").Report} Report */
/** @typedef {import("../model/exports.js").Point} Point */

const WIDTH = 960;
const HEIGHT = 340;
const LEFT = 56;
const RIGHT = 20;
const TOP = 22;
const BOTTOM = 40;

export class ParetoPlot extends StudioElement {
  /** @type {Report | null} */
  #report = null;
  /** @type {import("../model/exports.js").Against} */
  #against = "time";

  /** @param {AbortSignal} signal */
  start(signal) {
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    for (const kind of ["pointerover", "focusin"]) this.addEventListener(kind, (event) => this.#pointed(event), { signal });
  }

  /** @param {Report} report */
  show(report) {
    this.#report = report;
    this.#draw();
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-against]") : null;
    if (!button) return;
    this.#against = button.getAttribute("data-against") === "size" ? "size" : "time";
    this.#draw();
  }

  /** @param {Event} event */
  #pointed(event) {
    const mark = event.target instanceof Element ? event.target.closest("[data-mix]") : null;
    if (mark) this.#say(Number(mark.getAttribute("data-mix")));
  }

  /** @param {number} index */
  #say(index) {
    const report = this.#report;
    const mix = report?.mixes[index];
    if (!report || !mix) return;
    const [p50, p95] = mix.latency_ms.chunk;
    const words = `${mixWords(mix.name)}: ${formatMs(p50)} a chunk (p95 ${formatMs(p95)}), ${formatNumber(mix.size / 1e6, 1, "MB")}, ${errorWords(mix.worst_p95, report.units[mix.worst_joint] ?? "", mix.worst_joint)}`;
    setText(find(this, "[data-part=said]", HTMLElement), words);
  }

  #draw() {
    const report = this.#report;
    if (!report) return;
    const found = points(report, this.#against);
    const time = this.#against === "time";
    render(
      this,
      html`<figure class="pareto"><figcaption><b>${time ? "Time" : "Size"} against error</b>
        <span class="segments" role="group" aria-label="Against"><button type="button" data-against="time" aria-pressed="${String(time)}">Time</button><button type="button" data-against="size" aria-pressed="${String(!time)}">Size</button></span></figcaption>
        <div class="pareto-scroll">${drawing(report, found, time ? "ms a chunk, p50" : "MB")}</div>
        <p class="pareto-key"><span data-mark="chosen">◆ chosen</span><span data-mark="within">● within the tolerance</span><span data-mark="beyond">✕ beyond it</span><span data-mark="front">— none is better in both</span></p>
        <p class="quiet" data-part="said" role="status">Point at a mark, or walk through them with Tab.</p></figure>`,
    );
    const chosen = report.mixes.findIndex((mix) => mix.name === report.chosen.name);
    if (chosen >= 0) this.#say(chosen);
  }
}

/** @param {Report} report @param {Point[]} found @param {string} below */
function drawing(report, found, below) {
  const across = Math.max(...found.map((one) => one.x), 1e-9) * 1.08;
  const up = ceiling(found.map((one) => one.y), report.within);
  const floor = HEIGHT - BOTTOM;
  const x = (/** @type {number} */ value) => LEFT + ((WIDTH - LEFT - RIGHT) * value) / across;
  const y = (/** @type {number} */ value) => floor - (floor - TOP) * Math.min(1, value / up);
  const xs = ticks(across, 6);
  const ys = ticks(up, 4);
  const front = found.filter((one) => one.front).toSorted((a, b) => a.x - b.x);
  const level = y(report.within);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="group" aria-label="Error of every mix against ${below}">
    ${ys.map((value, i) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"></line><text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${tickLabels(ys, ys[1] ?? 1)[i]}</text>`)}
    ${xs.map((value, i) => html`<text x="${x(value)}" y="${floor + 18}" text-anchor="middle">${tickLabels(xs, xs[1] ?? 1)[i]}</text>`)}
    <text x="${WIDTH - RIGHT}" y="${HEIGHT - 6}" text-anchor="end">${below}</text>
    <text x="${LEFT}" y="14">worst joint's error, 95th percentile (deg; of the gripper %)</text>
    <rect class="allowed" x="${LEFT}" y="${level}" width="${WIDTH - LEFT - RIGHT}" height="${floor - level}"></rect>
    <line class="level" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${level}" y2="${level}"></line>
    <text class="level-word" x="${WIDTH - RIGHT}" y="${level - 6}" text-anchor="end">tolerance ${toleranceWords(report.within)}</text>
    <polyline class="front" points="${front.map((one) => `${x(one.x)},${y(one.y)}`).join(" ")}"></polyline>
    ${found.map((one, i) => ({ one, i })).toSorted((a, b) => Number(a.one.chosen) - Number(b.one.chosen)).map(({ one, i }) => mark(one, i, x(one.x), y(one.y), one.y > up))}
  </svg>`;
}

/** @param {Point} one @param {number} index @param {number} x @param {number} y @param {boolean} above the picture's edge */
function mark(one, index, x, y, above) {
  const kind = one.chosen ? "chosen" : one.within ? "within" : "beyond";
  const shapes = {
    chosen: html`<path d="M${x} ${y - 11}L${x + 11} ${y}L${x} ${y + 11}L${x - 11} ${y}Z"></path>`,
    within: html`<circle cx="${x}" cy="${y}" r="6"></circle>`,
    beyond: html`<path d="M${x - 6} ${y - 6}L${x + 6} ${y + 6}M${x + 6} ${y - 6}L${x - 6} ${y + 6}"></path>`,
  };
  const right = x > WIDTH * 0.8;
  const place = html`x="${right ? x - 14 : x + 14}" text-anchor="${right ? "end" : "start"}"`;
  const word = one.chosen ? "chosen" : one.float32 ? "float32" : above ? `↑ ${formatNumber(one.y, 1)}` : "";
  const below = above || y < 34;
  return html`<g class="mark" data-mark="${kind}" data-mix="${index}" tabindex="0" role="img" aria-label="${mixWords(one.name)}"><circle class="reach" cx="${x}" cy="${y}" r="16"></circle>${shapes[kind]}${word && html`<text ${place} y="${below ? y + 20 : y - 8}">${word}</text>`}</g>`;
}

customElements.define("pareto-plot", ParetoPlot);
