// One episode: what it is, its pictures, its signals.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { formatSeconds, formatTime, UNKNOWN } from "../model/format.js";
import { figures } from "./dataset-facts.js";
import { EpisodePlayer } from "./episode-player.js";
import { EpisodePlots } from "./episode-plots.js";
import { outcomeMark } from "./episode-table.js";

class EpisodeView extends StudioElement {
  /** @param {AbortSignal} _signal */
  async start(_signal) {
    const dataset = encodeURIComponent(this.getAttribute("dataset") ?? "");
    const index = Number(this.getAttribute("index"));
    const path = `/api/datasets/${dataset}/episodes/${index}`;
    render(this, html`<header class="page-head"><h1>${this.getAttribute("heading")}</h1><p class="quiet">Loading</p></header>`);
    try {
      /** @type {import("../model/datasets.js").EpisodeDetail} */
      const episode = await api(path);
      const total = (await api(`/api/datasets/${dataset}/episodes?offset=0&limit=1`)).total;
      this.#show(episode, dataset, total);
      const signals = await api(`${path}/signals`);
      find(this, "episode-plots", EpisodePlots).show(signals);
      find(this, "episode-player", EpisodePlayer).mark(signals);
    } catch (error) {
      const problem = html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`;
      const place = document.createElement("div");
      render(place, problem);
      this.append(place);
    }
  }

  /** @param {import("../model/datasets.js").EpisodeDetail} episode @param {string} dataset @param {number} total */
  #show(episode, dataset, total) {
    const neighbour = (/** @type {number} */ to, /** @type {string} */ label) =>
      to >= 0 && to < total
        ? html`<a class="plain" href="/datasets/${dataset}/episodes/${to}">${label}</a>`
        : html`<button class="plain" disabled title="${to < 0 ? "This is the first episode" : "This is the last episode"}">${label}</button>`;
    render(
      this,
      html`<header class="page-head"><h1>${this.getAttribute("heading")} <small>of ${total}</small></h1>
          <div class="chips">${neighbour(episode.index - 1, "Previous")}${neighbour(episode.index + 1, "Next")}</div></header>
        ${figures([
          ["Label", outcomeMark(episode.outcome)],
          ["Kind", episode.kind || UNKNOWN],
          ["Length", formatSeconds(episode.duration_s)],
          ["Frames", String(episode.rows)],
          ["In LeRobot", html`<span title="LeRobot counts from 0">index ${episode.index}</span>`],
          ["Operator", episode.operator || "unknown"],
          ["Driven by", [episode.driver, episode.input].filter(Boolean).join(", ") || UNKNOWN],
          ["Recorded", formatTime(episode.recorded_at)],
          ["Task", episode.task || UNKNOWN],
        ])}
        <episode-player></episode-player>
        <h2 class="plots-head">Joints</h2>
        <episode-plots></episode-plots>`,
    );
    const player = find(this, "episode-player", EpisodePlayer);
    const plots = find(this, "episode-plots", EpisodePlots);
    player.addEventListener("time", (event) => plots.at(/** @type {CustomEvent} */ (event).detail));
    plots.addEventListener("seek", (event) => player.seek(/** @type {CustomEvent} */ (event).detail));
    player.show(episode);
  }
}

customElements.define("episode-view", EpisodeView);
