// Training runs in words and numbers: what a list, a plot and a comparison show.

import { formatBytes, formatCount, formatNumber, formatSeconds, UNKNOWN } from "./format.js";

/** @typedef {{successes: number, trials: number, low: number | null, high: number | null}} Rate */
/**
 * @typedef {object} Run
 * @property {string} name @property {string} dataset @property {string} policy @property {string} preset
 * @property {string} created_at @property {string} state @property {string} job @property {string} job_state @property {number} step
 * @property {number} steps @property {number} best @property {Rate} training @property {Rate} held_out
 * @property {number} bytes @property {boolean} pinned @property {string} problem
 */
/** @typedef {{step: number, loss?: number, lr?: number, grad_norm?: number, update_s?: number, data_s?: number, memory_bytes?: number, gpu?: number, gpu_memory_bytes?: number, cores?: number | null, parts?: Record<string, number>}} Metric */
/** @typedef {{name: string, held_out: boolean, successes: number, trials: number, low: number | null, high: number | null}} Cluster */
/** @typedef {{frames: number, joints: Record<string, number>, body_deg: number, along_chunk_deg: number[], gripper_late_s: number | null, gripper_seen: number, gripper_missed: number}} ActionError */
/** @typedef {{step: number, final: boolean, training: Rate, held_out: Rate, all: Rate, clusters: Cluster[], error: {training: ActionError | null, held_out: ActionError | null}, latency_ms: number | null}} Score */
/** @typedef {{why: string, episodes: number}} LeftOut */
/**
 * @typedef {object} Described
 * @property {string} name @property {string} dataset_hash @property {number} plan_version @property {Record<string, any>} settings @property {number} episodes @property {number} recoveries
 * @property {number} frames @property {string[]} held_out @property {Record<string, number>} clusters @property {LeftOut[]} left_out
 * @property {string} device @property {number | null} expected_s @property {number | null} expected_memory_bytes
 * @property {number | null} expected_disk_bytes @property {string} measured @property {string} command
 * @property {number | null} expected_gpu_memory_bytes @property {boolean} probed @property {string} where @property {string} begins_from @property {string[]} view
 */
/** @typedef {{name: string, held_out: boolean, successes: number, trials: number, episodes: number}} Weak */
/**
 * @typedef {object} Detail
 * @property {Run} summary @property {Described} described @property {Record<string, any>} settings @property {string} dataset_hash
 * @property {string} by @property {Metric[]} metrics @property {Score[]} scores @property {number[]} checkpoints
 * @property {number} best @property {string} why @property {string[]} findings @property {Weak[]} weak
 * @property {{notes: string, pinned: boolean, best: number}} notes @property {{words: string, command: string}} left_elsewhere
 */

/** @type {Record<string, {word: string, tone: string, glyph: string}>} */
const SIGNS = {
  described: { word: "Not started", tone: "grey", glyph: "○" },
  queued: { word: "Waiting", tone: "grey", glyph: "○" },
  running: { word: "Running", tone: "amber", glyph: "▶" },
  done: { word: "Trained", tone: "green", glyph: "✓" },
  stopped: { word: "Stopped", tone: "grey", glyph: "–" },
  failed: { word: "Failed", tone: "red", glyph: "✕" },
};

/** @param {string} state */
export function runSign(state) {
  return SIGNS[state] ?? { word: state, tone: "grey", glyph: "○" };
}

/** A success rate always with its counts: "36 of 40, 90 %". @param {Rate | null | undefined} rate */
export function formatRate(rate) {
  if (!rate || !rate.trials) return UNKNOWN;
  return `${rate.successes} of ${rate.trials}, ${Math.round((100 * rate.successes) / rate.trials)} %`;
}

/** "77 to 96 %": what so many trials allow to be said. @param {Rate | null | undefined} rate */
export function formatInterval(rate) {
  if (!rate || rate.low === null || rate.high === null) return UNKNOWN;
  return `${Math.round(100 * rate.low)} to ${Math.round(100 * rate.high)} %`;
}

/** What goes in and what does not, in one sentence. @param {Described} described */
export function dataSentence(described) {
  const recoveries = described.recoveries ? `, ${described.recoveries} of them recoveries` : "";
  const out = described.left_out.map((one) => `${one.episodes} ${one.why}`).join("; ");
  return `${formatCount(described.episodes)} episodes go in${recoveries}.${out ? ` Left out: ${out}.` : ""}`;
}

/** By what the data is known again. @param {Described} described */
export function versionSentence(described) {
  return `Content hash ${described.dataset_hash.slice(0, 12)}, ${described.plan_version ? `version ${described.plan_version} of the plan` : "without a plan"}.`;
}

/** What it will cost, or that nothing is known yet. @param {Described} described */
export function costSentence(described) {
  if (described.expected_s === null) return `Time, memory and disk are ${described.measured}.`;
  const device = described.device === "cpu" ? "the processors" : "the graphics card";
  const sizes = [
    described.expected_memory_bytes ? `${formatBytes(described.expected_memory_bytes)} of memory` : "",
    described.expected_gpu_memory_bytes ? `${formatBytes(described.expected_gpu_memory_bytes)} on the card` : "",
    described.expected_disk_bytes ? `${formatBytes(described.expected_disk_bytes)} of disk` : "",
  ].filter(Boolean);
  const time = formatSeconds(Math.round(described.expected_s / 60) * 60 || Math.round(described.expected_s));
  return `About ${time} of training on ${device} of ${described.where}${sizes.length ? `, ${sizes.join(", ")}` : ""}; ${described.measured}. Scoring comes on top.`;
}

/** A base's names of the cameras, one a line. @param {Record<string, string>} rename */
export function renameLines(rename) {
  return Object.entries(rename ?? {}).map(([ours, theirs]) => `${ours} = ${theirs}`).join("\n");
}

/** The same, read back; a line without "=" says nothing. @param {string} text @returns {Record<string, string>} */
export function readRename(text) {
  const pairs = text.split("\n").map((line) => line.split("=").map((word) => word.trim()));
  return Object.fromEntries(pairs.filter((pair) => pair.length === 2 && pair[0] && pair[1]));
}

/** @typedef {{title: string, unit: string, across?: string, low?: number, high?: number, steps: number[], lines: {label: string, values: (number | null)[], dash?: boolean, span?: boolean}[]}} Plot `span` draws on over steps that are another run's */

/** The plots of one run: loss with its parts, learning rate, gradient, waiting for data. @param {Metric[]} metrics @returns {Plot[]} */
export function metricPlots(metrics) {
  const steps = metrics.map((row) => row.step);
  const parts = [...new Set(metrics.flatMap((row) => Object.keys(row.parts ?? {})))];
  const several = parts.length > 1;
  const column = (/** @type {keyof Metric} */ name, scale = 1) => metrics.map((row) => (typeof row[name] === "number" ? Number(row[name]) * scale : null));
  return [
    {
      title: "Loss",
      unit: "",
      low: 0,
      steps,
      lines: [
        { label: "loss", values: column("loss") },
        ...(several ? parts.map((part) => ({ label: part.replaceAll("_", " "), values: metrics.map((row) => row.parts?.[part] ?? null), dash: true })) : []),
      ],
    },
    { title: "Gradient norm", unit: "", low: 0, steps, lines: [{ label: "gradient norm", values: column("grad_norm") }] },
    { title: "Learning rate", unit: "×10⁻⁴", low: 0, steps, lines: [{ label: "learning rate", values: column("lr", 1e4) }] },
    { title: "Time of a step", unit: "ms", low: 0, steps, lines: [{ label: "computing", values: column("update_s", 1e3) }, { label: "waiting for data", values: column("data_s", 1e3), dash: true }] },
    { title: "Memory", unit: "GB", low: 0, steps, lines: [{ label: "memory", values: column("memory_bytes", 1e-9) }] },
    { title: "Graphics card in use", unit: "%", low: 0, high: 100, steps, lines: [{ label: "graphics card", values: column("gpu", 100) }] },
    { title: "Memory of the graphics card", unit: "GB", low: 0, steps, lines: [{ label: "memory", values: column("gpu_memory_bytes", 1e-9) }] },
    { title: "Processors in use", unit: "cores", low: 0, steps, lines: [{ label: "cores", values: column("cores") }] },
  ].filter((plot) => plot.lines.some((line) => line.values.some((value) => value !== null)));
}

/** Both success curves, and the action error where no trial was run. @param {Score[]} scores @returns {Plot[]} */
export function scorePlots(scores) {
  const steps = scores.map((row) => row.step);
  const share = (/** @type {Rate} */ rate) => (rate?.trials ? (100 * rate.successes) / rate.trials : null);
  const error = (/** @type {"training" | "held_out"} */ part) => scores.map((row) => row.error?.[part]?.body_deg ?? null);
  return [
    {
      title: "Success in simulation",
      unit: "%",
      low: 0,
      high: 100,
      steps,
      lines: [
        { label: "training clusters", values: scores.map((row) => share(row.training)) },
        { label: "held-out cluster", values: scores.map((row) => share(row.held_out)), dash: true },
      ],
    },
    { title: "Action error", unit: "deg", low: 0, steps, lines: [{ label: "training frames", values: error("training") }, { label: "held-out frames", values: error("held_out"), dash: true }] },
  ].filter((plot) => plot.lines.some((line) => line.values.some((value) => value !== null)));
}

/** The same curve of several runs in one picture, one picture a curve. @param {{name: string, plots: Plot[]}[]} runs @returns {Plot[]} */
export function overlaid(runs) {
  const curves = runs.flatMap(({ name, plots }) =>
    plots.flatMap((plot) => plot.lines.map((line) => ({ name, plot, values: line.values, title: plot.lines.length > 1 ? `${plot.title}: ${line.label}` : plot.title }))),
  );
  // a run whose loss has parts calls the whole "Loss: loss", one without them just "Loss"
  const titled = curves.map((curve) => ({ ...curve, title: curve.title === "Loss: loss" ? "Loss" : curve.title }));
  return [...new Set(titled.map((curve) => curve.title))].map((title) => {
    const mine = titled.filter((curve) => curve.title === title && curve.values.some((value) => value !== null));
    const steps = [...new Set(mine.flatMap((curve) => curve.plot.steps))].sort((a, b) => a - b);
    const lines = mine.map(({ name, plot, values }) => {
      const known = new Map(plot.steps.map((step, i) => [step, values[i]]));
      return { label: name, values: steps.map((step) => known.get(step) ?? null), span: true };
    });
    const { unit, low, high } = titled.find((curve) => curve.title === title)?.plot ?? { unit: "" };
    return { title, unit, low, high, steps, lines };
  }).filter((plot) => plot.lines.length);
}

/** How the error grows along the chunk, of one checkpoint. @param {Score} score @returns {Plot | null} */
export function chunkPlot(score) {
  const parts = /** @type {const} */ (["training", "held_out"]).map((part) => score.error?.[part]?.along_chunk_deg ?? []);
  const length = Math.max(...parts.map((values) => values.length));
  if (!length) return null;
  const filled = (/** @type {number[]} */ values) => Array.from({ length }, (_, i) => values[i] ?? null);
  return {
    title: `Error along the chunk, step ${formatCount(score.step)}`,
    unit: "deg",
    across: "action of the chunk",
    low: 0,
    steps: Array.from({ length }, (_, i) => i + 1),
    lines: [{ label: "training frames", values: filled(parts[0]) }, { label: "held-out frames", values: filled(parts[1]), dash: true }],
  };
}

/** Zero of these is no number but a rule. @type {Record<string, string>} */
const ZEROS = { first_episodes: "all", fps: "as recorded", width: "as recorded", height: "as recorded" };

/** Where two runs differ: each setting once, with what every run has. @param {Record<string, any>[]} settings @returns {{name: string, values: string[]}[]} */
export function differences(settings) {
  const flat = settings.map((one) => flatten(one));
  const names = [...new Set(flat.flatMap((one) => Object.keys(one)))].sort();
  return names
    .map((name) => ({ name, values: flat.map((one) => (name in one ? one[name] : UNKNOWN)) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** @type {Record<string, string>} */
const SETTINGS = {
  accepted_only: "Only accepted episodes", augmentation: "Pictures varied", batch: "Batch, frames", begins_from: "Begins from", cameras: "Cameras", dataset: "Dataset",
  device: "Device", execute: "Actions executed of a chunk", first_episodes: "Only the first episodes", fps: "Policy rate, Hz", height: "Picture height, px", policy: "Policy",
  precision: "Precision", preset: "Preset", processes: "Graphics cards", recovery_times: "Times each recovery counts", save_every: "Checkpoint every, steps", seed: "Seed",
  state_noise: "Noise on joint positions, standard deviations", steps: "Steps", successes_only: "Only successes", trained_on: "Trained on", width: "Picture width, px", workers: "Picture loading processes",
  "scoring.final": "Scoring: rounds of the last checkpoint", "scoring.frames": "Scoring: frames of the action error", "scoring.limit_s": "Scoring: time limit, s", "scoring.settle": "Scoring: trials to settle, at most",
  "scoring.trials_held_out": "Scoring: trials on the held-out cluster", "scoring.trials_training": "Scoring: trials on training clusters",
};

/** A setting as the start form calls it; LeRobot's own keep their names. @param {string} name */
export function settingWord(name) {
  const given = name.startsWith("options.") && name.slice("options.".length);
  return SETTINGS[name] || given || capital(name.replaceAll("_", " ").replaceAll(".", ": "));
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** Whole numbers as everywhere on the page, small ones as they were written. @param {number} value */
function formatSetting(value) {
  return Number.isInteger(value) ? formatCount(value) : String(value);
}

/** @param {Record<string, any>} values @param {string} prefix @returns {Record<string, string>} */
function flatten(values, prefix = "") {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [name, value] of Object.entries(values)) {
    const path = prefix ? `${prefix}.${name}` : name;
    if (value && typeof value === "object" && !Array.isArray(value)) Object.assign(found, flatten(value, path));
    else found[path] = (Array.isArray(value) ? value.join(", ") : typeof value === "number" ? ((value === 0 && ZEROS[path]) || formatSetting(value)) : typeof value === "boolean" ? (value ? "yes" : "no") : String(value)) || UNKNOWN;
  }
  return found;
}

/** Errors of a checkpoint by joint: rows for a table. @param {Score | undefined} score @returns {{joint: string, training: string, held_out: string}[]} */
export function jointErrors(score) {
  const training = score?.error?.training?.joints ?? {};
  const held = score?.error?.held_out?.joints ?? {};
  return Object.keys({ ...training, ...held }).map((joint) => {
    const unit = joint === "gripper" ? "%" : "deg";
    return { joint: joint.replaceAll("_", " "), training: formatNumber(training[joint], 2, unit), held_out: formatNumber(held[joint], 2, unit) };
  });
}
