// The episodes of one dataset, filtered by label.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { filters, matches } from "../model/datasets.js";
import { formatCount, formatSeconds, formatTime, UNKNOWN } from "../model/format.js";

/** @typedef {import("../model/datasets.js").Episode} Episode */
/** @typedef {import("../model/datasets.js").Filter} Filter */

const PAGE = 500;

/** @param {string} outcome */
export function outcomeMark(outcome) {
  return html`<span class="outcome" data-outcome="${outcome}">${outcome || "no label"}</span>`;
}

class EpisodeTable extends StudioElement {
  /** @type {Episode[]} */
  #episodes = [];
  #total = 0;
  /** @type {Filter} */
  #filter = "all";
  #loading = false;

  get #name() {
    return this.getAttribute("dataset") ?? "";
  }

  /** @param {AbortSignal} signal */
  async start(signal) {
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    render(this, html`<p class="quiet">Loading</p>`);
    await this.#more();
  }

  async #more() {
    if (this.#loading) return; // pressed twice, the same page would come twice
    this.#loading = true;
    try {
      const answer = await api(`/api/datasets/${encodeURIComponent(this.#name)}/episodes?offset=${this.#episodes.length}&limit=${PAGE}`);
      this.#episodes.push(...answer.episodes);
      this.#total = answer.total ?? this.#episodes.length;
      this.#paint();
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    } finally {
      this.#loading = false;
    }
  }

  #paint() {
    if (!this.#episodes.length) {
      render(this, html`<div class="empty card"><p>No episode yet.</p><a class="primary" href="/record">Record the first one</a></div>`);
      return;
    }
    const shown = this.#episodes.filter((episode) => matches(episode, this.#filter));
    render(
      this,
      html`<div class="chips" role="group" aria-label="Filter">${filters(this.#episodes).map(
          ({ filter, count }) => html`<button type="button" class="chip" data-filter="${filter}" aria-pressed="${String(filter === this.#filter)}">${filter} <b>${formatCount(count)}</b></button>`,
        )}</div>
        <div class="table-card"><table>
          <thead><tr><th>Episode</th><th>Label</th><th>Kind</th><th class="number">Length</th><th class="number">Frames</th><th>Operator</th><th>Driven by</th><th>Recorded</th></tr></thead>
          <tbody>${shown.map((episode) => row(this.#name, episode))}</tbody></table></div>
        ${this.#episodes.length < this.#total
          ? html`<button type="button" class="plain" data-more>Show more: ${formatCount(this.#episodes.length)} of ${formatCount(this.#total)} are loaded</button>`
          : ""}`,
    );
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.filter) {
      this.#filter = /** @type {Filter} */ (button.dataset.filter);
      this.#paint();
    } else if (button?.dataset.more !== undefined) this.#more();
  }
}

/** @param {string} dataset @param {Episode} episode */
function row(dataset, episode) {
  const by = [episode.driver, episode.input].filter(Boolean).join(", ");
  return html`<tr>
    <td><a class="row-link" href="/datasets/${encodeURIComponent(dataset)}/episodes/${episode.index}">Episode ${episode.index + 1}</a></td>
    <td>${outcomeMark(episode.outcome)}</td><td>${episode.kind || UNKNOWN}</td>
    <td class="number">${formatSeconds(episode.duration_s)}</td><td class="number">${formatCount(episode.rows)}</td>
    <td>${episode.operator || "unknown"}</td><td>${by || UNKNOWN}</td><td class="nowrap">${formatTime(episode.recorded_at)}</td></tr>`;
}

customElements.define("episode-table", EpisodeTable);
