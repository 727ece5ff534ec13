// Where a training runs: this machine or a place that is kept; adding one looks at what it has.
// `element.value` is the place's line; it fires `place-chosen` when another one is.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { PLACE_KINDS, placeLine } from "../model/places.js";
import "./job-list.js";

/** @typedef {import("../model/places.js").Place} Place */

export class TrainPlace extends StudioElement {
  /** @type {Place[]} */
  #places = [];
  #value = "local";
  #load = oneByOne(() => this.#look());

  /** @param {AbortSignal} signal */
  async start(signal) {
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("job-ended", () => this.#load(), { signal });
    await this.#load();
  }

  get value() {
    return this.#value;
  }

  async #look() {
    const chosen = this.#value;
    try {
      this.#places = await api("/api/training/places");
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
      return;
    }
    // A place that was chosen while this was asked may be newer than the answer: the look after this one knows it.
    if (chosen === this.#value && !this.#places.some((place) => place.text === chosen)) this.#value = "local";
    if (!this.querySelector("select")) render(this, frame());
    const select = find(this, "select[name=place]", HTMLSelectElement);
    render(select, html`${this.#places.map((place) => html`<option value="${place.text}" ${place.text === this.#value ? "selected" : ""}>${place.text === "local" ? "This machine" : place.name}</option>`)}`);
    this.#paint();
  }

  #paint() {
    const chosen = this.#places.find((place) => place.text === this.#value);
    const away = chosen && chosen.text !== "local";
    const line = find(this, "[data-part=about]", HTMLElement);
    setText(line, away ? chosen.about || `${chosen.words}: not looked at yet.` : "");
    find(this, "[data-part=manage]", HTMLElement).hidden = !away;
    find(this, "job-list", HTMLElement).setAttribute("about", `place:${away ? chosen.name : ""}`); // whoever asked for the look
    const kind = find(this, "select[name=kind]", HTMLSelectElement).value;
    for (const box of this.querySelectorAll("[data-kind]")) {
      if (box instanceof HTMLElement) box.hidden = box.dataset.kind !== kind;
    }
    setText(find(this, "[data-part=kind-words]", HTMLElement), PLACE_KINDS.find((one) => one.kind === kind)?.words ?? "");
  }

  /** @param {Event} event */
  #changed(event) {
    const field = event.target;
    if (!(field instanceof HTMLSelectElement || field instanceof HTMLInputElement)) return;
    event.stopPropagation(); // the form around has settings of its own
    if (field.name === "place") {
      this.#value = field.value;
      this.dispatchEvent(new CustomEvent("place-chosen", { bubbles: true }));
    }
    this.#paint();
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const chosen = this.#places.find((place) => place.text === this.#value);
    if (button.dataset.keep !== undefined) await this.#try(() => this.#keep());
    if (button.dataset.look !== undefined && chosen) await this.#try(() => this.#put(chosen.name, chosen.text));
    if (button.dataset.forget !== undefined && chosen) {
      await this.#try(() => api(`/api/training/places/${encodeURIComponent(chosen.name)}`, { method: "DELETE" }));
      this.dispatchEvent(new CustomEvent("place-chosen", { bubbles: true }));
    }
  }

  async #keep() {
    const kind = find(this, "select[name=kind]", HTMLSelectElement).value;
    const box = find(this, `[data-kind=${kind}]`, HTMLElement);
    /** @type {Record<string, string>} */
    const given = {};
    for (const input of box.querySelectorAll("input")) given[input.name] = input.value.trim();
    const text = placeLine(kind, given);
    const name = find(this, "input[name=place-name]", HTMLInputElement).value.trim() || given.host || given.flavour || "";
    await this.#put(name, text);
    this.#value = text;
    find(this, "details", HTMLDetailsElement).open = false;
    this.dispatchEvent(new CustomEvent("place-chosen", { bubbles: true }));
  }

  /** @param {string} name @param {string} text */
  async #put(name, text) {
    await api(`/api/training/places/${encodeURIComponent(name)}`, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ text }) });
  }

  /** @param {() => Promise<unknown>} work */
  async #try(work) {
    const line = find(this, ".form-problem", HTMLElement);
    try {
      await work();
      line.hidden = true;
    } catch (error) {
      line.hidden = false;
      setText(line, /** @type {Error} */ (error).message);
    }
    await this.#load();
  }
}

function frame() {
  return html`<div class="train-dataset"><label>Train on <select name="place"></select></label>
      <span class="quiet" data-part="about"></span>
      <span data-part="manage" hidden><button type="button" class="plain" data-look data-right="setup">Look again</button> <button type="button" class="plain" data-forget data-right="setup">Remove</button></span></div>
    <job-list about="place:"></job-list>
    <p class="form-problem" role="alert" hidden></p>
    <details><summary>Add a place to train</summary><div class="train-fields">
      <label>Kind<select name="kind">${PLACE_KINDS.map((one) => html`<option value="${one.kind}">${one.title}</option>`)}</select></label>
      <label>Name here<span><input name="place-name" maxlength="40" autocomplete="off" placeholder="as its host"></span></label>
      ${PLACE_KINDS.map((one) => html`<div class="train-fields place-fields" data-kind="${one.kind}">${one.fields.map((field) => html`<label>${field.label}<span><input name="${field.name}" maxlength="300" autocomplete="off" spellcheck="false" placeholder="${field.hint}"></span></label>`)}</div>`)}
      </div><p class="quiet" data-part="kind-words"></p><button type="button" class="plain" data-keep data-right="setup">Save it and see what it has</button></details>`;
}

customElements.define("train-place", TrainPlace);
