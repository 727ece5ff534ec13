// The session's checklist: six lines, one key each, by keyboard, gamepad or pedal.

import { putChecklistOff } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { foreground } from "../core/foreground.js";
import { backToPage, find, html, render } from "../core/html.js";
import { perform, store } from "../core/studio.js";
import { current, previous } from "../model/checklist.js";

/** @typedef {import("../core/messages.js").ChecklistState} Item */

class ChecklistDialog extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<dialog class="sheet wide checklist" aria-label="Checklist of this session">
        <header><h2>Before this session</h2><button type="button" class="plain" data-answer="later">Not now <kbd>Esc</kbd></button></header>
        <ol data-part="lines"></ol>
        <footer><button type="button" class="plain" data-answer="back" data-right="record">Back <kbd>←</kbd></button>
          <button type="button" class="plain" data-answer="no" data-right="record">Not so <kbd>F</kbd></button>
          <button type="button" class="primary" data-answer="yes" data-right="record">Yes <kbd>Space</kbd></button></footer></dialog>`,
    );
    const dialog = this.#dialog;
    addEventListener("studio-open", (event) => /** @type {CustomEvent} */ (event).detail === "checklist-dialog" && this.#open(), { signal });
    store.watch(["guidance"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    dialog.addEventListener("keydown", (event) => this.#key(event), { signal });
    dialog.addEventListener("cancel", () => putChecklistOff(), { signal });
    dialog.addEventListener("close", () => this.#closed(), { signal });
  }

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }

  get #items() {
    return store.state?.guidance.checklist ?? [];
  }

  async #open() {
    if (this.#dialog.open || !this.#items.length) return;
    // Opened again when all is answered: it is asked anew.
    const again = current(this.#items) === this.#items.length;
    if (again) await Promise.all(this.#items.map(({ key }) => perform({ type: "checklist.answer", key, answer: null }, "record")));
    this.#dialog.showModal();
    foreground.enter((action) => this.#take(action));
    this.#shown = "";
    this.#paint();
  }

  #closed() {
    foreground.leave();
    backToPage();
  }

  #paint() {
    const items = this.#items;
    const text = JSON.stringify(items);
    if (text === this.#shown || !this.#dialog.open) return;
    this.#shown = text;
    const at = current(items);
    if (at === items.length) {
      this.#dialog.close();
      return;
    }
    render(find(this, "[data-part=lines]", HTMLElement), html`${items.map((item, i) => line(item, i === at))}`);
    find(this, "[data-answer=back]", HTMLButtonElement).setAttribute("aria-disabled", String(!previous(items)));
  }

  /** What gamepad and pedals mean here. @param {import("../model/gate.js").Action} action */
  #take(action) {
    switch (action) {
      case "advance":
      case "start":
      case "save":
      case "word":
        this.#answer("yes");
        return true;
      case "undo":
      case "again":
      case "earlier":
        this.#answer("back");
        return true;
      case "skip":
        this.#answer("no");
        return true;
      case "control":
      case "cancel":
        this.#answer("later");
        return true;
      default:
        return true;
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const answer = { " ": "yes", f: "no", n: "no", ArrowLeft: "back", Backspace: "back" }[event.key];
    if (!answer || event.repeat) return;
    event.preventDefault();
    this.#answer(answer);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.answer) this.#answer(button.dataset.answer);
  }

  /** @param {string} answer */
  #answer(answer) {
    const items = this.#items;
    if (answer === "later") {
      putChecklistOff();
      this.#dialog.close();
      return;
    }
    const item = answer === "back" ? previous(items) : items[current(items)];
    if (item) perform({ type: "checklist.answer", key: item.key, answer: answer === "back" ? null : answer === "yes" }, "record");
  }
}

/** @param {Item} item @param {boolean} asked */
function line({ key, text, why, answer }, asked) {
  const mark = answer === null ? "" : answer ? "✓" : "✕";
  return html`<li data-item="${key}" data-level="${answer === null ? "open" : answer ? "ok" : "warn"}" ${asked ? html`aria-current="step"` : ""}>
    <span class="glyph" aria-hidden="true">${mark}</span><span><b>${text}</b>${asked ? html`<small>${why}</small>` : ""}</span></li>`;
}

customElements.define("checklist-dialog", ChecklistDialog);
