// The coverage page's pure part: its address, the map's geometry, and what a number is called.

/**
 * @typedef {{name: string, count: number}} Choice
 * @typedef {{name: string, x_cm: number, y_cm: number, size_x_cm: number, size_y_cm: number, held_out: boolean, planned: number, filled: number,
 *   missing_recoveries: number, recorded: number, accepted: number, rejected: number, recovery_share: number | null, evenness: number | null,
 *   sectors: number[], value: number | null, words?: string}} Cluster
 * @typedef {{episodes: number, accepted: number, rejected: number, unreviewed: number, failed: number, frames: number, hours: number,
 *   recovery_by_episodes: number | null, recovery_by_frames: number | null, sectors: number[], evenness: number | null, operators: number,
 *   length_median_s: number | null, length_p10_s: number | null, length_p90_s: number | null, length_from_s: number, length_bin_s: number, lengths: number[]}} Totals
 * @typedef {{name: string, episodes: number, hours: number, per_hour: number | null, rejected: number, failed: number | null, median_s: number,
 *   length_change: number | null, off_cm: number | null}} Rate
 * @typedef {{text: string, missing: number, clusters: string[]}} Gap
 * @typedef {{x_cm: number[], y_cm: number[], yaw_deg: (number | null)[], recovery: boolean[], outcome: number[], verdict: number[], dataset: number[],
 *   index: number[], outcomes: string[], newest: number | null, of: number, unplaced: number, urls?: string[], words?: string[]}} Marks
 * @typedef {{size_cm: number, i: number[], j: number[], count: number[], value: (number | null)[]}} Cells
 * @typedef {{words: string, unit: string, low: number | null, high: number | null, names: string[]}} Scale
 * @typedef {{what: string, values: string[], blocks: boolean, todo: string}} Difference
 * @typedef {{datasets: string[], total: number, known: number, has_plan: boolean, plan_version: number, remaining: number | null, pace_s: number | null,
 *   layer: string, scale: Scale, cells: Cells, marks: Marks, clusters: Cluster[], without_cluster: number, totals: Totals, days: Rate[], operators: Rate[],
 *   stations: Rate[], gaps: Gap[], choices: {operators: Choice[], stations: Choice[], clusters: Choice[], days: Choice[]}, differences: Difference[]}} Survey
 * @typedef {{x_from_cm: number, x_to_cm: number, y_from_cm: number, y_to_cm: number}} Bounds
 * @typedef {{version: string, survey: Survey, bounds: Bounds, goal: {name: string, x_cm: number, y_cm: number, radius_cm: number} | null,
 *   workspace: [number, number][], object_name: string, ground: {picture: boolean, words: string, why_none: string}}} Answer
 * @typedef {{dataset: string, index: number, uuid: string, x_cm: number | null, y_cm: number | null, cluster: string, kind: string, outcome: string,
 *   verdict: string, operator: string, duration_s: number, recorded_at: string | null}} Listed
 * @typedef {{x0: number, y0: number, x1: number, y1: number}} Area
 */

export const LAYERS = /** @type {const} */ ([
  ["progress", "Progress"],
  ["density", "Density"],
  ["success", "Success"],
  ["recovery", "Recovery"],
  ["orientation", "Orientation"],
  ["operator", "Operator"],
  ["age", "Age"],
  ["checks", "Checks"],
]);
export const FILTERS = /** @type {const} */ (["operator", "verdict", "outcome", "kind", "cluster", "station", "checks", "day_from", "day_to"]);
export const VERDICTS = ["none", "accepted", "rejected"];
const VERDICT_WORDS = { none: "not reviewed", accepted: "accepted", rejected: "rejected" };

/** @param {string} verdict */
export const verdictWord = (verdict) => VERDICT_WORDS[/** @type {keyof typeof VERDICT_WORDS} */ (verdict)] ?? verdict;

/**
 * What the page asks for, from its address: further datasets, layer and filters; nothing else gets through.
 * @param {string} name @param {string} search
 */
export function queryOf(name, search) {
  const given = new URLSearchParams(search);
  const query = new URLSearchParams([["dataset", name]]);
  for (const other of new Set(given.getAll("with"))) if (other !== name) query.append("dataset", other);
  const layer = given.get("layer");
  query.set("layer", LAYERS.some(([known]) => known === layer) ? String(layer) : "progress");
  for (const key of FILTERS) for (const value of given.getAll(key)) if (value) query.append(key, value);
  return query;
}

/** The same as an address of the page. @param {URLSearchParams} query */
export function searchOf(query) {
  const [, ...others] = query.getAll("dataset");
  const search = new URLSearchParams(others.map((other) => ["with", other]));
  for (const [key, value] of query) if (key !== "dataset" && !(key === "layer" && value === "progress")) search.append(key, value);
  const text = search.toString();
  return text && `?${text}`;
}

/** The query without its layer, with an area: what lists and paths are asked by. @param {URLSearchParams} query @param {Area | null} area */
export function selectionOf(query, area) {
  const asked = new URLSearchParams(query);
  asked.delete("layer");
  if (area) for (const [key, value] of Object.entries(area)) asked.set(key, value.toFixed(2));
  return asked;
}

/** The part of the table as the map's view: left is the arm's left, up is ahead. @param {Bounds} bounds */
export function viewOf(bounds) {
  return { x: -bounds.y_to_cm, y: -bounds.x_to_cm, width: bounds.y_to_cm - bounds.y_from_cm, height: bounds.x_to_cm - bounds.x_from_cm };
}

/** A cluster as a rectangle of the view. @param {Cluster} cluster */
export function tileOf(cluster) {
  return {
    x: -cluster.y_cm - cluster.size_y_cm / 2,
    y: -cluster.x_cm - cluster.size_x_cm / 2,
    width: cluster.size_y_cm,
    height: cluster.size_x_cm,
    share: cluster.planned ? Math.min(1, cluster.filled / cluster.planned) : 0,
  };
}

/** Two corners of the view as an area of the table. @param {{x: number, y: number}} a @param {{x: number, y: number}} b @returns {Area} */
export function areaOf(a, b) {
  return { x0: -Math.max(a.y, b.y), y0: -Math.max(a.x, b.x), x1: -Math.min(a.y, b.y), y1: -Math.min(a.x, b.x) };
}

/** How large a mark is drawn, in cm: smaller where there are many. @param {number} width the view's, in cm @param {number} count */
export function markRadius(width, count) {
  const px = count > 1200 ? 3.2 : count > 500 ? 4 : count > 150 ? 5 : 6;
  return (px * width) / 800;
}

/** How strongly a value of a layer is filled, 0 to 1; what lies at the low end stays visible. @param {number | null} value @param {Scale} scale */
export function strength(value, { low, high }) {
  if (value === null || low === null || high === null) return 0;
  return 0.08 + 0.6 * Math.min(1, Math.max(0, (value - low) / (high - low || 1)));
}

/** The clusters with most missing first; of the same, the worse evenness. @param {readonly Cluster[]} clusters @param {number} most */
export function weakest(clusters, most = 5) {
  const lack = (/** @type {Cluster} */ one) => (one.planned ? 1 - Math.min(1, one.filled / one.planned) : 0);
  return [...clusters].sort((a, b) => lack(b) - lack(a) || (a.evenness ?? 1) - (b.evenness ?? 1)).slice(0, most);
}

/** How even six sectors are filled: 1 when equally, by the least of them. @param {readonly number[]} sectors @returns {number | null} */
export function balance(sectors) {
  const sum = sectors.reduce((a, b) => a + b, 0);
  return sum ? (Math.min(...sectors) * sectors.length) / sum : null;
}

/** @param {number | null | undefined} share @returns {string} "20 %" */
export function percent(share) {
  return share === null || share === undefined ? "-" : `${Math.round(share * 100)} %`;
}

/** What a mark is, in words. @param {Marks} marks @param {number} i @param {string[]} datasets */
export function markWords(marks, i, datasets) {
  const parts = [`Episode ${marks.index[i] + 1}`];
  if (datasets.length > 1) parts[0] += ` of ${datasets[marks.dataset[i]]}`;
  parts.push(marks.recovery[i] ? "recovery" : "nominal", marks.outcomes[marks.outcome[i]] || "no label", verdictWord(VERDICTS[marks.verdict[i]]));
  return `${parts.join(", ")}; ${marks.x_cm[i].toFixed(1)} cm ahead, ${Math.abs(marks.y_cm[i]).toFixed(1)} cm ${marks.y_cm[i] >= 0 ? "left" : "right"}`;
}

/** The glyph's name: shape by kind, inside by outcome, sign by verdict. @param {Marks} marks @param {number} i */
export function glyphOf(marks, i) {
  const outcome = marks.outcomes[marks.outcome[i]];
  const known = ["success", "partial", "failure"].includes(outcome) ? outcome : "unknown";
  return `${marks.recovery[i] ? "recovery" : "nominal"}-${known}-${VERDICTS[marks.verdict[i]]}`;
}

/** The operator's queue with these clusters in front. @param {readonly string[]} first @param {readonly string[]} clusters */
export function putFirst(first, clusters) {
  return [...clusters, ...first.filter((name) => !clusters.includes(name))];
}
