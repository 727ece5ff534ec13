// What is wrong, what a change means, and the one button that saves a version.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { perform } from "../core/studio.js";
import { formatCount } from "../model/format.js";
import * as plans from "../model/plan.js";

/** @typedef {import("../core/plandraft.js").PlanDraft} PlanDraft */

class PlanSave extends StudioElement {
  /** @type {PlanDraft | null} */
  draft = null;
  #saved = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    const draft = this.draft;
    if (!draft) return;
    render(
      this,
      html`<ul class="plan-wrong" data-part="problems" role="alert"></ul><p class="form-problem" data-part="failure" role="alert" hidden></p>
        <div data-part="meaning" class="plan-meaning" hidden></div>
        <div class="plan-save"><button type="button" class="primary" data-do="save" data-right="plan"></button><button type="button" class="plain" data-do="undo">Undo</button>
          <button type="button" class="plain" data-do="record" data-right="record">Record with it</button><span class="quiet" data-part="reason" role="status"></span></div>
        <details data-part="versions"><summary></summary><ol></ol></details>`,
    );
    this.addEventListener("click", (event) => this.#do(event), { signal });
    for (const name of ["draft", "said", "failed"]) draft.addEventListener(name, () => this.#paint(), { signal });
    addEventListener("beforeunload", (event) => draft.changed && draft.known?.plan && event.preventDefault(), { signal });
    this.#paint();
  }

  /** @param {Event} event */
  async #do(event) {
    const draft = this.draft;
    const button = /** @type {Element} */ (event.target).closest("[data-do]");
    if (!draft?.plan || button?.getAttribute("aria-disabled") === "true") return;
    switch (button?.getAttribute("data-do")) {
      case "save":
        this.#saved = (await draft.save()) ? `Saved as version ${draft.known?.versions.length}.` : "";
        this.#paint();
        break;
      case "undo":
        draft.undo();
        break;
      case "record":
        if ((await perform({ type: "record.setup", dataset: draft.known?.dataset, task: draft.plan.task, operator: null, practice: null, max_take_s: null }, "record")).ok) location.href = "/record";
        break;
      case "show":
        draft.select(button?.getAttribute("data-name") ?? "");
        break;
    }
  }

  #paint() {
    const draft = this.draft;
    if (!draft?.plan || !draft.known) {
      this.#fail(draft?.failure ?? "");
      return;
    }
    const problems = draft.said?.problems ?? [];
    render(find(this, "[data-part=problems]", HTMLElement), html`${problems.map(problem)}`);
    this.#fail(draft.failure);
    this.#paintMeaning(draft.checked ? (draft.said?.meaning ?? []) : [], draft.known.episodes);
    const blocked = plans.saveBlocked({ changed: draft.changed, problems, checked: draft.checked, saving: draft.saving });
    const save = find(this, "[data-do=save]", HTMLButtonElement);
    save.setAttribute("aria-disabled", String(Boolean(blocked)));
    setText(save, draft.known.versions.length ? `Save as version ${draft.known.versions.length + 1}` : "Save the plan");
    const first = draft.known.plan === null ? "The default for this arm; nothing is saved yet." : "";
    setText(find(this, "[data-part=reason]", HTMLElement), blocked === "Nothing changed" ? this.#saved || `${blocked}.` : blocked ? `${blocked}.` : first);
    const undo = find(this, "[data-do=undo]", HTMLButtonElement);
    undo.disabled = !draft.undoable;
    const record = find(this, "[data-do=record]", HTMLButtonElement);
    record.hidden = draft.known.plan === null || draft.changed;
    this.#paintVersions(draft.known.versions);
  }

  /** @param {string} failure */
  #fail(failure) {
    const box = find(this, "[data-part=failure]", HTMLElement);
    box.hidden = !failure;
    setText(box, failure);
  }

  /** @param {string[]} meaning @param {number} episodes */
  #paintMeaning(meaning, episodes) {
    const box = find(this, "[data-part=meaning]", HTMLElement);
    box.hidden = !meaning.length;
    render(box, html`<h2>What this changes</h2><ul>${meaning.map((one) => html`<li>${one}</li>`)}</ul>
      <p class="quiet">${episodes ? `All ${formatCount(episodes)} recorded episodes stay, with the plan version they were recorded to.` : "Nothing is recorded yet."}</p>`);
  }

  /** @param {plans.Plan[]} versions */
  #paintVersions(versions) {
    const box = find(this, "[data-part=versions]", HTMLDetailsElement);
    box.hidden = versions.length < 2;
    setText(find(box, "summary", HTMLElement), `${versions.length} versions`);
    render(find(box, "ol", HTMLElement), html`${versions.map((one) => html`<li>${one.clusters.length} clusters × ${one.positions_per_cluster} positions, ${Math.round(one.recovery_share * 100)} % recoveries, held out: ${one.held_out.join(", ")}</li>`)}`);
  }
}

/** @param {plans.Problem} one */
function problem(one) {
  const name = /^clusters\[(.*)\]/.exec(one.where)?.[1];
  return html`<li><span>${one.text} <span class="quiet">${one.todo}</span></span>${name ? html`<button type="button" class="plain" data-do="show" data-name="${name}">Show cluster ${name}</button>` : ""}</li>`;
}

customElements.define("plan-save", PlanSave);
export { PlanSave };
