// What a role may do, as the studio said it: the sentence of a dead button, "" where it is alive.

/** @typedef {import("../core/messages.js").StudioState} StudioState */

/** @type {Record<string, string>} the right that an action of the Record page needs; app/web/access/rights.py has them for commands */
const NEEDS = {
  control: "drive", drive: "drive", home: "drive", lead: "drive", demonstrate: "drive", place: "drive", arrange: "drive", reset: "drive",
  word: "guide", skip: "guide", earlier: "guide", pin: "guide", plan: "guide",
};

/** @param {StudioState | null} state @param {string} right @returns {string} */
export function refusal(state, right) {
  return state?.identity.denied.find((one) => one.right === right)?.why ?? "";
}

/** Where there is room for a few words only; the whole sentence is the title. @param {string} why @returns {string} */
export function brief(why) {
  return /; (ask an? \w+)\.$/.exec(why)?.[1] ?? why;
}

/** @param {StudioState | null} state @param {string} action @returns {string} */
export function actionRefusal(state, action) {
  return refusal(state, NEEDS[action] ?? "record");
}
