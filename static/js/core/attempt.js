// What a view's buttons do: tried, and what went wrong said in the view's own line.

import { find, setText } from "./html.js";

/** What went wrong stands in the view's `.form-problem`; "" hides it. @param {Element} view @param {string} problem */
export function tellProblem(view, problem) {
  const line = find(view, ":scope > .form-problem", HTMLElement);
  line.hidden = !problem;
  setText(line, problem);
}

/** Do `work`, then look again. @param {Element} view @param {() => Promise<unknown>} work @param {() => Promise<unknown>} look */
export async function attempt(view, work, look) {
  try {
    await work();
    tellProblem(view, "");
    await look();
  } catch (error) {
    tellProblem(view, /** @type {Error} */ (error).message);
  }
}
