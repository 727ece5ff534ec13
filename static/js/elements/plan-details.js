// What is rarely changed: orientations, causes of recoveries, tolerance, object and goal, limits of the checks.

import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { showProblems } from "./plan-amounts.js";

/** @typedef {import("../core/plandraft.js").PlanDraft} PlanDraft */
/** @typedef {import("../model/plan.js").Plan} Plan */

const STARTS = { dropped_beside: "dropped beside the goal", slipped_grasp: "slipped out of the claws", knocked_over: "knocked over", missed_grasp: "grasp missed", near_goal: "in the claws, near the goal" };
const OBJECT = /** @type {const} */ ([["object.length_cm", "Object length (cm)"], ["object.width_cm", "Object width (cm)"], ["object.height_cm", "Object height (cm)"], ["object.symmetry_deg", "Looks the same after (°)"], ["goal.x_cm", "Goal ahead (cm)"], ["goal.y_cm", "Goal left (cm)"], ["goal.radius_cm", "Goal radius (cm)"]]);
const TOLERANCE = /** @type {const} */ ([["tolerance.position_cm", "Off by at most (cm)"], ["tolerance.yaw_deg", "Turned by at most (°)"], ["margin_cm", "Clear of a cluster's border (cm)"], ["seed", "Seed of the positions"]]);

class PlanDetails extends StudioElement {
  /** @type {PlanDraft | null} */
  draft = null;
  #shown = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    const draft = this.draft;
    if (!draft) return;
    render(
      this,
      html`<details><summary>Orientations <span data-part="orientations-sum" class="quiet"></span></summary><div data-part="orientations"></div><p class="form-problem" data-problem="orientations" role="alert" hidden></p></details>
        <details><summary>Causes of recoveries <span data-part="causes-sum" class="quiet"></span></summary><div data-part="causes"></div><p class="form-problem" data-problem="causes" role="alert" hidden></p></details>
        <details><summary>Tolerance and positions <span data-part="tolerance-sum" class="quiet"></span></summary><div class="plan-numbers">${TOLERANCE.map(number)}</div><p class="form-problem" data-problem="tolerance" role="alert" hidden></p></details>
        <details><summary>Object and goal <span data-part="object-sum" class="quiet"></span></summary><div class="plan-numbers">
          <label>Object <input type="text" data-path="object.name" maxlength="40"></label><label>Goal <input type="text" data-path="goal.name" maxlength="40"></label>${OBJECT.map(number)}</div>
          <p class="form-problem" data-problem="object" role="alert" hidden></p><p class="form-problem" data-problem="goal" role="alert" hidden></p></details>
        <details><summary>Limits of the checks <span data-part="limits-sum" class="quiet"></span></summary><p class="quiet">Only what differs from the defaults is stored. docs/checks.md explains each.</p>
          <label class="plan-limits">One a line, as <code>fail_moved_px = 5</code><textarea rows="4" spellcheck="false" data-field="thresholds"></textarea></label><p class="form-problem" data-problem="thresholds" role="alert" hidden></p></details>`,
    );
    this.addEventListener("change", (event) => this.#edit(event), { signal });
    this.addEventListener("click", (event) => this.#do(event), { signal });
    for (const name of ["draft", "said"]) draft.addEventListener(name, () => this.#paint(), { signal });
    this.#paint();
  }

  /** @param {Event} event */
  #edit(event) {
    const [draft, input] = [this.draft, event.target];
    if (!draft?.plan || !(input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement || input instanceof HTMLSelectElement)) return;
    if (input.dataset.field === "thresholds") draft.change({ ...draft.plan, thresholds: thresholdsOf(input.value) });
    else if (input.dataset.path) draft.change(withValue(draft.plan, input.dataset.path, input instanceof HTMLInputElement && input.type === "number" ? input.valueAsNumber : input.value));
  }

  /** @param {Event} event */
  #do(event) {
    const [draft, button] = [this.draft, /** @type {Element} */ (event.target).closest("[data-do]")];
    if (!draft?.plan || !button) return;
    const index = Number(button.getAttribute("data-index"));
    const { orientations, causes } = draft.plan;
    switch (button.getAttribute("data-do")) {
      case "add-orientation":
        draft.change({ ...draft.plan, orientations: [...orientations, { name: `way ${orientations.length + 1}`, yaw_deg: 45, spread_deg: 20 }] });
        break;
      case "drop-orientation":
        draft.change({ ...draft.plan, orientations: orientations.filter((_, i) => i !== index) });
        break;
      case "add-cause":
        draft.change({ ...draft.plan, causes: [...causes, { name: `cause ${causes.length + 1}`, start: "missed_grasp", words: "Say how the {object} and the arm shall stand." }] });
        break;
      case "drop-cause":
        draft.change({ ...draft.plan, causes: causes.filter((_, i) => i !== index) });
        break;
    }
  }

  #paint() {
    const { plan, said } = this.draft ?? {};
    if (!plan) return;
    const say = (/** @type {string} */ part, /** @type {string} */ text) => (find(this, `[data-part=${part}-sum]`, HTMLElement).textContent = text);
    say("orientations", plan.orientations.map((one) => one.name).join(", "));
    say("causes", `${plan.causes.length}`);
    say("tolerance", `${plan.tolerance.position_cm} cm, ${plan.tolerance.yaw_deg}°`);
    say("object", `${plan.object.name} into ${plan.goal.name}`);
    say("limits", Object.keys(plan.thresholds).length ? `${Object.keys(plan.thresholds).length} changed` : "defaults");
    for (const where of ["orientations", "causes", "tolerance", "object", "goal", "thresholds"]) showProblems(this, where, said?.problems ?? []);
    this.#paintLists(plan);
    for (const input of this.querySelectorAll("[data-path]")) {
      if (input instanceof HTMLInputElement && input !== document.activeElement) input.value = String(valueAt(plan, input.dataset.path ?? ""));
    }
    const limits = find(this, "[data-field=thresholds]", HTMLTextAreaElement);
    if (document.activeElement !== limits) limits.value = Object.entries(plan.thresholds).map(([key, value]) => `${key} = ${value}`).join("\n");
  }

  /** Lists are made anew only when a row came or went: typing keeps its place. @param {Plan} plan */
  #paintLists(plan) {
    const shape = `${plan.orientations.length}/${plan.causes.length}`;
    if (shape === this.#shown) return;
    this.#shown = shape;
    render(
      find(this, "[data-part=orientations]", HTMLElement),
      html`${plan.orientations.map((_, i) => html`<div class="plan-row"><label>Name <input type="text" data-path="orientations.${i}.name" maxlength="40"></label>
        ${number([`orientations.${i}.yaw_deg`, "Yaw (°)"])}${number([`orientations.${i}.spread_deg`, "± (°)"])}<button type="button" class="plain" data-do="drop-orientation" data-index="${i}">Remove</button></div>`)}
        <button type="button" class="plain" data-do="add-orientation">Add an orientation</button>`,
    );
    render(
      find(this, "[data-part=causes]", HTMLElement),
      html`${plan.causes.map((cause, i) => html`<div class="plan-row plan-cause"><label>Name <input type="text" data-path="causes.${i}.name" maxlength="40"></label>
        <label>Begins <select data-path="causes.${i}.start">${Object.entries(STARTS).map(([key, words]) => html`<option value="${key}" ${key === cause.start ? html`selected` : ""}>${words}</option>`)}</select></label>
        <button type="button" class="plain" data-do="drop-cause" data-index="${i}">Remove</button>
        <label class="plan-words">What the operator reads <input type="text" data-path="causes.${i}.words" maxlength="300"></label></div>`)}
        <button type="button" class="plain" data-do="add-cause">Add a cause</button>`,
    );
  }
}

/** @param {readonly [string, string]} pair */
function number([path, label]) {
  return html`<label>${label} <input type="number" step="any" data-path="${path}"></label>`;
}

/** @param {any} value @param {string} path */
function valueAt(value, path) {
  return path.split(".").reduce((at, key) => at?.[key], value);
}

/** @param {any} value @param {string} path @param {unknown} next @returns {any} a copy with that one value changed */
function withValue(value, path, next) {
  const [key, ...rest] = path.split(".");
  const changed = rest.length ? withValue(value[key], rest.join("."), next) : next;
  if (Array.isArray(value)) return value.map((one, i) => (String(i) === key ? changed : one));
  return { ...value, [key]: changed };
}

/** @param {string} text @returns {Record<string, number>} what is not "name = number" keeps a NaN, which the studio names */
function thresholdsOf(text) {
  const pairs = text.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => line.split("=").map((part) => part.trim()));
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
}

customElements.define("plan-details", PlanDetails);
export { PlanDetails };
