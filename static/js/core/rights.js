// Buttons that need a right carry data-right: where the role does not reach they are dead and say why.

import { refusal } from "../model/rights.js";
import { store } from "./studio.js";

/** @param {AbortSignal} signal */
export function guardButtons(signal) {
  const paint = () => {
    for (const button of document.querySelectorAll("[data-right]")) mark(/** @type {HTMLElement} */ (button));
  };
  const observer = new MutationObserver(paint);
  observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["title", "aria-disabled"] });
  signal.addEventListener("abort", () => observer.disconnect());
  store.watch(["identity"], paint, signal);
  const refuse = (/** @type {Event} */ event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-right]") : null;
    if (!(button instanceof HTMLElement) || !refusal(store.state, button.dataset.right ?? "")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("click", refuse, { signal, capture: true });
  addEventListener("submit", refuse, { signal, capture: true });
}

/** @param {HTMLElement} button */
function mark(button) {
  const why = refusal(store.state, button.dataset.right ?? "");
  if (why && button.title !== why) {
    button.setAttribute("aria-disabled", "true");
    button.title = why;
    button.dataset.refused = "yes";
  } else if (!why && button.dataset.refused) {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("title");
    delete button.dataset.refused;
  }
}
