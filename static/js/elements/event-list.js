// What happened, newest first; an entry whose cause has gone says so.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { formatClock } from "../model/format.js";

const SHOWN = 30;

class EventList extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["notes"], () => this.#paint(), signal);
  }

  #paint() {
    const notes = store.connected ? (store.state?.notes ?? null) : null;
    const text = JSON.stringify(notes);
    if (text === this.#shown) return;
    this.#shown = text;
    render(
      this,
      notes?.length
        ? html`<ul class="notes">${[...notes].reverse().slice(0, SHOWN).map(
            (note) => html`<li data-level="${note.cleared ? "ok" : note.level === "error" ? "block" : note.level === "warn" ? "warn" : "info"}"><span class="light"></span><time>${formatClock(note.at)}</time><span>${note.text}${note.cleared ? " (over)" : ""}</span></li>`,
          )}</ul>`
        : html`<p class="quiet">${notes ? "Nothing happened worth a message." : "Unknown: no connection."}</p>`,
    );
  }
}

customElements.define("event-list", EventList);
