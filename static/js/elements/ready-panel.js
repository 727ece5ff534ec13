// Readiness, from the one list that also decides about Start.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";

const WORDS = { ok: "ok", warn: "warning", block: "missing" };

class ReadyPanel extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["ready"], () => this.#paint(), signal);
  }

  #paint() {
    const items = store.connected ? (store.state?.ready ?? null) : null;
    const text = JSON.stringify(items);
    if (text === this.#shown) return;
    this.#shown = text;
    render(
      this,
      items === null
        ? html`<div class="ready-row" data-level="unknown"><span class="light"></span><span class="ready-label">Readiness</span><span class="ready-text">unknown: no connection</span></div>`
        : html`${items.map(
            (item) => html`<div class="ready-row" data-level="${item.level}" data-key="${item.key}" title="${item.text} ${item.todo}">
              <span class="light" role="img" aria-label="${WORDS[item.level]}"></span>
              <span class="ready-label">${item.label}</span>
              <span class="ready-text">${item.level === "block" ? `${item.text}. ${item.todo}` : item.text}</span>
            </div>`,
          )}`,
    );
  }
}

customElements.define("ready-panel", ReadyPanel);
