// The readiness panel's one sentence and its rows' order: what blocks comes first.

/** @typedef {import("../core/messages.js").ReadyItem} ReadyItem */

const ORDER = { block: 0, warn: 1, ok: 2 };

/** @param {readonly ReadyItem[]} items worst first, otherwise as the server ordered them @returns {ReadyItem[]} */
export function worstFirst(items) {
  return [...items].sort((a, b) => ORDER[a.level] - ORDER[b.level]);
}

/** @param {readonly ReadyItem[]} items */
export function summary(items) {
  const blocked = items.filter((item) => item.level === "block").length;
  const warned = items.filter((item) => item.level === "warn").length;
  if (blocked) return `${blocked} ${blocked === 1 ? "thing is" : "things are"} missing`;
  return warned ? `Ready, ${warned} ${warned === 1 ? "warning" : "warnings"}` : "Everything is ready";
}
