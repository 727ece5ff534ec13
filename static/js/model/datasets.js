// What /api/datasets answers, as the pages use it.

/**
 * @typedef {{name: string, episodes: number, frames: number, fps: number, duration_s: number | null, bytes: number | null,
 *   last_recorded: string | null, cameras: string[], simulated: boolean | null, tasks: string[], robot_type: string}} Dataset
 * @typedef {{index: number, uuid: string, rows: number, duration_s: number, task: string, outcome: string, operator: string,
 *   kind: string, driver: string, input: string, recorded_at: string, repeated: number | null, cameras: string[]}} Episode
 * @typedef {{fps: number, time_s: number[], joints: string[], state: number[][], action: number[][]}} Signals
 * `state` and `action`: one list for each joint, in joint units.
 * @typedef {{uuid: string, dataset: string, task: string, rows: number, duration_s: number, repeated: number | null,
 *   bytes: number, repaired: boolean, note: string}} UnfinishedTake
 */

/**
 * A list that comes bare or under its name.
 * @param {any} body @param {string} key @returns {any[]}
 */
export function listOf(body, key) {
  const list = Array.isArray(body) ? body : body?.[key];
  return Array.isArray(list) ? list : [];
}

/**
 * Totals of several datasets; null where one of them is unknown.
 * @param {Dataset[]} datasets @returns {{episodes: number, frames: number, duration_s: number | null}}
 */
export function totals(datasets) {
  return datasets.reduce(
    (sum, one) => ({
      episodes: sum.episodes + one.episodes,
      frames: sum.frames + one.frames,
      duration_s: sum.duration_s === null || one.duration_s === null ? null : sum.duration_s + one.duration_s,
    }),
    { episodes: 0, frames: 0, duration_s: /** @type {number | null} */ (0) },
  );
}
