// Takes that a crash or a power cut left behind: repaired, shown, and kept or dropped by a person. Never silently.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { backToPage, find, html, render, setText } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { store } from "../core/studio.js";
import { formatSeconds, plural } from "../model/format.js";

class UnfinishedTakes extends StudioElement {
  #count = 0;
  #later = false;
  #load = oneByOne(() => this.#look(find(this, "dialog", HTMLDialogElement)));

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<dialog class="sheet wide" aria-label="Unfinished takes">
        <header><h2 data-part="title"></h2></header>
        <p>The studio ended before these were saved. Decide about each; until then they wait on disk.</p>
        <ul class="takes" data-part="list"></ul>
        <p class="form-problem" role="alert" hidden></p>
        <footer><button type="button" class="plain" data-later>Decide later <kbd>Esc</kbd></button></footer>
      </dialog>`,
    );
    const dialog = find(this, "dialog", HTMLDialogElement);
    store.watch(["recorder"], () => this.#changed(dialog), signal);
    dialog.addEventListener("close", () => (this.#later = true), { signal });
    dialog.addEventListener("close", backToPage, { signal });
    this.addEventListener("click", (event) => this.#clicked(event, dialog), { signal });
  }

  /** @param {HTMLDialogElement} dialog */
  async #changed(dialog) {
    const count = store.state?.recorder.unfinished ?? 0;
    if (count === this.#count) return;
    this.#count = count;
    if (!count) dialog.close();
    else await this.#load();
  }

  /** @param {HTMLDialogElement} dialog */
  async #look(dialog) {
    try {
      /** @type {import("../model/datasets.js").UnfinishedTake[]} */
      const takes = await api("/api/takes");
      setText(find(this, "[data-part=title]", HTMLElement), `${plural(takes.length, "unfinished take")} found`);
      render(find(this, "[data-part=list]", HTMLElement), html`${takes.map(row)}`);
      if (takes.length && !dialog.open && !this.#later) dialog.showModal();
    } catch (error) {
      this.#problem(error);
    }
  }

  /** @param {Event} event @param {HTMLDialogElement} dialog */
  async #clicked(event, dialog) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    if (button.dataset.later !== undefined) dialog.close();
    const { uuid, what } = button.dataset;
    if (!uuid || !what) return;
    button.disabled = true;
    try {
      await api(`/api/takes/${encodeURIComponent(uuid)}/${what}`, { method: "POST" });
      button.closest("li")?.remove();
      if (!this.querySelector("li")) dialog.close();
    } catch (error) {
      button.disabled = false;
      this.#problem(error);
    }
  }

  /** @param {unknown} error */
  #problem(error) {
    const box = find(this, ".form-problem", HTMLElement);
    box.hidden = false;
    setText(box, error instanceof Error ? error.message : String(error));
  }
}

/** @param {import("../model/datasets.js").UnfinishedTake} take */
function row(take) {
  return html`<li class="take">
    <div><b>${formatSeconds(take.duration_s)}, ${plural(take.rows, "frame")}</b><span>${take.task || "No task"} into ${take.dataset || "no dataset"}</span>
      <small>${take.note}</small></div>
    <button type="button" class="primary" data-uuid="${take.uuid}" data-what="keep" data-right="record">Keep as episode</button>
    <button type="button" class="plain" data-uuid="${take.uuid}" data-what="discard" data-right="record">Discard</button>
  </li>`;
}

customElements.define("unfinished-takes", UnfinishedTakes);
