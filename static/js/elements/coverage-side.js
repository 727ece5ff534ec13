// The right column: what is recorded next, how much there is, what is missing most.

import { html } from "../core/html.js";
import { perform, store } from "../core/studio.js";
import { percent, putFirst, weakest } from "../model/coverage.js";
import { formatCount, formatHours, formatSeconds, plural } from "../model/format.js";
import { histogram } from "./coverage-tables.js";

/** @typedef {import("../model/coverage.js").Survey} Survey */

/** @param {string} name @param {Survey} survey */
export function nextPlacement(name, survey) {
  const guidance = store.state?.guidance;
  const recording = store.state?.recorder.dataset;
  if (guidance?.dataset === name && guidance.target) {
    const { cluster, position, kind } = guidance.target;
    return html`<h2>Next placement</h2><p class="big">${cluster}<small>${kind === "recovery" ? "recovery" : `position ${position + 1}`}</small></p><p class="quiet">${guidance.target.request}</p>`;
  }
  if (!store.state) return html`<h2>Next placement</h2><p class="quiet">No connection to the studio.</p>`;
  if (recording !== name) return html`<h2>Next placement</h2><p class="quiet">Nobody records into this dataset now${recording ? `; the studio records into ${recording}` : ""}.</p>`;
  return html`<h2>Next placement</h2><p class="quiet">${guidance?.off || (survey.has_plan ? "The plan is fulfilled." : "There is no plan.")}</p>`;
}

/** @param {Survey} survey */
export function totalsMarkup({ totals, remaining, pace_s, total }) {
  const shown = totals.episodes === total ? plural(total, "episode") : `${formatCount(totals.episodes)} of ${plural(total, "episode")}`;
  /** @type {[string, string, string?][]} */
  const rows = [
    ["Accepted", `${formatCount(totals.accepted)}`, "Neither rejected by a reviewer nor labelled a failure: these fill places of the plan."],
    ["Rejected, failed", `${formatCount(totals.rejected)}, ${formatCount(totals.failed)}`],
    ["Not reviewed", formatCount(totals.unreviewed)],
    ["Recoveries", `${percent(totals.recovery_by_episodes)} of episodes, ${percent(totals.recovery_by_frames)} of frames`],
    ["Evenness", totals.evenness === null ? "-" : totals.evenness.toFixed(2), EVENNESS],
    ["Recorded", `${formatHours(totals.hours * 3600)} by ${plural(totals.operators, "operator")}`],
    ["Take length", `${formatSeconds(totals.length_median_s)} (${formatSeconds(totals.length_p10_s)} to ${formatSeconds(totals.length_p90_s)})`, "The median; eight takes of ten lie between the two in brackets."],
  ];
  if (remaining !== null) rows.push(["Still planned", `${plural(remaining, "take")}${pace_s ? `, about ${formatHours(remaining * pace_s)}` : ""}`, "At the pace of the last takes, from one saved take to the next."]);
  return html`<h2>${shown}</h2><dl class="facts tight">${rows.map(([words, value, why]) => html`<dt ${why ? html`title="${why}" class="why"` : ""}>${words}</dt><dd>${value}</dd>`)}</dl>${histogram(totals)}`;
}

export const EVENNESS =
  "How evenly positions are spread: each cluster is cut into 2 cm squares. 1: takes are spread as if over as many squares as they can fill; 0.5: as if over half of them. (Exponential of the entropy of takes over squares, by the smaller of squares and takes; the mean over clusters.)";

/** @param {Survey} survey */
export function weakestMarkup({ clusters }) {
  if (!clusters.length) return html`<h2>Weakest clusters</h2><p class="quiet">Without a plan there are none.</p>`;
  return html`<h2>Weakest clusters</h2><ol class="weakest">${weakest(clusters).map(
    (one) => html`<li data-cluster="${one.name}"><b>${one.name}</b><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${one.planned ? (100 * one.filled) / one.planned : 0}" height="10"/></svg><span>${one.filled} of ${one.planned}${one.rejected ? `, ${one.rejected} rejected` : ""}</span></li>`,
  )}</ol>`;
}

/** @param {string} name @param {Survey} survey */
export function recordNext(name, { gaps, has_plan, remaining }) {
  const head = html`<h2>Record next</h2>`;
  if (!has_plan) return html`${head}<p class="quiet">A plan says what is missing. <a href="/datasets/${encodeURIComponent(name)}/plan">Make one</a></p>`;
  if (!gaps.length) return html`${head}<p>${remaining ? `${remaining} takes are missing.` : "Everything the plan asks for is there."}</p>`;
  const here = store.state?.recorder.dataset === name;
  const first = store.state?.guidance.queue.first ?? [];
  const blocked = blockedWhy();
  return html`${head}<ol class="gaps">${gaps.map((gap) => {
    const done = here && gap.clusters.length > 0 && gap.clusters.every((cluster, i) => first[i] === cluster);
    return html`<li><span>${gap.text}</span><button type="button" class="plain" data-right="order" data-first="${gap.clusters.join("\n")}" ${blocked || done || !gap.clusters.length ? html`disabled title="${done ? "The operator's queue begins with it." : blocked}"` : ""}>${done ? "First in the queue ✓" : here ? "Put first" : "Record here, first"}</button></li>`;
  })}</ol>${blocked ? html`<p class="quiet">${blocked}</p>` : here ? "" : html`<p class="quiet">The studio records into ${store.state?.recorder.dataset || "no dataset"}: pressing turns to ${name}.</p>`}
  <p class="form-problem" role="alert" data-part="first-problem"></p>`;
}

function blockedWhy() {
  if (!store.connected || !store.state) return "No connection to the studio.";
  return store.state.recorder.phase === "idle" ? "" : "A take is under way: the queue stands still until it is decided.";
}

/** The one click: the operator's queue begins with these clusters. @param {string} name @param {string[]} clusters @param {HTMLButtonElement} button */
export async function putClustersFirst(name, clusters, button) {
  button.disabled = true;
  const turned = store.state?.recorder.dataset === name || (await said(perform({ type: "record.setup", dataset: name }, "coverage")));
  const known = store.state?.guidance.dataset === name ? store.state.guidance.queue.first : [];
  if (turned) await said(perform({ type: "target.prioritise", clusters: putFirst(known, clusters) }, "coverage"));
  button.disabled = false;
}

/** @param {Promise<import("../core/studio.js").ReplyMessage>} asked */
async function said(asked) {
  const reply = await asked;
  const place = document.querySelector("[data-part=first-problem]");
  if (place) place.textContent = reply.ok ? "" : [reply.text, reply.todo].filter(Boolean).join(" ");
  return reply.ok;
}
