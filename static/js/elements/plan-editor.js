// The plan page: one draft, shown by the map and edited by the cards beside it.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { PlanDraft } from "../core/plandraft.js";
import { store } from "../core/studio.js";
import * as plans from "../model/plan.js";
import { PlanAmounts } from "./plan-amounts.js";
import { PlanCluster } from "./plan-cluster.js";
import { PlanDetails } from "./plan-details.js";
import { PlanMap } from "./plan-map.js";
import { PlanSave } from "./plan-save.js";

const TASK = "Put the tea bag in the mug.";

class PlanEditor extends StudioElement {
  /** @param {AbortSignal} signal */
  async start(signal) {
    render(this, html`<p class="quiet">Loading the plan</p>`);
    await connected(signal);
    const draft = new PlanDraft(this.getAttribute("dataset") ?? "", store.state?.recorder.task ?? TASK);
    await draft.load();
    if (signal.aborted) return;
    render(
      this,
      html`<section class="plan-stage"><plan-map></plan-map>
          <div class="choices"><button type="button" class="plain" data-do="add">Add a cluster</button><button type="button" class="plain" data-do="fit">Fit the workspace</button>
            <button type="button" class="plain" data-do="corner">Add a corner</button><button type="button" class="plain" data-do="plain" aria-pressed="false">From above</button></div>
          <p class="form-problem" data-part="said" role="alert" hidden></p>
          <p class="quiet plan-legend"><span><i data-key="held"></i>held out: recorded, never trained on</span><span><i data-key="position"></i>position and yaw</span><span><i data-key="reach"></i>the arm's reach</span><span><i data-key="workspace"></i>workspace</span></p>
          <p class="quiet" data-part="picture"></p></section>
        <section class="plan-side"><plan-save class="card"></plan-save><plan-amounts class="card"></plan-amounts><plan-cluster class="card"></plan-cluster><plan-details class="card"></plan-details></section>`,
    );
    for (const kind of [PlanMap, PlanSave, PlanAmounts, PlanCluster, PlanDetails]) this.#give(kind, draft);
    this.addEventListener("click", (event) => this.#do(event, draft), { signal });
    this.addEventListener("keydown", (event) => undoKey(event, draft), { signal });
    const note = find(this, "[data-part=picture]", HTMLElement);
    setText(note, draft.known?.table ? "" : "The table is not calibrated, so the map is drawn to scale instead of over the picture. Calibrate it under Setup.");
    find(this, "[data-do=plain]", HTMLButtonElement).hidden = !draft.known?.table;
  }

  /** The elements were made without their draft: they start once they have it. @param {new () => any} kind @param {PlanDraft} draft */
  #give(kind, draft) {
    const element = [...this.querySelectorAll("*")].find((one) => one instanceof kind);
    if (!(element instanceof StudioElement)) return;
    /** @type {any} */ (element).draft = draft;
    element.connectedCallback();
  }

  /** @param {Event} event @param {PlanDraft} draft */
  #do(event, draft) {
    const button = /** @type {Element} */ (event.target).closest(".plan-stage [data-do]");
    if (!draft.plan || !button) return;
    let failure = "";
    switch (button.getAttribute("data-do")) {
      case "add": {
        const added = plans.addCluster(draft.plan, draft.known?.reach ?? null);
        if (added) {
          draft.change(added.plan);
          draft.select(added.name);
        } else failure = "There is no room for a further cluster of that size in the arm's reach. Make another one smaller, or remove one.";
        break;
      }
      case "fit":
        draft.change(plans.fitWorkspace(draft.plan));
        break;
      case "corner":
        draft.change(plans.addCorner(draft.plan));
        break;
      case "plain": {
        const map = find(this, "plan-map", PlanMap);
        map.plain = !map.plain;
        button.setAttribute("aria-pressed", String(map.plain));
        break;
      }
    }
    const box = find(this, "[data-part=said]", HTMLElement);
    box.hidden = !failure;
    setText(box, failure);
  }
}

/** @param {KeyboardEvent} event @param {PlanDraft} draft */
function undoKey(event, draft) {
  const typing = /** @type {Element} */ (event.target).matches("input, textarea, select");
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && !typing) {
    event.preventDefault();
    draft.undo();
  }
}

/** The first state tells the task; without one the page still opens after a moment. @param {AbortSignal} signal */
function connected(signal) {
  const once = new AbortController();
  signal.addEventListener("abort", () => once.abort());
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const settle = () => {
        if (!store.state) return;
        once.abort();
        resolve();
      };
      store.watch(["recorder"], settle, once.signal);
      setTimeout(resolve, 3000);
    })
  );
}

customElements.define("plan-editor", PlanEditor);
