// Why a recovery was needed: chosen after the take by number, from the plan's causes.

/** @typedef {import("../core/messages.js").StudioState} StudioState */
/** @typedef {import("./keys.js").Outcome} Outcome */
/** @typedef {{uuid: string, name: string, pending: Outcome | null}} Choice `pending`: the outcome that waits for the cause */
/** @typedef {{number: number, name: string, words: string, chosen: boolean}} Option */

/** @type {Choice} */
export const NONE = { uuid: "", name: "", pending: null };

/** Whether this take has a recovery in it, asked for or marked. @param {StudioState} state */
export function hasRecovery({ recorder, guidance }) {
  return Boolean(recorder.take && (recorder.take.recovery_rows > 0 || guidance.target?.kind === "recovery"));
}

/** What was chosen for this take; a take that was asked for as a recovery has its cause. @param {StudioState} state @param {Choice} choice */
export function chosenCause({ recorder, guidance }, choice) {
  if (choice.uuid === recorder.take?.uuid && choice.name) return choice.name;
  return guidance.target?.kind === "recovery" ? guidance.target.cause : "";
}

/** @param {StudioState} state @param {Choice} choice @returns {Option[]} [] while no cause is asked for */
export function options(state, choice) {
  if (state.recorder.phase !== "deciding" || !hasRecovery(state)) return [];
  const chosen = chosenCause(state, choice);
  return state.guidance.causes.map(({ name, words }, i) => ({ number: i + 1, name, words, chosen: name === chosen }));
}

/** Whether a save has to wait for the cause: it was marked, nobody asked for it, and nothing is chosen. @param {StudioState} state @param {Choice} choice */
export function isOpen(state, choice) {
  return state.guidance.causes.length > 0 && hasRecovery(state) && !chosenCause(state, choice);
}

/** The next cause after the chosen one: for inputs without numbers. @param {Option[]} list @returns {Option | null} */
export function nextOption(list) {
  if (!list.length) return null;
  return list[(list.findIndex((one) => one.chosen) + 1) % list.length];
}
