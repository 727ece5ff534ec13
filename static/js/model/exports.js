// Exports in words and numbers: phases of one that runs, the picture of time against error, stages alone, two compared.

import { formatNumber, UNKNOWN } from "./format.js";

/** @typedef {{title: string, state: string, words: string}} Step */
/**
 * @typedef {object} Device
 * @property {string} name @property {string} title @property {string} words @property {string} processor @property {number} cores
 * @property {number} memory_gb @property {string} accelerator @property {{lane: string, words: string}[]} runtimes
 * @property {string} source @property {Record<string, number>} fp32_times @property {Record<string, number>} guide_s
 */
/**
 * @typedef {object} Export
 * @property {string} name @property {string} problem @property {string} family @property {string} run @property {number | null} step
 * @property {string} dataset @property {string} device @property {string} exported_at @property {number | null} within
 * @property {string} goal @property {string} mix @property {number | null} fps @property {number | null} chunk
 * @property {number[]} latency_ms @property {number | null} speedup @property {number | null} size @property {number | null} size_share
 * @property {number | null} worst_p95 @property {string} worst_joint @property {string} unit @property {string} machine @property {string} job
 */
/**
 * @typedef {object} Mix
 * @property {string} name @property {string} alone @property {Record<string, {precision: string, lane: string, threads: number, every: number}>} stages
 * @property {number} relative @property {string} worst_joint @property {number} worst_p95
 * @property {Record<string, {mean: number, p95: number, max: number}>} joints @property {number[]} along_chunk
 * @property {number[]} along_steps @property {number | null} gripper_ms @property {Record<string, number[]>} latency_ms
 * @property {number} size @property {number | null} memory_mb @property {number} chunks @property {number | null} [steps]
 * @property {{without: string[], scale: number}} [sight]
 */
/** @typedef {{kind: string, words: string, worst_p95: number | null, typical_ms: number | null, refused: string, taken: boolean}} Trick */
/** @typedef {{mix: string, role: string, successes: number, trials: number, low: number | null, high: number | null}} Proof */
/**
 * @typedef {object} Report
 * @property {Mix[]} mixes @property {string[]} pareto @property {Mix & {why: string, speedup: number, size_share: number}} chosen
 * @property {number} within @property {string} goal @property {Record<string, string>} units @property {string[]} joints
 * @property {number} moments @property {number} parity @property {number} torch_ms @property {{processor: string, cores: number}} machine
 * @property {Step[]} preflight @property {{stage: string, precision: string, why: string}[]} refused
 * @property {Record<string, {asked: Record<string, number>, found: Record<string, number>}>} audits
 * @property {Record<string, any>} origin @property {Record<string, string>} versions @property {Trick[]} [tricks]
 * @property {{lose: number, limit_s: number, rows: Proof[]} | null} [success]
 */
/** @typedef {{summary: Export, folder: string, bytes: number, device: Device, stages: Record<string, any>[], report: Report}} Detail */

/** What an export does, in order, and the share of the work at which each begins: app/export/exporting.py says these. */
const PHASES = /** @type {const} */ ([
  ["Load", 0],
  ["Float32 stages", 0.05],
  ["Parity", 0.15],
  ["Calibrate", 0.25],
  ["Convert", 0.3],
  ["Each stage alone", 0.5],
  ["Search", 0.6],
  ["Tricks", 0.7],
  ["Trials", 0.8],
  ["Write", 0.9],
]);

/** @typedef {{title: string, state: "done" | "now" | "next"}} Phase */

/** @param {number | null} fraction @returns {Phase[]} */
export function phasesAt(fraction) {
  const now = fraction === null ? -1 : PHASES.findLastIndex(([, from]) => fraction >= from);
  return PHASES.map(([title], i) => ({ title, state: i < now ? "done" : i === now ? "now" : "next" }));
}

const LIGHTS = { fine: "ok", warning: "warn", open: "", blocked: "block" };

/** A checklist line's light. @param {string} state */
export function stepLight(state) {
  return LIGHTS[/** @type {keyof typeof LIGHTS} */ (state)] ?? "";
}

/** "ACT" @param {string} family */
export function familyWord(family) {
  return { act: "ACT", smolvla: "SmolVLA" }[family] ?? family;
}

/** "0.87 % at gripper" @param {number | null | undefined} value @param {string} unit @param {string} joint */
export function errorWords(value, unit, joint) {
  return typeof value === "number" ? `${formatNumber(value, 2, unit)}${joint && ` at ${joint.replaceAll("_", " ")}`}` : UNKNOWN;
}

/** Precisions in a text as words: "decoder products=int8_dynamic" is "decoder products int8 dynamic". @param {string} text */
export function mixWords(text) {
  return text.replaceAll(/\b(convolutions|products|head|tables|rest)=/g, "$1 ").replaceAll(/\bint8_(?=dynamic|static|all)/g, "int8 ");
}

/** Why it was chosen, joints by their names. @param {Report} report */
export function whyWords({ chosen, joints = [] }) {
  return joints.reduce((text, joint) => text.replaceAll(joint, joint.replaceAll("_", " ")), mixWords(chosen.why));
}

const LANES = { onnxruntime: "ONNX Runtime", openvino: "OpenVINO", litert: "LiteRT" };

/** "ONNX Runtime" @param {string} lane */
export function laneWord(lane) {
  return LANES[/** @type {keyof typeof LANES} */ (lane)] ?? lane;
}

/** A tolerance with its unit: degrees, of the gripper per cent. @param {number} within @param {string} [goal] */
export function toleranceWords(within, goal = "") {
  return `${within} deg${goal && `, the ${goal}`}`;
}

/** Milliseconds with the digits they deserve. @param {number | null | undefined} value */
export function formatMs(value) {
  return formatNumber(value, typeof value !== "number" || value >= 10 ? 0 : value >= 0.95 || value === 0 ? 1 : 2, "ms");
}

/**
 * What the device would take for float32, by the stated factor; "" without one. @param {Device} device @param {string} family
 * @param {Report} report
 */
export function deviceEstimate(device, family, report) {
  if (device.name === "here") return "";
  const times = device.fp32_times[family];
  const base = report.mixes.find(isFloat32);
  if (!times || !base) return `How long it takes on ${device.title} is not known: run its check there.`;
  const here = base.latency_ms.chunk[0];
  return `Float32 takes ${formatMs(here)} here; by the stated factor of ${times}, about ${formatMs(here * times)} on ${device.title}. The factor is for float32 on two x86-64 cores: what the chosen mix takes there is not known before its check runs on the device.`;
}

/** @param {Mix} mix */
export function isFloat32(mix) {
  const whole = !mix.steps && (mix.sight?.scale ?? 1) === 1 && !mix.sight?.without?.length;
  return whole && Object.values(mix.stages).every((stage) => stage.precision === "fp32" && stage.lane === "onnxruntime" && stage.every === 1);
}

/** @typedef {{name: string, x: number, y: number, chosen: boolean, front: boolean, within: boolean, float32: boolean}} Point */
/** @typedef {"time" | "size"} Against */

/** One point a measured mix: milliseconds or megabytes to the right, error upward. @param {Report} report @param {Against} against @returns {Point[]} */
export function points(report, against) {
  const x = (/** @type {Mix} */ mix) => (against === "time" ? mix.latency_ms.chunk[0] : mix.size / 1e6);
  const front = against === "time" ? report.pareto : smallest(report.mixes);
  return report.mixes.map((mix) => ({
    name: mix.name,
    x: x(mix),
    y: mix.worst_p95,
    chosen: mix.name === report.chosen.name,
    front: front.includes(mix.name),
    within: mix.worst_p95 <= report.within,
    float32: isFloat32(mix),
  }));
}

/** Names that no other mix beats in both size and error. @param {Mix[]} mixes */
function smallest(mixes) {
  let best = Infinity;
  const found = [];
  for (const mix of mixes.toSorted((a, b) => a.size - b.size || a.worst_p95 - b.worst_p95)) {
    if (mix.worst_p95 < best) {
      best = mix.worst_p95;
      found.push(mix.name);
    }
  }
  return found;
}

/** How high the picture goes: the tolerance well inside, and what is far beyond it stands at the edge. @param {readonly number[]} errors @param {number} within */
export function ceiling(errors, within) {
  const most = Math.max(...errors, within);
  return most <= within * 3 ? most * 1.15 : within * 3;
}

/** About `count` round numbers from 0 to `top`. @param {number} top @param {number} [count] */
export function ticks(top, count = 5) {
  if (!(top > 0)) return [0];
  const rough = top / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Rows of the sensitivity report: each stage alone, then float32 and the choice. @param {Report} report */
export function sensitivity(report) {
  const alone = report.mixes.filter((mix) => mix.alone);
  const order = (/** @type {Mix} */ mix) => Object.keys(mix.stages).indexOf(mix.alone);
  return alone
    .toSorted((a, b) => order(a) - order(b) || a.worst_p95 - b.worst_p95)
    .map((mix) => ({ stage: mix.alone, precision: mixWords(mix.stages[mix.alone].precision), lane: mix.stages[mix.alone].lane, every: mix.stages[mix.alone].every, mix }));
}

/** @typedef {import("./runs.js").Plot} Plot */

/** How the error grows along the chunk, and along the denoise steps where there are any. @param {Report} report @returns {Plot[]} */
export function errorPlots(report) {
  const alone = sensitivity(report).map(({ stage, precision, mix }) => ({ label: `${stage} ${precision}`, values: mix }));
  const lines = [{ label: "chosen mix", values: /** @type {Mix} */ (report.chosen) }, ...alone.toSorted((a, b) => b.values.worst_p95 - a.values.worst_p95).slice(0, 4)];
  const plot = (/** @type {string} */ title, /** @type {"along_chunk" | "along_steps"} */ key) => {
    const length = Math.max(0, ...lines.map((line) => line.values[key]?.length ?? 0));
    return {
      title,
      unit: "deg, mean of all joints",
      across: "action of the chunk",
      low: 0,
      steps: Array.from({ length }, (_, i) => i + 1),
      lines: lines.map((line, i) => ({ label: line.label, dash: i > 0, values: Array.from({ length }, (_, k) => line.values[key]?.[k] ?? null) })),
    };
  };
  return [plot("Error along the chunk", "along_chunk"), { ...plot("Error along the denoise steps", "along_steps"), unit: "normalised", across: "denoise step" }].filter((one) => one.steps.length > 1);
}

/** Two or more exports along the chunk. @param {Detail[]} details @returns {Plot[]} */
export function comparePlots(details) {
  const length = Math.max(0, ...details.map((one) => one.report.chosen?.along_chunk.length ?? 0));
  if (!length) return [];
  const lines = details.map((one) => ({ label: one.summary.name, values: Array.from({ length }, (_, i) => one.report.chosen?.along_chunk[i] ?? null) }));
  return [{ title: "Error along the chunk", unit: "deg, mean of all joints", across: "action of the chunk", low: 0, steps: Array.from({ length }, (_, i) => i + 1), lines }];
}

/** Whether exports were timed on one machine and measured on one dataset; what differs is said. @param {Detail[]} details */
export function comparable(details) {
  const same = (/** @type {"machine" | "dataset"} */ what) => new Set(details.map((one) => one.summary[what])).size <= 1;
  const times = same("machine");
  const errors = same("dataset");
  const found = [];
  if (!times) found.push("They were timed on different machines: their latencies do not compare.");
  if (!errors) found.push("They were measured on different datasets: their errors do not compare.");
  return { times, errors, words: found.join(" ") };
}

/** Which of a row's values is the least, where they can be told apart as they are written; -1 where none can be. @param {(number | null)[]} values @param {string[]} words */
export function leastOf(values, words) {
  const known = values.filter((value) => value !== null);
  const least = Math.min(...known);
  const mine = values.flatMap((value, i) => (value === least ? [i] : []));
  const told = known.length > 1 && mine.length === 1 && words.every((word, i) => i === mine[0] || word !== words[mine[0]]);
  return told ? mine[0] : -1;
}
