// The chosen cluster: its name and numbers, held out or not, what is wrong with it.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import * as plans from "../model/plan.js";

/** @typedef {import("../core/plandraft.js").PlanDraft} PlanDraft */

const FIELDS = /** @type {const} */ ([["x_cm", "Ahead"], ["y_cm", "Left"], ["size_x_cm", "Deep"], ["size_y_cm", "Wide"]]);

class PlanCluster extends StudioElement {
  /** @type {PlanDraft | null} */
  draft = null;

  /** @param {AbortSignal} signal */
  start(signal) {
    const draft = this.draft;
    if (!draft) return;
    render(
      this,
      html`<p class="quiet" data-part="none">Choose a cluster on the map to move, resize, rename or hold it out.</p>
        <div data-part="chosen" hidden>
          <div class="plan-numbers"><label>Name <input type="text" data-field="name" maxlength="40"></label>
            ${FIELDS.map(([key, label]) => html`<label>${label} (cm) <input type="number" data-field="${key}" step="0.5"></label>`)}</div>
          <ul class="plan-wrong" data-part="wrong" role="alert"></ul>
          <div class="choices"><button type="button" class="plain" data-do="hold" aria-pressed="false"></button><button type="button" class="plain" data-do="remove">Remove <kbd>Del</kbd></button></div>
          <p class="quiet" data-part="recorded"></p></div>`,
    );
    this.addEventListener("change", (event) => this.#edit(event), { signal });
    this.addEventListener("click", (event) => this.#do(event), { signal });
    for (const name of ["draft", "said"]) draft.addEventListener(name, () => this.#paint(), { signal });
    this.#paint();
  }

  /** @param {Event} event */
  #edit(event) {
    const [draft, input] = [this.draft, event.target];
    if (!draft?.plan || !(input instanceof HTMLInputElement)) return;
    const field = input.dataset.field ?? "";
    const name = draft.selected;
    if (field === "name") {
      const wanted = input.value.trim();
      draft.change(plans.editCluster(draft.plan, name, { name: wanted }));
      draft.select(wanted);
    } else if (Number.isFinite(input.valueAsNumber)) {
      draft.change(plans.editCluster(draft.plan, name, { [field]: input.valueAsNumber }));
    }
    this.#paint();
  }

  /** @param {Event} event */
  #do(event) {
    const draft = this.draft;
    const what = /** @type {Element} */ (event.target).closest("[data-do]")?.getAttribute("data-do");
    if (!draft?.plan || !what) return;
    draft.change(what === "hold" ? plans.toggleHeldOut(draft.plan, draft.selected) : plans.removeCluster(draft.plan, draft.selected));
  }

  #paint() {
    const { plan, said, selected = "", known } = this.draft ?? {};
    const cluster = plan?.clusters.find((one) => one.name === selected);
    find(this, "[data-part=none]", HTMLElement).hidden = Boolean(cluster);
    find(this, "[data-part=chosen]", HTMLElement).hidden = !cluster;
    if (!plan || !cluster) return;
    for (const key of /** @type {const} */ (["name", "x_cm", "y_cm", "size_x_cm", "size_y_cm"])) {
      const input = find(this, `[data-field=${key}]`, HTMLInputElement);
      if (document.activeElement !== input) input.value = String(cluster[key]);
    }
    const held = plan.held_out.includes(cluster.name);
    const hold = find(this, "[data-do=hold]", HTMLButtonElement);
    hold.setAttribute("aria-pressed", String(held));
    render(hold, held ? html`Held out: train on it instead <kbd>H</kbd>` : html`Hold out for validation <kbd>H</kbd>`);
    const wrong = plans.problemsAt(said?.problems ?? [], plans.clusterKey(cluster.name));
    render(find(this, "[data-part=wrong]", HTMLElement), html`${wrong.map((one) => html`<li>${one.text} ${one.todo}</li>`)}`);
    const count = known?.recorded[cluster.name] ?? 0;
    setText(find(this, "[data-part=recorded]", HTMLElement), count ? `${count} ${count === 1 ? "episode" : "episodes"} recorded here.` : "");
  }
}

customElements.define("plan-cluster", PlanCluster);
export { PlanCluster };
