// Into which dataset, which task, by whom: one strip, and a sheet to change it between takes.

import { StudioElement } from "../core/element.js";
import { backToPage, find, html, render, setText } from "../core/html.js";
import { addOperator, operators, remember } from "../core/preferences.js";
import { perform, store } from "../core/studio.js";
import { gate } from "../model/gate.js";
import { formatMinutes, UNKNOWN } from "../model/format.js";

class SetupCard extends StudioElement {
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["recorder"], () => this.#paint(), signal);
    addEventListener("studio-preference", () => this.#paint(), { signal });
    this.addEventListener(
      "click",
      (event) => {
        const button = event.target instanceof Element ? event.target.closest("button") : null;
        if (button?.dataset.operator !== undefined) chooseOperator(button.dataset.operator);
        else if (button && button.getAttribute("aria-disabled") !== "true") {
          dispatchEvent(new CustomEvent("studio-open", { detail: "setup-dialog" }));
        }
      },
      { signal },
    );
  }

  #paint() {
    const recorder = store.state?.recorder;
    const may = gate(store.view, "setup");
    const names = recorder && may.enabled && !operatorOf(recorder) ? operators().slice(0, 2) : [];
    const facts = [recorder?.dataset, recorder?.task, recorder?.operator, recorder?.practice, recorder?.disk_minutes, may, names];
    const text = JSON.stringify(facts);
    if (text === this.#shown) return;
    this.#shown = text;
    render(
      this,
      html`<button type="button" class="setup-main" aria-disabled="${String(!may.enabled)}" title="${may.reason || "Change dataset, task or operator"}">
          <span class="setup-dataset"><b>${recorder?.dataset || "No dataset"}</b>${recorder?.practice ? html`<em>practice</em>` : ""}</span>
          <span class="setup-operator">${names.length ? "" : recorder ? operatorOf(recorder) || "operator unknown" : UNKNOWN}</span>
          <span class="setup-task">${recorder?.task || "No task yet"}</span>
          <span class="setup-disk" title="Recording time left on the disk">${names.length ? "" : `${formatMinutes(recorder?.disk_minutes)} left`}</span>
          <span class="setup-change">${may.enabled ? "Change" : "Locked"}</span>
        </button>
        ${names.map((name) => html`<button type="button" class="chip" data-operator="${name}" title="Record as ${name}"><small>I am</small> ${name}</button>`)}`,
    );
  }
}

/** The operator's name, "" while it is not chosen. @param {{operator: string}} recorder */
function operatorOf({ operator }) {
  return operator === "unknown" ? "" : operator;
}

/** @param {string} name */
function chooseOperator(name) {
  addOperator(name);
  remember("operator", name);
  perform({ type: "record.setup", operator: name }, "record");
}

class SetupDialog extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<dialog class="sheet" aria-label="What to record">
        <form method="dialog">
          <header><h2>What to record</h2></header>
          <label>Task <textarea name="task" rows="2" maxlength="400" required></textarea>
            <small>One sentence; it is stored with every episode.</small></label>
          <label>Operator <input name="operator" maxlength="80" list="operator-names" placeholder="unknown" autocomplete="off"></label>
          <datalist id="operator-names"></datalist>
          <div class="chips" data-part="operators"></div>
          <label>Dataset <input name="dataset" maxlength="80" required pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" autocomplete="off" spellcheck="false">
            <small>Letters, digits, - _ and . only. An existing name goes on with that dataset.</small></label>
          <details><summary>More</summary>
            <label>Longest take, seconds <input name="max_take_s" type="number" min="2" max="3600" step="1" inputmode="numeric"></label>
            <label class="check"><input name="practice" type="checkbox"> Practice: record nothing</label>
          </details>
          <p class="form-problem" role="alert" hidden></p>
          <footer><button class="plain" value="cancel" formnovalidate>Cancel <kbd>Esc</kbd></button><button class="primary" value="save">Use this</button></footer>
        </form>
      </dialog>`,
    );
    const dialog = find(this, "dialog", HTMLDialogElement);
    const form = find(this, "form", HTMLFormElement);
    addEventListener("studio-open", (event) => /** @type {CustomEvent} */ (event).detail === "setup-dialog" && this.#open(dialog, form), { signal });
    dialog.addEventListener("close", backToPage, { signal });
    form.addEventListener("submit", (event) => this.#submit(event, dialog, form), { signal });
    form.addEventListener(
      "click",
      (event) => {
        const chip = event.target instanceof HTMLElement ? event.target.dataset.operator : undefined;
        if (chip !== undefined) field(form, "operator").value = chip;
      },
      { signal },
    );
  }

  /** @param {HTMLDialogElement} dialog @param {HTMLFormElement} form */
  #open(dialog, form) {
    const recorder = store.state?.recorder;
    if (!recorder || dialog.open) return;
    field(form, "task").value = recorder.task;
    field(form, "operator").value = operatorOf(recorder);
    field(form, "dataset").value = recorder.dataset;
    field(form, "max_take_s").value = String(Math.round(recorder.max_take_s));
    field(form, "practice").checked = recorder.practice;
    const names = operators();
    render(find(this, "datalist", HTMLElement), html`${names.map((name) => html`<option value="${name}"></option>`)}`);
    render(
      find(this, "[data-part=operators]", HTMLElement),
      html`${names.map((name) => html`<button type="button" class="chip" data-operator="${name}">${name}</button>`)}`,
    );
    find(this, ".form-problem", HTMLElement).hidden = true;
    dialog.showModal();
  }

  /** @param {SubmitEvent} event @param {HTMLDialogElement} dialog @param {HTMLFormElement} form */
  async #submit(event, dialog, form) {
    if (/** @type {HTMLButtonElement | null} */ (event.submitter)?.value !== "save") return;
    event.preventDefault();
    const operator = field(form, "operator").value.trim();
    const reply = await perform(
      {
        type: "record.setup",
        dataset: field(form, "dataset").value.trim(),
        task: field(form, "task").value.trim(),
        operator: operator || "unknown",
        practice: field(form, "practice").checked,
        max_take_s: Number(field(form, "max_take_s").value) || null,
      },
      "setup",
    );
    const problem = find(this, ".form-problem", HTMLElement);
    problem.hidden = reply.ok;
    setText(problem, [reply.text, reply.todo].filter(Boolean).join(" "));
    if (!reply.ok) return;
    if (operator) addOperator(operator);
    remember("operator", operator || null);
    dialog.close();
  }
}

/** @param {HTMLFormElement} form @param {string} name @returns {HTMLInputElement} */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

customElements.define("setup-card", SetupCard);
customElements.define("setup-dialog", SetupDialog);
