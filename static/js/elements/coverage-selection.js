// What a drag over the map selected: its numbers, its episodes, and the way to their review.

import { html } from "../core/html.js";
import { percent, verdictWord } from "../model/coverage.js";
import { formatCount, formatSeconds, formatTime, plural } from "../model/format.js";
import { outcomeMark } from "./episode-table.js";

/** @typedef {import("../model/coverage.js").Survey} Survey */
/** @typedef {import("../model/coverage.js").Listed} Listed */

/** @param {Survey} survey @param {{total: number, episodes: Listed[]}} listing */
export function selectionMarkup({ totals, datasets }, { total, episodes }) {
  const shown = episodes.length < total ? ` The newest ${formatCount(episodes.length)} are listed.` : "";
  const mine = episodes.filter((one) => one.dataset === datasets[0]);
  return html`<section class="selection" aria-label="Selection">
    <header><h2>${plural(total, "episode")} selected</h2>
      <p class="quiet">${formatCount(totals.accepted)} accepted, ${formatCount(totals.rejected)} rejected, ${percent(totals.recovery_by_episodes)} recoveries, median ${formatSeconds(totals.length_median_s)}.${shown}</p>
      ${mine.length ? html`<a class="primary" href="${reviewLink(mine)}">Review ${plural(mine.length, "episode")}</a>` : ""}
      <button type="button" class="plain" data-tool="clear">Clear <kbd>Esc</kbd></button></header>
    ${total ? html`<div class="table-card scrolls"><table>
      <thead><tr><th>Episode</th><th>Label</th><th>Verdict</th><th>Kind</th><th>Cluster</th><th class="number">Length</th><th>Operator</th><th>Recorded</th></tr></thead>
      <tbody>${episodes.map((one) => row(one, datasets.length > 1))}</tbody></table></div>` : html`<p class="quiet">No placement lies there.</p>`}
  </section>`;
}

/** The review page takes a list of episodes as its queue. @param {Listed[]} episodes */
export function reviewLink(episodes) {
  const indexes = episodes.map((one) => one.index);
  return `/datasets/${encodeURIComponent(episodes[0].dataset)}/episodes/${indexes[0]}?episodes=${indexes.join(",")}`;
}

/** @param {Listed} one @param {boolean} several */
function row(one, several) {
  return html`<tr><td><a class="row-link" href="/datasets/${encodeURIComponent(one.dataset)}/episodes/${one.index}">${several ? `${one.dataset}, episode` : "Episode"} ${one.index + 1}</a></td>
    <td>${outcomeMark(one.outcome)}</td><td>${verdictWord(one.verdict)}</td><td>${one.kind || "-"}</td><td>${one.cluster || "-"}</td><td class="number">${formatSeconds(one.duration_s)}</td><td>${one.operator || "unknown"}</td><td class="nowrap">${formatTime(one.recorded_at)}</td></tr>`;
}
