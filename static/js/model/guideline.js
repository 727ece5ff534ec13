// The one line over the picture: what to do now, big enough for three metres.

import { hasRecovery } from "./cause.js";
import { verdictOf } from "./verdict.js";

/** @typedef {import("../core/messages.js").StudioState} StudioState */
/**
 * @typedef {"none" | "place" | "in_place" | "unsure" | "word" | "arrange" | "recovering" | "trouble" | "homing"
 *   | "green" | "amber" | "red" | "looking"} Tone
 * @typedef {{tone: Tone, head: string, text: string, detail: string, word: "" | "give" | "take_back", hold: number | null, start: string}} Line
 * `head`: the verdict in two words; `word`: whether the operator's word is asked for here; `hold`: the hands-free ring; `start`: the start state to draw
 */

/** @type {Line} */
const NOTHING = { tone: "none", head: "", text: "", detail: "", word: "", hold: null, start: "" };

/** @param {{connected: boolean, state: StudioState | null}} view @returns {Line} */
export function guideLine({ connected, state }) {
  if (!connected || !state) return NOTHING;
  switch (state.recorder.phase) {
    case "recording":
    case "paused":
      return underWay(state);
    case "deciding":
      return verdictLine(state);
    case "saving":
      return NOTHING;
    default:
      return targetLine(state);
  }
}

/** Silent but for what must be known now: the picture belongs to driving. @param {StudioState} state @returns {Line} */
function underWay({ recorder, checks }) {
  const trouble = checks.during.find((finding) => finding.level === "fail");
  if (trouble) return { ...NOTHING, tone: "trouble", text: trouble.text, detail: trouble.todo };
  if (recorder.take?.recovery_open) return { ...NOTHING, tone: "recovering", text: "Recovery is being marked", detail: "[V] ends it" };
  return NOTHING;
}

/** @param {StudioState} state @returns {Line} */
function verdictLine(state) {
  const said = verdictOf(state);
  if (!said) return NOTHING;
  return { ...NOTHING, tone: said.colour, head: said.colour === "looking" ? "" : said.word, text: said.first, detail: said.advice || (hasRecovery(state) ? "" : "[S] saves") };
}

/** @param {StudioState} state @returns {Line} */
function targetLine({ guidance, recorder, rig }) {
  const { target } = guidance;
  if (!target) return guidance.plan && guidance.off ? { ...NOTHING, tone: "in_place", text: guidance.off, detail: "" } : NOTHING;
  const recovery = target.kind === "recovery";
  const detail = `${recorder.practice ? "Practice, nothing is recorded. " : ""}${request(target)}`;
  const hold = guidance.hands_free ? guidance.hold : null;
  /** @type {Line} */
  const line = { tone: "place", head: "", text: sentence(target.instruction), detail, word: "", hold, start: recovery ? target.start : "" };
  if (guidance.homing && target.state !== "in_place") return { ...line, detail: `The arm drives home. ${detail}` };
  if (target.state === "in_place") {
    const by = target.word_given ? " by your word" : target.placed_source === "simulator" ? " by the simulator's word" : "";
    const text = recovery ? `Arranged${by}` : `In place${by}`;
    return { ...line, tone: target.word_given ? "word" : "in_place", text, word: target.word_given ? "take_back" : "" };
  }
  if (recovery) return { ...line, tone: "arrange", text: causeOf(target), word: "give" };
  if (target.state === "unseen") return unseen(line, target, rig.simulated);
  return line;
}

/** Vision abstains, says why, and asks for the operator's word. @param {Line} line @param {import("../core/messages.js").TargetState} target @param {boolean} simulated @returns {Line} */
function unseen(line, target, simulated) {
  const rest = target.reason && target.instruction.startsWith(target.reason) ? target.instruction.slice(target.reason.length) : target.instruction;
  const why = target.reason ? `The camera is unsure: ${lower(target.reason)}` : "The camera does not look yet.";
  return { ...line, tone: "unsure", text: sentence(rest), detail: simulated ? why : `${why} ${line.detail}`, word: "give" };
}

/** @param {import("../core/messages.js").TargetState} target "Cluster 5, position 3" */
function request(target) {
  const held = target.held_out ? ", held out" : "";
  return `${target.kind === "recovery" ? "Recovery in cluster" : "Cluster"} ${target.cluster}, position ${target.position + 1}${held}`;
}

/** @param {import("../core/messages.js").TargetState} target */
function causeOf(target) {
  return sentence(target.instruction || target.cause);
}

/** @param {string} text its first letter large, without its last full stop */
export function sentence(text) {
  const trimmed = text.trim().replace(/\.$/, "");
  return trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
}

/** @param {string} text */
function lower(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
