// What /api/datasets answers, as the pages use it.

/**
 * @typedef {{name: string, episodes: number, frames: number, fps: number, duration_s: number, bytes: number,
 *   last_recorded: string | null, cameras: string[], joints: string[], simulated: boolean | null, tasks: string[],
 *   robot_type: string, codec: string, studio_columns: boolean, problem: string}} Dataset
 * @typedef {{index: number, uuid: string, rows: number, duration_s: number, task: string, outcome: string, operator: string,
 *   kind: string, driver: string, input: string, recorded_at: string, repeated: number | null, cameras: string[],
 *   studio: Record<string, string | number | null>}} Episode
 * @typedef {{url: string, from_s: number, to_s: number, missing: string}} VideoSpan `missing`: why there is nothing to see
 * @typedef {Episode & {fps: number, videos: Record<string, VideoSpan>}} EpisodeDetail
 * @typedef {{fps: number, time_s: number[], joints: string[], named: boolean, state: (number | null)[][],
 *   action: (number | null)[][], repeated: Record<string, boolean[]>, age_ms: Record<string, (number | null)[]>,
 *   recovery: boolean[], intervention: boolean[]}} Signals
 * `state` and `action`: one list for each joint, in joint units; null is unknown.
 * @typedef {{uuid: string, dataset: string, task: string, rows: number, duration_s: number, repeated: number,
 *   bytes: number, repaired: boolean, note: string}} UnfinishedTake
 * @typedef {"all" | "success" | "partial" | "failure" | "unlabelled" | "recovery"} Filter
 */

/**
 * Totals over datasets that can be read.
 * @param {readonly Dataset[]} datasets
 */
export function totals(datasets) {
  return datasets.reduce(
    (sum, one) => ({
      episodes: sum.episodes + one.episodes,
      frames: sum.frames + one.frames,
      duration_s: sum.duration_s + one.duration_s,
    }),
    { episodes: 0, frames: 0, duration_s: 0 },
  );
}

/** The newest first; never recorded last. @param {readonly Dataset[]} datasets @returns {Dataset[]} */
export function newestFirst(datasets) {
  return [...datasets].sort((a, b) => (b.last_recorded ?? "").localeCompare(a.last_recorded ?? "") || a.name.localeCompare(b.name));
}

/** Those to learn from, in their order, before the ones that evaluations made: LeRobot calls these `eval_`. @param {readonly Dataset[]} datasets @returns {Dataset[]} */
export function demonstrationsFirst(datasets) {
  const made = (/** @type {Dataset} */ one) => Number(one.name.startsWith("eval_"));
  return datasets.toSorted((a, b) => made(a) - made(b));
}

/** @param {Episode} episode @param {Filter} filter */
export function matches(episode, filter) {
  if (filter === "all") return true;
  if (filter === "recovery") return episode.kind === "recovery";
  if (filter === "unlabelled") return !episode.outcome;
  return episode.outcome === filter;
}

/** Filters that select something, with their counts. @param {readonly Episode[]} episodes @returns {{filter: Filter, count: number}[]} */
export function filters(episodes) {
  const all = /** @type {Filter[]} */ (["all", "success", "partial", "failure", "unlabelled", "recovery"]);
  return all
    .map((filter) => ({ filter, count: episodes.filter((episode) => matches(episode, filter)).length }))
    .filter(({ filter, count }) => filter === "all" || count > 0);
}

/**
 * Runs of true as spans of the whole, for marks under a time line.
 * @param {readonly boolean[]} flags @returns {{from: number, to: number}[]} shares, 0 to 1
 */
export function runs(flags) {
  /** @type {{from: number, to: number}[]} */
  const found = [];
  let begin = -1;
  flags.forEach((flag, i) => {
    if (flag && begin < 0) begin = i;
    if (begin >= 0 && (!flag || i === flags.length - 1)) {
      found.push({ from: begin / flags.length, to: (flag ? i + 1 : i) / flags.length });
      begin = -1;
    }
  });
  return found;
}
