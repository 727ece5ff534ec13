// What a reviewer says and how the keys say it. Nothing here touches the page.

/**
 * @typedef {"none" | "accepted" | "rejected"} Verdict
 * @typedef {import("./bands.js").Band} Band
 * @typedef {{verdict: Verdict, reason: string, rating: number, comment: string, spans: Band[] | null,
 *   trim: [number, number] | null, reviewer: string, at: string, disputed: boolean}} Standing
 * @typedef {{id: string, verdict: Verdict, reason: string, rating: number, comment: string, spans: Band[] | null,
 *   trim: [number, number] | null, reviewer: string, at: string, taken_back: boolean}} Opinion
 * @typedef {{key: string, standing: Standing, opinions: Opinion[], checks_level: string, checks: string[]}} Reviews
 * @typedef {{index: number, key: string, verdict: Verdict, disputed: boolean, rating: number, checks_level: string,
 *   checks: string[], cluster: string, kind: string, outcome: string, operator: string, unlike?: string[]}} Entry
 * @typedef {{order: string, total: number, counts: Record<Verdict, number>, entries: Entry[]}} Queue
 */

/** Common reasons, by number key. */
export const REASONS = [
  "Object slipped or fell",
  "Missed the goal",
  "Hit or pushed something",
  "Camera blocked or blurred",
  "Wrong object or placement",
  "Detour or hesitation",
  "Cut off too early",
  "Checks failed",
];

export const ORDERS = /** @type {const} */ ({
  unreviewed: "Unreviewed first",
  worst: "Worst checks first",
  outliers: "Unlike the others first",
  second: "Second look: a random sample",
  recorded: "As recorded",
});

/**
 * @typedef {{act: "accept" | "reject" | "comment" | "undo" | "play" | "loop" | "band" | "in" | "out" | "view" | "escape" | "text"}
 *   | {act: "rate", rating: number} | {act: "reason", reason: string} | {act: "go", by: 1 | -1}
 *   | {act: "step", frames: number} | {act: "end", to: "first" | "last"} | {act: "speed", by: 1 | -1}} Press
 */

/** @type {Record<string, Press>} */
const KEYS = {
  a: { act: "accept" },
  x: { act: "reject" },
  c: { act: "comment" },
  u: { act: "undo" },
  j: { act: "go", by: 1 },
  n: { act: "go", by: 1 },
  k: { act: "go", by: -1 },
  p: { act: "go", by: -1 },
  " ": { act: "play" },
  l: { act: "loop" },
  r: { act: "band" },
  i: { act: "in" },
  o: { act: "out" },
  v: { act: "view" },
  escape: { act: "escape" },
  home: { act: "end", to: "first" },
  end: { act: "end", to: "last" },
  "-": { act: "speed", by: -1 },
  "+": { act: "speed", by: 1 },
  "=": { act: "speed", by: 1 },
};

/**
 * @param {{key: string, shiftKey: boolean, ctrlKey: boolean, metaKey: boolean, altKey: boolean, typing: boolean, repeat: boolean}} event
 * @param {boolean} rejecting the reasons are open: numbers choose one
 * @returns {Press | null}
 */
export function pressOf(event, rejecting) {
  if (event.typing || event.ctrlKey || event.metaKey || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "arrowright" || key === "arrowleft") {
    const frames = event.shiftKey ? 10 : 1;
    return { act: "step", frames: key === "arrowright" ? frames : -frames };
  }
  if (event.repeat && !["j", "k", "n", "p"].includes(key)) return null;
  const number = /^[1-9]$/.test(key) ? Number(key) : 0;
  if (rejecting) {
    if (number && number <= REASONS.length) return { act: "reason", reason: REASONS[number - 1] };
    if (key === "t" || key === "0") return { act: "text" };
    if (key === "x") return { act: "reason", reason: "" };
  } else if (number && number <= 5) return { act: "rate", rating: number };
  return KEYS[key] ?? null;
}

/**
 * The episode after (before) `index` in the queue; from one that is not in it, its first.
 * @param {readonly Entry[]} entries @param {number} index @param {1 | -1} by @returns {Entry | null} null at the end
 */
export function neighbour(entries, index, by) {
  const at = entries.findIndex((entry) => entry.index === index);
  return (at < 0 ? entries[0] : entries[at + by]) ?? null;
}

/**
 * The queue of episodes unlike the others, the most unlike first, each with its reasons.
 * @param {readonly Entry[]} entries @param {readonly {index: number, reasons: string[]}[]} outliers @returns {Entry[]}
 */
export function unlikeFirst(entries, outliers) {
  const by_index = new Map(entries.map((entry) => [entry.index, entry]));
  return outliers.flatMap(({ index, reasons }) => {
    const entry = by_index.get(index);
    return entry ? [{ ...entry, unlike: reasons }] : [];
  });
}

/** How far a reviewer is. @param {readonly Entry[]} entries */
export function progress(entries) {
  const count = (/** @type {Verdict} */ verdict) => entries.filter((entry) => entry.verdict === verdict).length;
  return { accepted: count("accepted"), rejected: count("rejected"), left: count("none"), total: entries.length };
}

/** @param {Verdict} verdict */
export function verdictWords(verdict) {
  return { none: "Not reviewed", accepted: "Accepted", rejected: "Rejected" }[verdict];
}

/** What one opinion says, as a list of words. @param {Opinion} opinion @param {number} fps */
export function opinionWords(opinion, fps) {
  const seconds = (/** @type {number} */ frame) => `${(frame / fps).toFixed(2)} s`;
  const words = [];
  if (opinion.verdict !== "none") words.push(verdictWords(opinion.verdict) + (opinion.reason ? `: ${opinion.reason}` : ""));
  if (opinion.rating) words.push(`${opinion.rating} of 5`);
  if (opinion.comment) words.push(`“${opinion.comment}”`);
  if (opinion.spans) words.push(opinion.spans.length ? `recovery ${opinion.spans.map(([from, to]) => `${seconds(from)} to ${seconds(to)}`).join(", ")}` : "no recovery");
  if (opinion.trim) words.push(`keep ${seconds(opinion.trim[0])} to ${seconds(opinion.trim[1])}`);
  return words.join(" · ");
}

/** What U takes back on this episode when nothing was said since the page was opened. @param {readonly Opinion[]} opinions @param {string} reviewer */
export function lastOwn(opinions, reviewer) {
  return [...opinions].reverse().find((opinion) => !opinion.taken_back && opinion.reviewer === reviewer) ?? null;
}

/** Seconds to keep by I and O: in before out, a frame at least. @param {[number, number] | null} trim @param {"in" | "out"} end @param {number} frame @param {number} rows @returns {[number, number]} */
export function trimmed(trim, end, frame, rows) {
  const [from, to] = trim ?? [0, rows];
  return end === "in" ? [Math.min(frame, to - 1), to] : [from, Math.max(from + 1, frame + 1)];
}

/** Where this cell wanted the object and where it lay. @param {Record<string, string | number | null>} facts */
export function placementWords(facts) {
  const at = (/** @type {string} */ name) => {
    const [x, y] = [facts[`${name}_x_cm`], facts[`${name}_y_cm`]];
    return typeof x === "number" && typeof y === "number" ? { x, y } : null;
  };
  const target = at("target");
  const placed = at("placed");
  const where = (/** @type {{x: number, y: number}} */ point) => `${point.x.toFixed(1)}, ${point.y.toFixed(1)} cm`;
  return {
    target: target ? where(target) : "unknown",
    placed: placed ? where(placed) : "unknown",
    off: target && placed ? `${Math.hypot(target.x - placed.x, target.y - placed.y).toFixed(1)} cm off` : "",
  };
}
