// All keys on one sheet.

import { StudioElement } from "../core/element.js";
import { backToPage, find, html, render } from "../core/html.js";

const RECORDING = [
  ["Space", "Start; then stop and decide; then save as success"],
  ["S", "Stop and save as success (also N or Right arrow)"],
  ["P", "Stop and save as partial"],
  ["F", "Stop and save as failure"],
  ["R", "Drop this take and record it again (also Left arrow)"],
  ["Y", "Pause; Space resumes"],
  ["V", "Begin or end a recovery"],
  ["Delete", "Drop this take"],
  ["U", "Undo the last save"],
  ["Esc", "Least destructive way out: cancel a countdown, stop a take"],
  ["Tab", "Next camera becomes the large one"],
];
const DRIVING = [
  ["T", "Take control, or give it back"],
  ["B", "New placement: the bag anew on the table (simulator)"],
  ["I K", "Ahead, back"],
  ["J L", "Left, right"],
  ["Q A", "Up, down"],
  [", .", "Close, open the claws"],
  ["1 2", "Tilt the hand (joint mode: 1 to 6 choose a joint)"],
  ["3 4", "Turn the hand"],
  ["- =", "Slower, faster"],
  ["0", "Tool mode or joint mode"],
  ["F8", "STOP, also while typing"],
];

class KeysDialog extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    const rows = (/** @type {string[][]} */ list) =>
      list.map(([keys, text]) => html`<dt>${keys.split(" ").map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${text}</dd>`);
    render(
      this,
      html`<dialog class="sheet wide" aria-label="Keys">
        <header><h2>Keys</h2><form method="dialog"><button class="plain">Close <kbd>Esc</kbd></button></form></header>
        <div class="keys-columns">
          <section><h3>Recording</h3><dl class="keys">${rows(RECORDING)}</dl></section>
          <section><h3>Driving</h3><dl class="keys">${rows(DRIVING)}</dl></section>
        </div>
        <p class="quiet">Keys do nothing while you type in a field; STOP always works. Keys that end a take do nothing while a driving key is down.</p>
      </dialog>`,
    );
    const dialog = find(this, "dialog", HTMLDialogElement);
    addEventListener(
      "studio-open",
      (event) => {
        if (/** @type {CustomEvent} */ (event).detail === "keys-dialog" && !dialog.open) dialog.showModal();
      },
      { signal },
    );
    dialog.addEventListener("close", backToPage, { signal });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close(), { signal });
  }
}

customElements.define("keys-dialog", KeysDialog);
