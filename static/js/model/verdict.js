// The verdict on the take that waits for a decision: a colour, a word, the reasons first.

/** @typedef {import("../core/messages.js").StudioState} StudioState */
/** @typedef {import("../core/messages.js").FindingState} FindingState */
/** @typedef {{colour: "green" | "amber" | "red" | "looking", word: string, first: string, more: string[], findings: FindingState[], advice: string}} Shown */

const WORDS = { green: "GOOD TAKE", amber: "LOOK AT IT", red: "BAD TAKE" };
const ADVICE = { green: "", amber: "Your decision: keep it, or record again.", red: "Better record it again. Your decision." };

/** @param {StudioState} state @returns {Shown | null} null while nothing waits for a decision */
export function verdictOf({ recorder, checks }) {
  if (recorder.phase !== "deciding" || !recorder.take) return null;
  const said = checks.verdict;
  if (!said || said.uuid !== recorder.take.uuid) {
    return { colour: "looking", word: "", first: "The checks look at the take.", more: [], findings: [], advice: "" };
  }
  const [first, ...more] = said.reasons;
  return {
    colour: said.colour,
    word: WORDS[said.colour],
    first: first ?? "Nothing found against it.",
    more,
    findings: said.findings,
    advice: ADVICE[said.colour],
  };
}

/** @param {FindingState["numbers"][number]} number "2.4 px" */
export function numberWords({ value, unit }) {
  const size = Math.abs(value);
  const text = Number.isInteger(value) ? String(value) : value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return unit ? `${text} ${unit}` : text;
}
