// The row of lights: what the studio needs and what the checks see, one light a thing, the worse of both.

/** @typedef {import("../core/messages.js").StudioState} StudioState */
/** @typedef {import("../core/messages.js").LightState} LightState */
/** @typedef {import("../core/messages.js").FindingState} FindingState */
/** @typedef {"ok" | "unsure" | "warn" | "block"} Level */
/** @typedef {{key: string, label: string, level: Level, text: string, todo: string, snoozed: number, findings: FindingState[]}} Cell */

/** @type {Record<string, Level>} */
const LEVEL = { ok: "ok", unsure: "unsure", warn: "warn", fail: "block", block: "block" };
const BADNESS = { ok: 0, unsure: 1, warn: 2, block: 3 };
/** A light is read by shape and letter before colour. */
export const GLYPH = { ok: "✓", unsure: "?", warn: "!", block: "✕" };
export const WORD = { ok: "in order", unsure: "cannot be judged", warn: "warning", block: "stops Start" };
/** Which lights stand before and after the checks' own. */
const FIRST = ["arm", "input"];
const SEEN = ["light", "table", "object", "start_pose", "calibration"];
const LAST = ["disk", "writer", "checklist"];

/**
 * Always in the same order, so that a light is found at its place. While a take is under way, table, object and arm are
 * as it left them, and their lights rest where they were.
 * @param {StudioState} state @param {Cell[]} [before] what was shown last @returns {Cell[]}
 */
export function cells(state, before = []) {
  // Without a plan nothing is compared: what could not be judged is no news.
  const checks = state.checks.lights.map(ofCheck).filter((cell) => state.guidance.plan || cell.level !== "unsure");
  const seen = new Set(checks.map((cell) => cell.key));
  // The checks' own line says what their lights say, once there are lights.
  const ready = state.ready.filter((item) => item.key !== "checks" || !checks.length).map(ofReady);
  const alone = ready.filter((cell) => !seen.has(cell.key));
  const both = checks.map((cell) => worse(cell, ready.find((one) => one.key === cell.key)));
  const resting = state.recorder.phase === "idle" ? [] : before.filter(({ key }) => SEEN.includes(key) && !seen.has(key)).map(rest);
  const all = [...alone, ...both, ...resting, ...checklist(state)];
  return all.map((cell, i) => ({ cell, i })).sort((a, b) => rank(a.cell) - rank(b.cell) || a.i - b.i).map(({ cell }) => cell);
}

/** @param {Cell} cell */
function rank({ key }) {
  if (FIRST.includes(key)) return FIRST.indexOf(key);
  if (LAST.includes(key)) return 100 + LAST.indexOf(key);
  return key.startsWith("camera") ? 10 : 20 + SEEN.indexOf(key);
}

/** @param {Cell} cell @returns {Cell} */
function rest(cell) {
  return { ...cell, level: "unsure", text: "rests", todo: "It is looked at again between takes.", snoozed: 0, findings: [] };
}

/** @param {Cell[]} all @returns {Cell | null} the light to look at first; null when all is in order */
export function worstOf(all) {
  const bad = all.filter((cell) => cell.level !== "ok");
  return bad.sort((a, b) => BADNESS[b.level] - BADNESS[a.level])[0] ?? null;
}

/** @param {LightState} light @returns {Cell} */
function ofCheck({ key, label, level, text, todo, snoozed, findings }) {
  return { key, label: short(label), level: LEVEL[level], text, todo, snoozed, findings };
}

/** @param {StudioState["ready"][number]} item @returns {Cell} */
function ofReady({ key, label, level, text, todo }) {
  return { key, label: short(label), level: LEVEL[level], text, todo, snoozed: 0, findings: [] };
}

/** "Camera gripper" is "Gripper" in a narrow row, where its rate says that it is a camera. @param {string} label */
function short(label) {
  const camera = /^Camera (.+)$/.exec(label)?.[1];
  if (camera) return camera.charAt(0).toUpperCase() + camera.slice(1);
  return label === "Start pose" ? "Pose" : label;
}

/** @param {Cell} cell @param {Cell | undefined} other @returns {Cell} */
function worse(cell, other) {
  if (!other) return cell;
  // In order, the readiness line is the shorter one: "30 fps".
  if (BADNESS[other.level] > BADNESS[cell.level] || (cell.level === "ok" && other.level === "ok")) {
    return { ...cell, level: other.level, text: other.text, todo: other.todo };
  }
  return cell;
}

/** The session's checklist is a light too: a person answers it. @param {StudioState} state @returns {Cell[]} */
function checklist({ guidance }) {
  if (!guidance.plan || !guidance.checklist.length) return [];
  const open = guidance.checklist.filter((item) => item.answer === null).length;
  const wrong = guidance.checklist.filter((item) => item.answer === false);
  const text = open ? `${open} of ${guidance.checklist.length} open` : wrong.length ? `not so: ${wrong[0].text}` : "answered";
  const todo = open ? "Answer it once in this session." : wrong.length ? "Mend it, then answer again." : "";
  return [{ key: "checklist", label: "Checklist", level: open || wrong.length ? "warn" : "ok", text, todo, snoozed: 0, findings: [] }];
}

/**
 * The short words of a light: a sentence is for whoever asks.
 * @param {Cell} cell
 */
export function shortText({ level, text, snoozed }) {
  if (snoozed && level === "ok") return `${snoozed} snoozed`;
  if (level === "ok") return text.length > 22 ? "in order" : text;
  return text;
}
