// The session's checklist: one line at a time, answered by one key.

/** @typedef {import("../core/messages.js").StudioState} StudioState */
/** @typedef {import("../core/messages.js").ChecklistState} Item */

/** Whether the first Start of a session asks it: with a plan, when something is open, and nobody put it off. @param {StudioState} state @param {boolean} put_off */
export function isDue({ guidance, recorder }, put_off) {
  return !put_off && Boolean(guidance.plan) && !recorder.practice && guidance.checklist.some((item) => item.answer === null);
}

/** @param {Item[]} items @returns {number} the line that is asked now; items.length when all are answered */
export function current(items) {
  const open = items.findIndex((item) => item.answer === null);
  return open < 0 ? items.length : open;
}

/** @param {Item[]} items @returns {Item | null} the line before the current one, to answer it again */
export function previous(items) {
  return items[current(items) - 1] ?? null;
}

/** @param {Item[]} items */
export function doubts(items) {
  return items.filter((item) => item.answer === false).length;
}
