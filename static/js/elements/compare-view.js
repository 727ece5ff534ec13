// Two episodes beside each other on one clock, their joints in the same plots, and how far they lie apart.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { EpisodePool } from "../core/pool.js";
import { isTyping } from "../model/keys.js";
import { overlaid } from "../model/signals.js";
import { EpisodePlots } from "./episode-plots.js";
import { ReviewPlayer } from "./review-player.js";

/** @typedef {{distance: number | null, warped: number | null, way: [number | null, number | null], jerk: [number | null, number | null], unit: string}} Comparison */

class CompareView extends StudioElement {
  #pool = new EpisodePool("");

  get #players() {
    return [...this.querySelectorAll("review-player")].filter((one) => one instanceof ReviewPlayer);
  }

  /** @param {AbortSignal} signal */
  async start(signal) {
    const dataset = this.getAttribute("dataset") ?? "";
    this.#pool = new EpisodePool(dataset);
    const asked = new URLSearchParams(location.search);
    const pair = ["a", "b"].map((name) => Number(asked.get(name) ?? 0));
    render(this, markup(pair));
    this.addEventListener("submit", (event) => this.#chosen(event), { signal });
    addEventListener("keydown", (event) => this.#key(event), { signal });
    const plots = find(this, "episode-plots", EpisodePlots);
    const [left, right] = this.#players;
    left.addEventListener("time", (event) => plots.at(/** @type {CustomEvent} */ (event).detail), { signal });
    plots.addEventListener("seek", (event) => this.#seek(/** @type {CustomEvent} */ (event).detail), { signal });
    left.line.addEventListener("seek", (event) => right.seek(/** @type {CustomEvent} */ (event).detail), { signal });
    right.line.addEventListener("seek", (event) => left.seek(/** @type {CustomEvent} */ (event).detail), { signal });
    try {
      const loaded = await Promise.all(pair.map((index) => this.#pool.get(index)));
      loaded.forEach((one, i) => this.#players[i].show(one));
      const signals = await Promise.all(loaded.map((one) => one.signals));
      signals.forEach((one, i) => this.#players[i].mark(one));
      const longest = signals[0].time_s.length >= signals[1].time_s.length ? signals[0] : signals[1];
      plots.plot(longest.time_s, overlaid(signals[0], signals[1], pair.map((index) => `episode ${index + 1}`)));
      const path = `/api/datasets/${encodeURIComponent(dataset)}/compare?a=${pair[0]}&b=${pair[1]}`;
      render(find(this, "[data-part=apart]", HTMLElement), words(await api(path)));
    } catch (error) {
      setText(find(this, "[data-part=apart]", HTMLElement), /** @type {Error} */ (error).message);
    }
  }

  /** @param {Event} event */
  #chosen(event) {
    event.preventDefault();
    const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const at = (/** @type {string} */ name) => Math.max(0, Number(form.get(name)) - 1);
    location.search = `?a=${at("a")}&b=${at("b")}`;
  }

  /** @param {number} time_s */
  #seek(time_s) {
    for (const player of this.#players) player.seek(Math.floor(time_s * player.clock.fps + 1e-6));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const active = /** @type {any} */ (document.activeElement);
    if (isTyping(active) || (event.key === " " && active?.matches?.("button:focus-visible, a:focus-visible"))) return;
    const step = event.shiftKey ? 10 : 1;
    for (const player of this.#players) {
      if (event.key === " " && !event.repeat) player.toggle();
      else if (event.key === "ArrowRight") player.step(step);
      else if (event.key === "ArrowLeft") player.step(-step);
      else if (event.key.toLowerCase() === "l") player.toggleLoop();
      else if (event.key === "-" || event.key === "+" || event.key === "=") player.changeSpeed(event.key === "-" ? -1 : 1);
      else return;
    }
    event.preventDefault();
  }
}

/** @param {number[]} pair */
function markup([a, b]) {
  return html`<header class="review-head"><h1>Episodes ${a + 1} and ${b + 1}</h1>
      <form class="chips"><label>Compare <input type="number" name="a" min="1" value="${a + 1}" aria-label="First episode"></label><label>with <input type="number" name="b" min="1" value="${b + 1}" aria-label="Second episode"></label><button type="submit" class="plain">Show</button></form></header>
    <p data-part="apart" class="lead">Measuring how far they lie apart</p>
    <p class="quiet">Space, arrow keys, L, - and + move both.</p>
    <div class="compare-pair"><section aria-label="Episode ${a + 1}"><h2>Episode ${a + 1}</h2><review-player></review-player></section><section aria-label="Episode ${b + 1}"><h2>Episode ${b + 1}</h2><review-player></review-player></section></div>
    <h2 class="plots-head">Measured joints, both from their beginnings</h2><episode-plots></episode-plots>`;
}

/** @param {Comparison} found */
function words({ distance, warped, way, jerk, unit }) {
  const say = (/** @type {number | null} */ value, /** @type {string} */ of) => (value === null ? "unknown" : `${value.toFixed(value < 10 ? 1 : 0)} ${of}`);
  if (distance === null) return html`Their movements cannot be compared: one has no states, or other joints.`;
  return html`Their joints lie ${say(distance, unit)} apart on average at equal shares of the time, ${say(warped, unit)} where one may wait for the other. Joint travel ${say(way[0], unit)} and ${say(way[1], unit)}; jerk ${say(jerk[0], `${unit}/s³`)} and ${say(jerk[1], `${unit}/s³`)}.`;
}

customElements.define("compare-view", CompareView);
