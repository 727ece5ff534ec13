// A policy on the arm, in words and buttons: what it does now, what may be done, what its figures mean.

import { formatCount, formatNumber, plural, UNKNOWN } from "./format.js";
import { refusal } from "./rights.js";

/** @typedef {import("./gate.js").View} View */
/** @typedef {import("../core/messages.js").StudioState} StudioState */
/** @typedef {import("../core/messages.js").PolicyState} PolicyState */
/** @typedef {import("../core/messages.js").LiveRunState} LiveRunState */
/** @typedef {import("../core/messages.js").FeasibilityState} FeasibilityState */
/** @typedef {import("./keys.js").Outcome} Outcome */
/** @typedef {"start" | "pause" | "resume" | "takeover" | "handback" | "finish" | "judge" | "drop" | "stop"} RunAction */
/**
 * @typedef {{place: "forward" | "back" | "side" | "pause", action: RunAction, outcome?: Outcome, label: string, keys: string[],
 *   tone: "go" | "plain" | "success" | "partial" | "failure", enabled: boolean, reason: string}} RunButton
 */

/** @param {LiveRunState | null | undefined} run @returns {run is LiveRunState} */
export function active(run) {
  return Boolean(run && run.phase !== "ended");
}

/** Whether a policy has the arm, so that whoever moves an input takes it over. @param {View} view */
export function policyHolds({ connected, state }) {
  return connected && active(state?.policy?.run) && Boolean(state?.lease.held && state.lease.rank === "program");
}

/** Whether the run is over and what was recorded of it waits for its word. @param {LiveRunState | null | undefined} run */
export function undecided(run) {
  return Boolean(run && run.phase === "ended" && run.take);
}

const WORDS = /** @type {const} */ ({
  waiting: ["RUNNING", "It looks for the first time"],
  entering: ["RUNNING", "The arm is led in gently"],
  executing: ["RUNNING", ""],
  starved: ["STARVED", "Nothing is queued"],
  retreating: ["RETREATS", "It goes back the way it came"],
  paused: ["PAUSED", "The arm holds"],
  held: ["HELD", "The arm holds"],
});

/**
 * The banner's words of a run, null while none is active. @param {StudioState} state
 * @returns {{kind: "ready" | "paused", word: string, detail: string} | null}
 */
export function runWord(state) {
  const run = state.policy?.run;
  if (!active(run)) return null;
  const emulated = run.emulated ? ` EMULATED: ${emulatedWords(run.emulated)}.` : "";
  if (run.phase === "taken_over") return { kind: "paused", word: "TAKEN OVER", detail: `${run.taken_over_by || "A person"} has the arm.${emulated}` };
  const [word, usual] = WORDS[/** @type {keyof typeof WORDS} */ (run.phase)] ?? ["RUNNING", ""];
  const calm = word === "RUNNING";
  const said = run.reason || usual || `${run.policy.replace(/^exports\//, "")}, ${run.strategy.split(",")[0].replaceAll("_", " ")}`;
  const first = said.split(/(?<=[a-z)])\. /)[0]; // the whole of it stands beside the figures
  return { kind: calm ? "ready" : "paused", word, detail: `${first.replace(/\.$/, "")}.${emulated}` };
}

/** "2.86 s a look (ACT on i.MX 95)", the sign beside it says that it is emulated. @param {string} text */
export function emulatedWords(text) {
  return text.replace(/,? ?\bemulated\b/, "");
}

/** Who it is, without the tab. @param {string} by */
export function byWords(by) {
  return by.replace(/ \(tab-[^)]*\)$/, "");
}

/**
 * The buttons of the bar, in reading order. @param {View} view @param {boolean} yes whether red was accepted @returns {RunButton[]}
 */
export function runButtons(view, yes) {
  const refused = refusal(view.state, "drive").replace(/\.$/, "");
  return offered(view, yes).map((one) => (refused ? { ...one, enabled: false, reason: refused } : one));
}

/** @param {View} view @param {boolean} yes @returns {RunButton[]} */
function offered(view, yes) {
  const policy = view.state?.policy;
  const run = policy?.run;
  if (!view.connected || !policy) return [make("forward", "start", "Start", ["Space"], "go", "No connection to the studio")];
  if (undecided(run)) return [...judging("judge"), make("side", "drop", "Discard it", ["Del"])];
  if (!active(run)) return [make("forward", "start", "Start", ["Space"], "go", startReason(policy, yes))];
  const mine = Boolean(view.state?.lease.mine);
  const over = run.phase === "taken_over";
  const still = run.phase === "paused" || run.phase === "held" || run.phase === "starved";
  const others = over && !mine && view.state?.lease.held ? `${run.taken_over_by || "Somebody"} has the arm` : "";
  return [
    ...judging("finish"),
    over ? make("back", "handback", "Hand back", ["T"], "go", others) : make("back", "takeover", "Take over", ["T"], "go"),
    over ? make("pause", "pause", "Pause", ["Space"], "plain", "A person has the arm") : still ? make("pause", "resume", "Go on", ["Space"]) : make("pause", "pause", "Pause", ["Space"]),
    make("side", "stop", "Stop it", ["Del"]),
  ];
}

/** @param {"finish" | "judge"} action while it runs, or once it was stopped @returns {RunButton[]} */
function judging(action) {
  return [
    make("forward", action, "Success", ["S"], "success", "", "success"),
    make("forward", action, "Partial", ["P"], "partial", "", "partial"),
    make("forward", action, "Failure", ["F"], "failure", "", "failure"),
  ];
}

/** Why nothing can be started, "" when it can. @param {PolicyState} policy @param {boolean} yes */
export function startReason(policy, yes) {
  if (policy.start_blocked) return policy.start_blocked.replace(/\.$/, "");
  if (policy.feasibility?.colour === "red" && !yes) return "Too slow as it is: say yes to that first";
  return "";
}

/**
 * The banner where policies are run: what the key would do there is to start the policy, or not yet.
 * @param {import("./banner.js").Banner} now @param {PolicyState | undefined} policy @param {boolean} yes
 * @returns {import("./banner.js").Banner}
 */
export function runBanner(now, policy, yes) {
  if (!["ready", "saved"].includes(now.kind) || !policy || active(policy.run)) return now;
  const reason = startReason(policy, yes);
  return { ...now, detail: now.kind === "saved" ? now.detail : reason, next: reason ? "" : "[Space] starts the policy" };
}

/**
 * What a recording key means here; null where it means nothing. @param {import("./keys.js").Press} press @param {View} view
 * @param {boolean} yes @returns {RunButton | null}
 */
export function runPress(press, view, yes) {
  const buttons = runButtons(view, yes);
  const key = { advance: "Space", pause: "Space", control: "T", discard: "Del" }[/** @type {string} */ (press.action)] ?? (press.action === "save" ? { success: "S", partial: "P", failure: "F" }[press.outcome ?? "success"] : "");
  return buttons.find((one) => key && one.keys.includes(key)) ?? null;
}

/** @param {RunButton["place"]} place @param {RunAction} action @param {string} label @param {string[]} keys @param {RunButton["tone"]} [tone] @param {string} [reason] @param {Outcome} [outcome] @returns {RunButton} */
function make(place, action, label, keys, tone = "plain", reason = "", outcome) {
  return { place, action, outcome, label, keys, tone, enabled: !reason, reason };
}

/** @typedef {{label: string, from: number, to: number, kind: "chunk" | "left" | "p50" | "p95"}} Span */

/**
 * The picture of feasibility, in seconds: how long a chunk lasts, what of it is left when the next look begins, how long a look takes.
 * @param {FeasibilityState} found @param {number} threshold @param {string} mode @returns {Span[]}
 */
export function spans(found, threshold, mode) {
  const share = mode === "synchronous" ? 0 : mode === "ensembling" ? 1 : threshold;
  const all = [{ label: `a chunk lasts ${seconds(found.execute_s)}`, from: 0, to: found.execute_s, kind: /** @type {const} */ ("chunk") }];
  const left = share ? [{ label: `${seconds(found.execute_s * share)} of it are queued when the next look begins`, from: 0, to: found.execute_s * share, kind: /** @type {const} */ ("left") }] : [];
  const looks = found.p95_s === null || found.p50_s === null ? [] : [
    { label: `a look takes ${seconds(found.p95_s)} (p95), ${seconds(found.p50_s)} (p50)`, from: 0, to: found.p95_s, kind: /** @type {const} */ ("p95") },
    { label: "", from: 0, to: found.p50_s, kind: /** @type {const} */ ("p50") },
  ];
  return [...all, ...left, ...looks];
}

/** @param {number | null | undefined} value */
export function seconds(value) {
  if (typeof value !== "number") return UNKNOWN;
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(2)} s`;
}

/** @param {number | null} value in Hz, "no limit" where it is none */
function rate(value) {
  return value === null || !Number.isFinite(value) ? UNKNOWN : `${value < 100 ? value.toFixed(1) : formatCount(value)} Hz`;
}

/** @param {FeasibilityState} found @returns {[string, string][]} */
export function feasibilityFigures(found) {
  return [
    ["Delay", found.delay_steps === null ? UNKNOWN : plural(found.delay_steps, "step")],
    ["Least safe threshold", found.smallest_threshold === null ? "none" : found.smallest_threshold.toFixed(2)],
    ["Highest rate", rate(found.highest_hz)],
    ["Runs at", rate(found.rate_hz)],
  ];
}

const COLOURS = /** @type {const} */ ({
  green: { word: "Fast enough", level: "ok" },
  amber: { word: "Little reserve", level: "warn" },
  red: { word: "Too slow", level: "block" },
});

/** @param {FeasibilityState | null} found */
export function colourSign(found) {
  return found?.measured ? COLOURS[found.colour] : { word: "Not measured yet", level: "" };
}

/** @typedef {{label: string, value: string, note: string, warn: boolean}} Figure */

/** What a run does, as figures with their units. @param {LiveRunState} run @returns {Figure[]} */
export function runFigures(run) {
  const f = run.figures;
  const s = f.smoothness;
  const pair = (/** @type {number | null} */ a, /** @type {number | null} */ b) => `${formatNumber(a, 1)} / ${formatNumber(b, 1)}`;
  const whole = (/** @type {number | null} */ a, /** @type {number | null} */ b) => `${formatNumber(a, 0)} / ${formatNumber(b, 0)}`;
  const low = f.horizon > 0 && f.queue === 0 && run.phase === "starved";
  return [
    { label: "Queue", value: `${f.queue} of ${f.horizon}`, note: "actions left", warn: low },
    { label: "Observation's age", value: whole(f.age_p50_ms, f.age_p95_ms), note: "ms when executed, p50 / p95", warn: false },
    { label: "Policy rate", value: formatNumber(f.policy_hz, 1, "Hz"), note: "looks, wanted 2 to 10", warn: outside(f.policy_hz, 2, 10) },
    { label: "Control rate", value: formatNumber(f.control_hz, 0, "Hz"), note: "wanted 50 to 200", warn: outside(f.control_hz, 50, 200) },
    { label: "Looks", value: String(f.looks), note: f.refused ? `${f.refused} refused` : "replans", warn: f.refused > 0 },
    { label: "Starved", value: `${f.starved_ticks} ticks`, note: `longest ${formatNumber(f.longest_stall_s, 2, "s")}`, warn: f.starved_ticks > 0 },
    { label: "Overlap dropped", value: `${f.late_rows} rows`, note: "came after their steps", warn: false },
    { label: "Steps at seams", value: pair(s.seam_p95, s.inside_p95), note: "at seams / inside, p95, units", warn: s.seam_p95 !== null && s.inside_p95 !== null && s.seam_p95 > 2 * s.inside_p95 },
    { label: "Jerk", value: s.jerk === null ? UNKNOWN : Math.round(s.jerk).toLocaleString("en"), note: "units/s³", warn: false },
  ];
}

/** @param {number | null} value @param {number} low @param {number} high */
function outside(value, low, high) {
  return value !== null && (value < low || value > high);
}
