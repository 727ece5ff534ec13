// What the banner says: one word readable from three metres, one line of detail, the next key.

import { formatSeconds, repeatedRows, UNKNOWN } from "./format.js";
import { runWord } from "./policyrun.js";

/** @typedef {import("./gate.js").View} View */
/**
 * @typedef {"offline" | "fault" | "stopped" | "saving" | "deciding" | "paused" | "recording" | "countdown"
 *   | "not-ready" | "saved" | "ready" | "practice"} Kind
 */
/** @typedef {{kind: Kind, word: string, detail: string, next: string, timer: string | null, doubtful: boolean}} Banner */

/** @param {View} view @returns {Banner} */
export function banner(view) {
  const { connected, state } = view;
  if (!connected || !state) return say("offline", state ? "OFFLINE" : "CONNECTING", "No connection to the studio.", "");
  const { recorder, rig } = state;
  if (recorder.phase === "idle") {
    return idle(state);
  }
  const take = recorder.take;
  const timer = recorder.phase === "countdown" ? countdown(recorder.countdown_s) : takeTimer(take?.elapsed_s ?? null);
  const held = rig.phase === "stopped" ? "Arm stopped" : "";
  switch (recorder.phase) {
    case "countdown":
      return say("countdown", "COUNTDOWN", "", "[Esc] cancels", timer);
    case "recording": {
      const word = recorder.practice ? "PRACTICE" : "RECORDING";
      const doubt = state.checks.during.find((finding) => finding.level === "warn")?.text ?? "";
      const detail = held || runWord(state)?.detail || (take?.recovery_open ? "Recovery marked" : doubt || `Limit ${formatSeconds(recorder.max_take_s)}`);
      return say(recorder.practice ? "practice" : "recording", word, detail, "[S] saves", timer);
    }
    case "paused":
      return say("paused", "PAUSED", held || "Not recording", "[Space] resumes", timer);
    case "deciding":
      return say("deciding", "DECIDE", recorder.fault || "Label it:", "[S] [P] [F]", timer);
    default:
      return say("saving", "SAVING", "Checking the files", "", timer);
  }
}

/** @param {import("../core/messages.js").StudioState} state @returns {Banner} */
function idle(state) {
  const { recorder, rig, guidance } = state;
  if (rig.phase === "stopped") {
    const by = rig.stopped_by ? `Stopped by ${rig.stopped_by}.` : "Emergency stop.";
    return say("stopped", "STOPPED", by, "");
  }
  if (rig.phase === "faulted") return say("fault", "FAULT", rig.reason || "The arm has a fault.", "");
  if (recorder.fault) return say("fault", "FAULT", recorder.fault, "");
  const run = runWord(state);
  if (run) return say(run.kind, run.word, run.detail, "", takeTimer(state.policy.run?.elapsed_s ?? null));
  if (recorder.start_blocked) return say("not-ready", "NOT READY", recorder.start_blocked, "");
  const saved = recorder.last_saved;
  if (saved) return { ...say("saved", "SAVED", receipt(saved), guidance.target ? toStart(guidance) : "[Space] starts the next take"), doubtful: tooManyRepeated(saved) };
  return say("ready", "READY", recorder.practice ? "Practice: nothing will be kept." : "", toStart(guidance));
}

/** The key that starts, and what comes before it. @param {import("../core/messages.js").GuidanceState} guidance */
function toStart({ target, plan }) {
  if (!target || target.state === "in_place") return "[Space] starts";
  return target.kind === "recovery" ? "Arrange the start, then [Space]" : `Place the ${plan?.object_name ?? "object"}, then [Space]`;
}

/**
 * The receipt of a save, as decision 6 of the screens words it.
 * @param {import("../core/messages.js").SavedState} saved
 */
export function receipt(saved) {
  const outcome = saved.outcome ? `, ${saved.outcome}` : "";
  const advice = tooManyRepeated(saved) ? ", check the cameras" : "";
  return (
    `Episode ${saved.episode_index + 1}, ${formatSeconds(saved.duration_s)}, ` +
    `${repeatedRows(saved.repeated, saved.rows)}${advice}${outcome}`
  );
}

/** Beyond this share of rows a camera was late too often for good data. */
const REPEATED_SHARE = 0.02;

/** @param {{repeated: number, rows: number}} saved */
function tooManyRepeated({ repeated, rows }) {
  return repeated > REPEATED_SHARE * rows;
}

/** @param {number | null} seconds */
function countdown(seconds) {
  return seconds === null ? "-" : String(Math.max(1, Math.ceil(seconds)));
}

/** @param {number | null} seconds minutes:seconds.tenths */
export function takeTimer(seconds) {
  if (seconds === null) return "-";
  const tenths = Math.floor(seconds * 10 + 1e-6);
  const rest = tenths % 600;
  return `${Math.floor(tenths / 600)}:${String(Math.floor(rest / 10)).padStart(2, "0")}.${rest % 10}`;
}

/**
 * @param {Kind} kind @param {string} word @param {string} detail @param {string} next
 * @param {string | null} timer @returns {Banner}
 */
function say(kind, word, detail, next, timer = null) {
  return { kind, word, detail, next, timer, doubtful: false };
}

/** Splits "[Space] starts" into keycaps and text. @param {string} text */
export function keyParts(text) {
  return text
    .split(/(\[[^\]]+\])/)
    .filter(Boolean)
    .map((part) => (part.startsWith("[") ? { key: part.slice(1, -1), text: "" } : { key: "", text: part }));
}

/**
 * What the banner counts: the plan's episodes where there is one, else what is saved.
 * @param {import("../core/messages.js").StudioState | null} state @returns {{text: string, label: string}}
 */
export function counted(state) {
  if (!state) return { text: UNKNOWN, label: "saved" };
  const { recorder, guidance } = state;
  const saved = recorder.saved_episodes;
  if (!guidance.progress) {
    const planned = recorder.planned_episodes;
    return { text: planned === null ? String(saved) : `${saved} / ${planned}`, label: `saved, next is episode ${saved + 1}` };
  }
  const { done, planned } = guidance.progress;
  return { text: `${done} / ${planned}`, label: `of the plan, ${saved} saved` };
}
