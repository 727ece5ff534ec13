// Evaluations in words: who is tried where, how often it succeeds and how sure that is, and the map of it.

import { plural, UNKNOWN } from "./format.js";

/** @typedef {{successes: number, trials: number, share: number | null, low: number | null, high: number | null, partial: number, broken: number, strict_share: number | null, strict_low: number | null, strict_high: number | null}} Score */
/** @typedef {{mode: string, threshold: number, execute: number, aggregation: string, coefficient: number, stages_ms: Record<string, number>, delay_ms: number | null, device: string, own_delay: boolean}} Execution */
/** @typedef {{key: string, policy: string, title: string, execution: Execution}} Entrant */
/** @typedef {{key: string, cluster: string, part: string, position: number, x_cm: number, y_cm: number, yaw_deg: number, seed: number}} Place */
/** @typedef {{number: number, entrant: string, place: Place}} Planned */
/** @typedef {{trial: Planned | null, left: number}} NextTrial */
/** @typedef {{number: number, entrant: string, place: string, ended: string, outcome: string, story: string, problem: string, duration_s: number, taken_over: boolean, episode: string}} Trial */
/** @typedef {{name: string, created_at: string, dataset: string, entrants: string[], judge: string, sim: boolean, state: string, job: string, done: number, planned: number, all: Score, eval_dataset: string, success_rule: string, problem: string}} Summary */
/** @typedef {{name: string, part: string, x_cm: number, y_cm: number, size_x_cm: number, size_y_cm: number, recorded: number, used: number | null, density: number, taken_over: number, score: Score}} ClusterScore */
/** @typedef {{key: string, title: string, policy: string, mode: string, emulated: boolean, device: string, delay_ms: number | null, training: Score, held_out: Score, new: Score, all: Score, clusters: ClusterScore[], latency_p50_ms: number | null, latency_p95_ms: number | null, duration_s: number | null, starved_steps: number, steps: number, looks: number, done: number, planned: number}} EntrantResult */
/** @typedef {{contrast: string, first: string, second: string, both: number, only_first: number, only_second: number, neither: number, difference: number | null, low: number | null, high: number | null, words: string}} Comparison */
/** @typedef {{number: number, entrant: string, cluster: string, place: string, outcome: string, episode: number | null, url: string}} Clip */
/** @typedef {{story: string, count: number, clusters: Record<string, number>, clips: Clip[]}} FailureGroup */
/** @typedef {{line: string, entrant: string, delay_ms: number, score: Score}} DelayPoint */
/** @typedef {{name: string, done: number, planned: number, entrants: EntrantResult[], comparisons: Comparison[], delays: DelayPoint[], failures: FailureGroup[], broken: {number: number, entrant: string, cluster: string, ended: string, problem: string}[], record_next: {clusters: string[], takes: number, words: string}[], record_next_for?: string, findings: string[]}} Results */
/** @typedef {{summary: Summary, evaluation: {entrants: Entrant[], places: Place[], protocol: Record<string, any>, by: string, plan_version: number}, results: Results, trials: Trial[]}} Detail */

/** "7 of 10, 70 %" @param {Score | null | undefined} score */
export function scoreWords(score) {
  if (!score?.trials) return UNKNOWN;
  return `${score.successes} of ${score.trials}, ${Math.round((100 * score.successes) / score.trials)} %`;
}

/** "40 to 89 %" @param {Score | null | undefined} score */
export function intervalWords(score) {
  if (!score || score.low === null || score.high === null) return UNKNOWN;
  return `${Math.round(100 * score.low)} to ${Math.round(100 * score.high)} %`;
}

/** What broke off, and the rate that counts it as failed; "" where nothing did. @param {Score} score */
export function brokenWords(score) {
  if (!score.broken) return "";
  const strict = score.strict_share === null ? "" : `, ${Math.round(100 * score.strict_share)} % if they count as failures`;
  return `${score.broken} broke off${strict}`;
}

/** "never touched the bag: 35 trials; 7 in cluster 4, 28 outside" @param {FailureGroup} group */
export function failureWords(group) {
  const where = Object.entries(group.clusters).map(([name, count]) => `${count} ${name ? `in cluster ${name}` : "outside"}`);
  const story = group.story || "without a story";
  return `${story.charAt(0).toUpperCase()}${story.slice(1)}: ${plural(group.count, "trial")}; ${where.join(", ")}`;
}

const MODES = /** @type {Record<string, string>} */ ({ synchronous: "synchronous", asynchronous: "asynchronous", ensembling: "temporal ensembling", rtc: "real-time chunking" });

/** How it was executed, an emulated latency always named. @param {EntrantResult} one */
export function executionWords(one) {
  const mode = MODES[one.mode] ?? one.mode;
  if (!one.emulated) return mode;
  const delay = one.delay_ms === null ? "" : ` ${one.delay_ms >= 1000 ? `${(one.delay_ms / 1000).toFixed(2)} s` : `${Math.round(one.delay_ms)} ms`}`;
  return `${mode}, EMULATED${delay}${one.device ? `: ${one.device}` : ""}`;
}

/**
 * What one judged trial is, for the studio to keep. A trial in which a person took over is a failure of the policy, whatever
 * the person made of it. @param {Planned} planned @param {import("../core/messages.js").LiveRunState} run @param {string} outcome @param {string} cause
 */
export function trialOf(planned, run, outcome, cause) {
  const f = run.figures;
  const whole = f.latency.find((one) => one.stage === "");
  const over = run.takeovers > 0;
  const measured = {
    number: planned.number,
    entrant: planned.entrant,
    place: planned.place.key,
    ended: "judged",
    story: over ? `taken over${cause ? `: ${cause.replaceAll("_", " ")}` : ""}` : "",
    steps: f.steps,
    duration_s: run.elapsed_s,
    looks: f.looks,
    starved_steps: f.starved_ticks,
    latency_p50_ms: whole?.p50_ms ?? null,
    latency_p95_ms: whole?.p95_ms ?? null,
    taken_over: over,
  };
  return { outcome: over ? "failure" : outcome, ended: "judged", problem: "", measured };
}

/** A name for the key of an entrant. @param {string} policy @param {Set<string>} taken */
export function keyOf(policy, taken) {
  const base = policy.replace(/^exports\//, "").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "").slice(0, 50) || "policy";
  let key = base;
  for (let n = 2; taken.has(key); n += 1) key = `${base}-${n}`;
  taken.add(key);
  return key;
}

/**
 * The coverage map's answer with success in it: a cluster is as full as it succeeds, and every trial is a mark.
 * @param {import("./coverage.js").Answer} ground the dataset's own @param {Detail} detail @param {string} key of the entrant
 * @returns {import("./coverage.js").Answer}
 */
export function successAnswer(ground, detail, key) {
  const result = detail.results.entrants.find((one) => one.key === key);
  const places = new Map(detail.evaluation.places.map((place) => [place.key, place]));
  const clips = new Map(detail.results.failures.flatMap((group) => group.clips).map((clip) => [clip.number, clip]));
  const tried = detail.trials.filter((trial) => trial.entrant === key && trial.ended === "judged" && places.has(trial.place));
  const outcomes = ["success", "partial", "failure"];
  const place = (/** @type {Trial} */ trial) => /** @type {Place} */ (places.get(trial.place));
  const home = detail.summary.eval_dataset ? `/datasets/${encodeURIComponent(detail.summary.eval_dataset)}` : "#";
  const scored = new Map((result?.clusters ?? []).map((cluster) => [cluster.name, cluster]));
  const clusters = ground.survey.clusters.map((cluster) => {
    const score = scored.get(cluster.name)?.score;
    const words = `Cluster ${cluster.name}: ${score?.trials ? `${scoreWords(score)}, ${intervalWords(score)}` : "not tried"}${cluster.held_out ? "; held out" : ""}`;
    return { ...cluster, filled: score?.successes ?? 0, planned: score?.trials ?? 0, words };
  });
  const marks = {
    x_cm: tried.map((one) => place(one).x_cm), y_cm: tried.map((one) => place(one).y_cm), yaw_deg: tried.map((one) => place(one).yaw_deg),
    recovery: tried.map((one) => one.taken_over), outcome: tried.map((one) => outcomes.indexOf(one.outcome)), verdict: tried.map(() => 0), dataset: tried.map(() => 0), index: tried.map(() => 0),
    outcomes, newest: null, of: tried.length, unplaced: 0,
    urls: tried.map((one) => clips.get(one.number)?.url || home),
    words: tried.map((one) => `Trial ${one.number}: ${one.outcome}${one.story ? `, ${one.story}` : ""}${one.taken_over ? "; a person took over" : ""}`),
  };
  return { ...ground, survey: { ...ground.survey, layer: "progress", clusters, marks, cells: { ...ground.survey.cells, i: [], j: [], count: [], value: [] } } };
}

/** Success over delays as plots' lines. @param {DelayPoint[]} points @returns {import("./runs.js").Plot[]} */
export function delayPlots(points) {
  const delays = [...new Set(points.map((one) => one.delay_ms))].sort((a, b) => a - b);
  if (delays.length < 2) return [];
  const lines = [...new Set(points.map((one) => one.line))].map((label) => ({
    label,
    values: delays.map((delay) => {
      const score = points.find((one) => one.line === label && one.delay_ms === delay)?.score;
      return score?.trials ? (100 * score.successes) / score.trials : null;
    }),
  }));
  return [{ title: "Success over injected latency", unit: "%", across: "ms injected", low: 0, high: 100, steps: delays, lines }];
}

/** What the simulator can judge by; the key is the protocol's. */
export const SUCCESSES = /** @type {const} */ ([
  ["in_goal", "in the goal, at rest and let go of"],
  ["held_over", "held over the goal when time is over"],
  ["lifted", "lifted, held 3 cm off the table"],
  ["touched", "touched by a claw"],
]);

/**
 * The part of a protocol that says how long and what counts, from what was typed; an empty field is the default.
 * @param {"simulator" | "operator" | string} judge @param {{limit: string, success: string, seconds: string, rule: string}} typed
 */
export function ruleOf(judge, { limit, success, seconds, rule }) {
  const number = (/** @type {string} */ text) => (text.trim() === "" ? null : Number(text));
  const limit_s = number(limit);
  const base = limit_s === null ? {} : { limit_s };
  return judge === "operator" ? { ...base, rule: rule.trim() } : { ...base, success, success_s: number(seconds) ?? 0 };
}

/** What will be tried, in a sentence. @param {{trials: number, places: number, by_part: Record<string, number>, expected_s: number, success_rule: string}} told @param {boolean} bySimulator */
export function protocolSentence(told, bySimulator) {
  const parts = Object.entries(told.by_part).filter(([, count]) => count).map(([part, count]) => `${count} ${part.replace("_", "-")}`).join(", ");
  const time = bySimulator ? ` About ${Math.max(1, Math.round(told.expected_s / 60))} min.` : "";
  return `${plural(told.trials, "trial")} at ${plural(told.places, "place")} (${parts}).${time} Success: ${told.success_rule}`;
}
