// What needs a right carries data-right, buttons, links and fields: where the role does not reach it is dead and says why.

import { refusal } from "../model/rights.js";
import { store } from "./studio.js";

const FIELDS = "input, select, textarea";

/** @param {AbortSignal} signal */
export function guardButtons(signal) {
  const paint = () => {
    for (const thing of document.querySelectorAll("[data-right]")) mark(/** @type {HTMLElement} */ (thing));
  };
  const observer = new MutationObserver(paint);
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["title", "aria-disabled", "disabled"] });
  signal.addEventListener("abort", () => observer.disconnect());
  store.watch(["identity"], paint, signal);
  const refuse = (/** @type {Event} */ event) => {
    const thing = event.target instanceof Element ? event.target.closest("[data-right]") : null;
    if (!(thing instanceof HTMLElement) || !refusal(store.state, thing.dataset.right ?? "")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const kind of ["click", "submit", "pointerdown"]) addEventListener(kind, refuse, { signal, capture: true });
}

/** @param {HTMLElement} thing */
function mark(thing) {
  const why = refusal(store.state, thing.dataset.right ?? "");
  if (why) {
    if (thing.title !== why) thing.title = why;
    if (thing.getAttribute("aria-disabled") !== "true") thing.setAttribute("aria-disabled", "true");
    // A menu opens, and a letter is typed, before a click could be refused.
    if (thing.matches(FIELDS) && !thing.hasAttribute("disabled")) thing.toggleAttribute("disabled", true);
    thing.dataset.refused = "yes";
  } else if (thing.dataset.refused) {
    for (const name of ["aria-disabled", "title"]) thing.removeAttribute(name);
    if (thing.matches(FIELDS)) thing.removeAttribute("disabled");
    delete thing.dataset.refused;
  }
}
