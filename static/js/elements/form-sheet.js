// A sheet with a few fields and one button: what an edit asks before it begins. A refusal is said in the sheet.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { newest } from "../core/newest.js";

/**
 * @typedef {{value: string, label: string, hint?: string}} Choice
 * @typedef {{name: string, label: string, kind?: "text" | "password" | "check" | "choice" | "checks", value?: string | boolean,
 *   choices?: Choice[], hint?: string, pattern?: string, required?: boolean, placeholder?: string}} Field
 * @typedef {{[name: string]: string | boolean | string[]}} Values
 * @typedef {{title: string, intro?: string, fields: Field[], button: string, danger?: boolean,
 *   changed?: (values: Values, say: (note: string) => void) => void, send: (values: Values) => Promise<void>}} Form
 */

class FormSheet extends StudioElement {
  /** @type {Form | null} */
  #form = null;
  #asked = newest();

  /** @param {AbortSignal} signal */
  start(signal) {
    this.addEventListener("submit", (event) => this.#submit(event), { signal });
    this.addEventListener("input", () => this.#changed(), { signal });
    this.addEventListener("click", (event) => event.target instanceof Element && event.target.closest("[data-cancel]") && this.#dialog.close(), { signal });
  }

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }

  /** @param {Form} form */
  open(form) {
    this.#form = form;
    render(
      this,
      html`<dialog class="sheet" aria-label="${form.title}"><form>
        <header><h2>${form.title}</h2></header>
        ${form.intro ? html`<p>${form.intro}</p>` : ""}
        ${form.fields.map(field)}
        <p class="form-note" data-part="note" role="status"></p>
        <p class="form-problem" role="alert" hidden></p>
        <footer><button type="button" class="plain" data-cancel>Cancel <kbd>Esc</kbd></button>
          <button class="${form.danger ? "danger" : "primary"}">${form.button}</button></footer>
      </form></dialog>`,
    );
    this.#dialog.showModal();
    this.#changed();
  }

  #changed() {
    const stands = this.#asked();
    this.#form?.changed?.(this.#values(), (note) => stands() && setText(find(this, "[data-part=note]", HTMLElement), note));
  }

  /** @returns {Values} */
  #values() {
    const data = new FormData(find(this, "form", HTMLFormElement));
    return Object.fromEntries(
      (this.#form?.fields ?? []).map(({ name, kind }) => {
        if (kind === "check") return [name, data.has(name)];
        if (kind === "checks") return [name, data.getAll(name).map(String)];
        return [name, String(data.get(name) ?? "").trim()];
      }),
    );
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const button = find(this, "footer button:last-child", HTMLButtonElement);
    const problem = find(this, ".form-problem", HTMLElement);
    const dialog = this.#dialog; // by the time of the answer another form may be open
    button.disabled = true;
    problem.hidden = true;
    try {
      await this.#form?.send(this.#values());
      dialog.close();
    } catch (error) {
      problem.hidden = false;
      setText(problem, error instanceof Error ? error.message : String(error));
    } finally {
      button.disabled = false;
    }
  }
}

/** @param {Field} one */
function field(one) {
  const hint = one.hint ? html`<small>${one.hint}</small>` : "";
  if (one.kind === "check") return html`<label class="check"><input type="checkbox" name="${one.name}" ${one.value ? CHECKED : ""}> <span>${one.label} ${hint}</span></label>`;
  if (one.kind === "choice" || one.kind === "checks") {
    const type = one.kind === "choice" ? "radio" : "checkbox";
    return html`<fieldset class="choice-field"><legend>${one.label}</legend>${(one.choices ?? []).map(
      (choice) => html`<label class="check"><input type="${type}" name="${one.name}" value="${choice.value}" ${choice.value === one.value ? CHECKED : ""}>
        <span>${choice.label} ${choice.hint ? html`<small>${choice.hint}</small>` : ""}</span></label>`,
    )}${hint}</fieldset>`;
  }
  const secret = one.kind === "password" ? html`type="password"` : "";
  return html`<label>${one.label} <input ${secret} name="${one.name}" value="${one.value ?? ""}" maxlength="400" placeholder="${one.placeholder ?? ""}" autocomplete="${secret ? "new-password" : "off"}"
    spellcheck="false" ${one.required === false ? "" : REQUIRED} ${one.pattern ? html`pattern="${one.pattern}"` : ""}>${hint}</label>`;
}

const CHECKED = html`checked`;
const REQUIRED = html`required`;

customElements.define("form-sheet", FormSheet);
export { FormSheet };
