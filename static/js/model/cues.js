// What is heard when something changes: a sound at once, and words for whoever wants them spoken.

import { guideLine } from "./guideline.js";

/** @typedef {import("../core/messages.js").StudioState} StudioState */
/** @typedef {"in_place" | "check" | "verdict_green" | "verdict_amber" | "verdict_red"} Cue */
/** @typedef {{cue: Cue | null, say: string}} Heard */
/** @typedef {{target: string, state: string, blocked: string, verdict: string, phase: string}} Known */

const VERDICT = { green: "Good take", amber: "Look at it", red: "Bad take" };

/** What of a state can be heard. @param {StudioState} state @returns {Known} */
export function known({ guidance, checks, recorder }) {
  const { target } = guidance;
  const said = recorder.phase === "deciding" && checks.verdict && checks.verdict.uuid === recorder.take?.uuid ? checks.verdict : null;
  return {
    target: target?.key ?? "",
    state: target ? `${target.state}${target.word_given ? " by word" : ""}` : "",
    blocked: guidance.plan ? checks.blocked : "",
    verdict: said ? `${said.uuid} ${said.colour}` : "",
    phase: recorder.phase,
  };
}

/**
 * @param {Known | null} before null: nothing was known, so nothing is news @param {StudioState} state
 * @returns {Heard | null}
 */
export function heard(before, state) {
  const now = known(state);
  if (!before) return null;
  if (now.verdict && now.verdict !== before.verdict) return verdict(state);
  if (now.phase !== "idle") return null;
  if (now.blocked && now.blocked !== before.blocked) return { cue: "check", say: now.blocked };
  const line = guideLine({ connected: true, state });
  if (now.target && now.target !== before.target) return { cue: null, say: spoken(line) };
  if (now.state.startsWith("in_place") && !before.state.startsWith("in_place")) return { cue: "in_place", say: "In place" };
  if (now.state !== before.state && now.state === "unseen") return { cue: null, say: spoken(line) };
  // Back on the page after a take: what comes next is said once.
  if (before.phase !== "idle" && now.target) return { cue: null, say: spoken(line) };
  return null;
}

/** @param {StudioState} state @returns {Heard | null} */
function verdict({ checks }) {
  const said = checks.verdict;
  if (!said) return null;
  return { cue: /** @type {Cue} */ (`verdict_${said.colour}`), say: [VERDICT[said.colour], said.reasons[0]].filter(Boolean).join(". ") };
}

/** @param {import("./guideline.js").Line} line */
function spoken({ text, detail }) {
  return [detail, text].filter(Boolean).join(". ").replace(/\.\./g, ".").replace(/\[[^\]]*\] ?/g, "");
}
