// How much the plan asks for, and the chosen cluster's numbers.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import * as plans from "../model/plan.js";

/** @typedef {import("../core/plandraft.js").PlanDraft} PlanDraft */

/**
 * @typedef {{key: "positions_per_cluster" | "takes_per_position" | "recovery_share", label: string, unit: string, step: number, least: number, most: number, scale: number}} Amount
 * @type {Amount[]}
 */
const AMOUNTS = [
  { key: "positions_per_cluster", label: "Positions in each cluster", unit: "", step: 1, least: 1, most: 100, scale: 1 },
  { key: "takes_per_position", label: "Takes at each position", unit: "", step: 1, least: 1, most: 20, scale: 1 },
  { key: "recovery_share", label: "Recovery takes", unit: " %", step: 5, least: 0, most: 90, scale: 100 },
];

class PlanAmounts extends StudioElement {
  /** @type {PlanDraft | null} */
  draft = null;

  /** @param {AbortSignal} signal */
  start(signal) {
    const draft = this.draft;
    if (!draft) return;
    render(
      this,
      html`<label class="plan-task">Task, as the robot is told <input type="text" data-field="task" maxlength="400"></label>
        <p class="form-problem" data-problem="task" role="alert" hidden></p>
        ${AMOUNTS.map((one) => html`<div class="plan-amount"><span id="amount-${one.key}">${one.label}</span>
          <div class="stepper" role="group" aria-labelledby="amount-${one.key}" data-amount="${one.key}">
            <button type="button" data-step="-1" aria-label="Fewer">−</button><output class="speed"></output><button type="button" data-step="1" aria-label="More">+</button></div></div>`)}
        <p class="form-problem" data-problem="recovery_share" role="alert" hidden></p>
        <p class="plan-totals" data-part="totals" aria-live="polite"></p>
        <p class="quiet" data-part="duration"></p>`,
    );
    const task = find(this, "[data-field=task]", HTMLInputElement);
    task.addEventListener("input", () => draft.plan && draft.change({ ...draft.plan, task: task.value }), { signal });
    this.addEventListener("click", (event) => this.#step(event), { signal });
    for (const name of ["draft", "said"]) draft.addEventListener(name, () => this.#paint(), { signal });
    this.#paint();
  }

  /** @param {Event} event */
  #step(event) {
    const button = /** @type {Element} */ (event.target).closest("[data-step]");
    const amount = AMOUNTS.find((one) => one.key === button?.closest("[data-amount]")?.getAttribute("data-amount"));
    const plan = this.draft?.plan;
    if (!button || !amount || !plan) return;
    const now = Math.round(plan[amount.key] * amount.scale);
    const next = Math.min(amount.most, Math.max(amount.least, now + amount.step * Number(button.getAttribute("data-step"))));
    this.draft?.change({ ...plan, [amount.key]: next / amount.scale });
  }

  #paint() {
    const { plan, said, known } = this.draft ?? {};
    if (!plan) return;
    const task = find(this, "[data-field=task]", HTMLInputElement);
    if (document.activeElement !== task) task.value = plan.task;
    for (const one of AMOUNTS) {
      const now = Math.round(plan[one.key] * one.scale);
      const box = find(this, `[data-amount=${one.key}]`, HTMLElement);
      setText(find(box, "output", HTMLElement), `${now}${one.unit}`);
      find(box, "[data-step='-1']", HTMLButtonElement).disabled = now <= one.least;
      find(box, "[data-step='1']", HTMLButtonElement).disabled = now >= one.most;
    }
    setText(find(this, "[data-part=totals]", HTMLElement), said ? plans.totals(plan, said) : "");
    setText(find(this, "[data-part=duration]", HTMLElement), said ? plans.duration(said.total_takes, known?.pace_s ?? null) : "");
    for (const where of ["task", "recovery_share"]) showProblems(this, where, said?.problems ?? []);
  }
}

/** The problems of one field, at the field. @param {ParentNode} root @param {string} where @param {plans.Problem[]} problems */
export function showProblems(root, where, problems) {
  const box = find(root, `[data-problem=${where}]`, HTMLElement);
  const found = plans.problemsAt(problems, where);
  box.hidden = !found.length;
  setText(box, found.map((one) => `${one.text} ${one.todo}`).join(" "));
}

customElements.define("plan-amounts", PlanAmounts);
export { PlanAmounts };
