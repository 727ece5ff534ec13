// The last episodes of this dataset, read again after every save and undo; the newest receipt first.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { formatSeconds, plural } from "../model/format.js";

const SHOWN = 8;

class RecentEpisodes extends StudioElement {
  #asked = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<h2>Recent episodes</h2><div data-part="list"><p class="quiet">Loading</p></div>`);
    store.watch(["recorder"], () => this.#changed(), signal);
  }

  async #changed() {
    const recorder = store.state?.recorder;
    if (!recorder) return;
    const asked = JSON.stringify([recorder.dataset, recorder.saved_episodes, recorder.last_saved?.uuid]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    const name = encodeURIComponent(recorder.dataset);
    let markup;
    try {
      const offset = Math.max(0, recorder.saved_episodes - SHOWN);
      const path = `/api/datasets/${name}/episodes?offset=${offset}&limit=${SHOWN}`;
      const episodes = recorder.saved_episodes ? (await api(path)).episodes : [];
      if (asked !== this.#asked) return;
      markup = episodes.length ? rows(recorder.dataset, episodes) : html`<p class="quiet">None yet in this dataset.</p>`;
    } catch (error) {
      if (asked !== this.#asked) return;
      markup = html`<p class="quiet">${/** @type {Error} */ (error).message}</p>`;
    }
    const list = this.querySelector("[data-part=list]");
    if (list) render(list, markup);
  }
}

/** @param {string} dataset @param {import("../model/datasets.js").Episode[]} episodes */
function rows(dataset, episodes) {
  const newest = [...episodes].sort((a, b) => b.index - a.index);
  return html`<ul class="recent-list">${newest.map(
    (episode) => html`<li><a href="/datasets/${encodeURIComponent(dataset)}/episodes/${episode.index}">
      <b>Episode ${episode.index + 1}</b><span class="outcome" data-outcome="${episode.outcome}">${episode.outcome || "no label"}</span>
      <span>${formatSeconds(episode.duration_s)}</span><span>${plural(episode.rows, "frame")}</span></a></li>`,
  )}</ul>`;
}

customElements.define("recent-episodes", RecentEpisodes);
