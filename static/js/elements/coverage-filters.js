// Which episodes are meant: one select a question, a chip for every answer that is in force.

import { html } from "../core/html.js";
import { FILTERS, verdictWord } from "../model/coverage.js";

/** @typedef {import("../model/coverage.js").Survey} Survey */
/** @typedef {import("../model/coverage.js").Choice} Choice */

const NAMES = /** @type {Record<string, string>} */ ({
  operator: "Operator", verdict: "Verdict", outcome: "Label", kind: "Kind", cluster: "Cluster", station: "Station", checks: "Checks", day_from: "From", day_to: "To", dataset: "With",
});
const FIXED = /** @type {Record<string, [string, string][]>} */ ({
  verdict: [["none", "not reviewed"], ["accepted", "accepted"], ["rejected", "rejected"]],
  outcome: [["success", "success"], ["partial", "partial"], ["failure", "failure"], ["unknown", "no label"]],
  kind: [["nominal", "nominal"], ["recovery", "recovery"]],
  checks: [["ok", "no warning"], ["warn", "a warning"], ["fail", "a failed check"], ["none", "not checked"]],
});

/** @param {Survey} survey @param {URLSearchParams} query @param {string[]} others datasets that could be looked at together */
export function filterBar(survey, query, others) {
  const { operators, stations, clusters, days } = survey.choices;
  const active = FILTERS.flatMap((key) => query.getAll(key).map((value) => [key, value]));
  const further = survey.datasets.slice(1).map((name) => ["dataset", name]);
  return html`<div class="filters">
    ${select("operator", named(operators))}${select("verdict", FIXED.verdict)}${select("outcome", FIXED.outcome)}${select("kind", FIXED.kind)}
    ${select("cluster", named(clusters))}${stations.length > 1 ? select("station", named(stations)) : ""}${select("checks", FIXED.checks)}
    ${select("day_from", named(days))}${select("day_to", named(days))}
    ${others.length ? select("dataset", others.filter((name) => !survey.datasets.includes(name)).map((name) => [name, name]), "another dataset") : ""}
    ${[...further, ...active].map(([key, value]) => html`<button type="button" class="chip" data-drop="${key}" data-value="${value}" aria-label="Remove ${NAMES[key]}: ${value}" aria-pressed="true">${NAMES[key]} ${words(key, value)} ✕</button>`)}
  </div>`;
}

/** @param {string} key @param {string} value */
function words(key, value) {
  return key === "verdict" ? verdictWord(value) : (FIXED[key]?.find(([known]) => known === value)?.[1] ?? value);
}

/** @param {Choice[]} choices @returns {[string, string][]} */
const named = (choices) => choices.map(({ name, count }) => [name, `${name} (${count})`]);

/** @param {string} key @param {[string, string][]} options @param {string} [any] */
function select(key, options, any = NAMES[key].toLowerCase()) {
  return html`<select name="${key}" aria-label="${key === "dataset" ? "Look at it together with" : `Only this ${NAMES[key].toLowerCase()}`}" ${options.length ? "" : html`disabled title="Nothing is known of it here."`}>
    <option value="">${key === "dataset" ? "+ " : ""}${any}</option>${options.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select>`;
}

/** The query with one more answer. @param {URLSearchParams} query @param {string} key @param {string} value */
export function changed(query, key, value) {
  if (key.startsWith("day_")) query.set(key, value);
  else if (!query.getAll(key).includes(value)) query.append(key, value);
}
