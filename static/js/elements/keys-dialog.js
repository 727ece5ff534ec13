// All keys on one sheet.

import { StudioElement } from "../core/element.js";
import { backToPage, find, html, render } from "../core/html.js";
import { LONG_MS, meanings, PEDAL_NAMES, PEDALS } from "../model/pedal.js";

/** States as the pedals know them. */
const PHASES = [["idle", "Ready"], ["recording", "Recording"], ["deciding", "Deciding"]];

const RECORDING = [
  ["Space", "Start; then stop and decide; then save as success"],
  ["S", "Stop and save as success (also N or Right arrow)"],
  ["P", "Stop and save as partial"],
  ["F", "Stop and save as failure"],
  ["R", "Drop this take and record it again (also Left arrow)"],
  ["Y", "Pause; Space resumes"],
  ["V", "Begin or end a recovery; while deciding, its next cause"],
  ["Delete", "Drop this take"],
  ["U", "Undo the last save"],
  ["Esc", "Least destructive way out: cancel a countdown, stop a take"],
  ["Tab", "Next camera becomes the large one"],
];
const GUIDED = [
  ["G", "It lies at the mark: your word, where the camera is unsure"],
  ["X Z", "Skip this target; back to the one before"],
  ["C", "Pin this cluster, or let the plan choose again"],
  ["H", "Hands-free: one second in place starts"],
  ["W", "What is wrong: the first light that is not in order"],
  ["1 to 9", "While deciding: the cause of a recovery (V: the next one)"],
  ["M", "Sound off, on"],
];
const DRIVING = [
  ["T", "Take control, or give it back"],
  ["E", "Follow the leader arm, or hold (rigs with a leader)"],
  ["B", "New placement, or with a plan: place it for me (simulator)"],
  ["I K", "Ahead, back"],
  ["J L", "Left, right"],
  ["Q A", "Up, down"],
  [", .", "Close, open the claws"],
  ["1 2", "Tilt the hand (joint mode: 1 to 6 choose a joint)"],
  ["3 4", "Turn the hand"],
  ["- =", "Slower, faster"],
  ["0", "Tool mode or joint mode"],
  ["9", "The other arm, where the rig has two"],
  ["F8", "STOP, also while typing"],
];

/** @param {import("../model/pedal.js").Pedal} name */
function pedalRow(name) {
  const by = PHASES.map(([phase, words]) => html`<span><b>${words}:</b> ${meanings(phase)[name].short.label}; long: ${meanings(phase)[name].long.label}</span>`);
  return html`<dt>${PEDAL_NAMES[name].replace(" pedal", "")}</dt><dd class="pedal-words">${by}</dd>`;
}

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
          <section><h3>With a plan</h3><dl class="keys">${rows(GUIDED)}</dl></section>
          <section><h3>Foot pedal</h3><dl class="keys">${PEDALS.map(pedalRow)}</dl>
            <p class="quiet">Short press, long press (${LONG_MS / 1000} s), by state. Two at once: STOP. Teach its keys under Foot pedal on Record.</p></section>
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
