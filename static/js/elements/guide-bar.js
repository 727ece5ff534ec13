// The one line over the picture: what to do with the object now, or what the take is worth.

import { act } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { store } from "../core/studio.js";
import { keyParts } from "../model/banner.js";
import { gate } from "../model/gate.js";
import { guideLine } from "../model/guideline.js";
import { isHigh } from "../model/overlay.js";
import { START_PICTURES } from "../model/startpicture.js";

/** @typedef {import("../model/guideline.js").Line} Line */

/** Shapes in a box of 24, by tone: the state is read without its colour. @type {Record<string, string>} */
const SHAPES = {
  place: "M4 12h13M11 5l7 7-7 7",
  arrange: "M4 12h13M11 5l7 7-7 7",
  in_place: "M4 13l5 6L20 5",
  green: "M4 13l5 6L20 5",
  word: "M4 13l5 6L20 5",
  unsure: "M8 8.5a4 4 0 1 1 6 3.6c-1.4.8-2 1.6-2 3.4M12 19.5v.5",
  amber: "M12 4v11M12 19v1",
  trouble: "M12 4v11M12 19v1",
  red: "M5 5l14 14M19 5L5 19",
  recovering: "M5 12a7 7 0 1 0 2.5-5.3M5 4v5h5",
  looking: "M5 12h1M12 12h1M19 12h1",
};

class GuideBar extends StudioElement {
  #shown = "";
  #hold = -1;

  /** @param {AbortSignal} signal */
  start(signal) {
    this.setAttribute("role", "status");
    store.watch(["guidance", "checks", "recorder", "rig"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      button?.blur();
      if (button) act("word");
    }, { signal });
  }

  #paint() {
    const { hold, ...line } = guideLine(store.view);
    const may = gate(store.view, "word");
    this.#ring(hold);
    const text = JSON.stringify([line, hold === null, may]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.hidden = line.tone === "none";
    this.dataset.tone = line.tone;
    const guidance = store.state?.guidance;
    // Where the target lies high in the picture, the line goes down, so that it never covers the mark.
    this.closest(".over")?.toggleAttribute("low", isHigh(guidance?.target?.target_px ?? [], guidance?.height ?? 0));
    if (this.hidden) this.replaceChildren();
    else render(this, markup({ ...line, hold }, may));
    this.#hold = -1;
    this.#ring(hold);
  }

  /** The second of hands-free, as a ring that closes. @param {number | null} hold */
  #ring(hold) {
    if (hold === this.#hold || hold === null) return;
    this.#hold = hold;
    /** @type {SVGElement | null} */ (this.querySelector(".hold-ring"))?.style.setProperty("--hold", String(hold));
  }
}

/** @param {Line} line @param {{enabled: boolean, reason: string}} may */
function markup({ tone, head, text, detail, word, hold, start }, may) {
  const parts = keyParts(detail).map((part) => (part.key ? html`<kbd>${part.key}</kbd>` : part.text));
  return html`${start ? startPicture(start) : html`<svg class="guide-shape" viewBox="0 0 24 24" aria-hidden="true"><path d="${SHAPES[tone] ?? ""}"/></svg>`}
    <span class="guide-words">${head ? html`<em data-part="verdict">${head}</em>` : ""}<b data-part="instruction">${text}</b><small data-part="request">${parts}</small></span>
    ${hold === null ? "" : html`<svg class="hold-ring" viewBox="0 0 40 40" role="img" aria-label="Hands-free: starts after one second in place"><circle cx="20" cy="20" r="16"/><circle class="hold" cx="20" cy="20" r="16" pathLength="1"/></svg>`}
    ${word
      ? html`<button type="button" class="guide-word" data-do="word" aria-disabled="${String(!may.enabled)}" title="${may.reason || "The camera is unsure: your word counts, and is recorded as yours"}">${word === "take_back" ? "Take my word back" : start ? "It is arranged" : "It lies at the mark"} <kbd>G</kbd></button>`
      : ""}`;
}

/** @param {string} start */
function startPicture(start) {
  const drawing = START_PICTURES[/** @type {keyof typeof START_PICTURES} */ (start)];
  if (!drawing) return "";
  return html`<svg class="start-picture" viewBox="0 0 64 40" role="img" aria-label="${drawing.alt}"><title>${drawing.alt}</title>
    <path class="table" d="M0 36.5H64"/>${drawing.mug ? html`<path class="mug" d="M36 24h16v12H36zM52 27h4v5h-4"/>` : ""}
    <path class="claws" d="${drawing.claws}"/><path class="bag" d="${drawing.bag}"/></svg>`;
}

customElements.define("guide-bar", GuideBar);
