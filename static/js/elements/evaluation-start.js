// Score policies on the clusters that the data came from: which, how, how often; the same places for all of them.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { keepEntered } from "../core/entered.js";
import { find, html, render, setText } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { store } from "../core/studio.js";
import { keyOf, protocolSentence, ruleOf, SUCCESSES } from "../model/evaluations.js";

/** @typedef {{value: string, label: string}} Policy */

const AMOUNTS = /** @type {const} */ ([
  ["quick", "Quick look", { training: 1, held_out: 2, new: 0 }],
  ["usual", "As the guide", { training: 2, held_out: 10, new: 0 }],
  ["thorough", "Thorough", { training: 5, held_out: 20, new: 10 }],
]);

class EvaluationStart extends StudioElement {
  #amount = "usual";
  #judge = "";
  #asked = 0;
  #exports = "";
  #load = oneByOne(() => this.#look());

  /** @param {AbortSignal} signal */
  start(signal) {
    this.addEventListener("change", () => this.#describe(), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    store.watch(["jobs", "rig"], () => this.#load(), signal);
  }

  async #look() {
    const seen = JSON.stringify([(store.state?.jobs ?? []).filter((job) => job.kind === "export.run").map((job) => [job.id, job.state]), store.state?.rig.simulated]);
    if (seen === this.#exports || !store.state) return;
    this.#exports = seen;
    try {
      const [choices, exports, datasets] = await Promise.all([api("/api/exports/choices"), api("/api/exports"), api("/api/datasets")]);
      /** @type {Policy[]} */
      const policies = [
        ...exports.filter((/** @type {any} */ one) => !one.problem).map((/** @type {any} */ one) => ({ value: `exports/${one.name}`, label: `${one.name}, export` })),
        ...choices.runs.map((/** @type {any} */ run) => ({ value: run.run, label: `${run.run}, PyTorch` })),
      ];
      this.#judge ||= store.state.rig.simulated ? "simulator" : "operator";
      const names = datasets.filter((/** @type {any} */ one) => !one.problem).map((/** @type {any} */ one) => one.name);
      keepEntered(this, () => render(this, form(policies, names)));
      this.#press();
      this.#describe();
    } catch (error) {
      this.#exports = "";
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
    }
  }

  #body() {
    const taken = new Set();
    const [mode, delay] = find(this, "select[name=mode]", HTMLSelectElement).value.split("|");
    const policies = [...this.querySelectorAll("input[name=policy]:checked")].map((one) => /** @type {HTMLInputElement} */ (one).value);
    const modes = mode === "both" ? ["synchronous", "asynchronous"] : [mode];
    const entrants = policies.flatMap((policy) => modes.map((one) => ({ key: keyOf(modes.length > 1 ? `${policy}-${one.slice(0, 5)}` : policy, taken), policy, execution: { mode: one, own_delay: delay === "own" } })));
    const amounts = AMOUNTS.find(([key]) => key === this.#amount)?.[2];
    const record = find(this, "input[name=record]", HTMLInputElement).checked;
    const typed = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (find(this, `[name=${name}]`, HTMLElement)).value;
    const rule = ruleOf(this.#judge, { limit: typed("limit"), success: typed("success"), seconds: typed("seconds"), rule: typed("rule") });
    const protocol = { dataset: find(this, "select[name=dataset]", HTMLSelectElement).value, ...amounts, judge: this.#judge, record, ...rule };
    return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ protocol, entrants }), none: entrants.length === 0 };
  }

  async #describe() {
    if (!this.querySelector("[data-start]")) return;
    const asked = ++this.#asked;
    const body = this.#body();
    if (body.none) return this.#say("", "Choose at least one policy.");
    try {
      const told = await api("/api/evaluations/describe", body);
      if (asked === this.#asked) this.#say(protocolSentence(told, this.#judge === "simulator"), "");
    } catch (error) {
      if (asked === this.#asked) this.#say("", /** @type {Error} */ (error).message);
    }
  }

  /** @param {string} words @param {string} problem */
  #say(words, problem) {
    setText(find(this, "[data-part=told]", HTMLElement), words || problem);
    find(this, "[data-part=told]", HTMLElement).classList.toggle("form-problem", Boolean(problem));
    find(this, "[data-start]", HTMLButtonElement).disabled = Boolean(problem);
  }

  #press() {
    for (const [name, value] of /** @type {const} */ ([["amount", this.#amount], ["judge", this.#judge]])) for (const one of this.querySelectorAll(`[data-${name}]`)) one.setAttribute("aria-pressed", String(one.getAttribute(`data-${name}`) === value));
    for (const one of this.querySelectorAll("[data-for]")) /** @type {HTMLElement} */ (one).hidden = one.getAttribute("data-for") !== this.#judge;
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    this.#amount = button.dataset.amount ?? this.#amount;
    this.#judge = button.dataset.judge ?? this.#judge;
    this.#press();
    if (button.dataset.start === undefined) return this.#describe();
    this.#asked += 1; // a description that is still on its way would free the button again
    button.disabled = true;
    setText(button, "Starting…");
    try {
      const made = await api("/api/evaluations", this.#body());
      const name = encodeURIComponent(made.name);
      location.href = this.#judge === "operator" ? `/deploy/run?evaluation=${name}&policy=${encodeURIComponent(JSON.parse(this.#body().body).entrants[0].policy)}` : `/deploy/evaluations/${name}`;
    } catch (error) {
      setText(button, "Evaluate");
      this.#say("", /** @type {Error} */ (error).message);
    }
  }
}

/** @param {Policy[]} policies @param {string[]} datasets */
function form(policies, datasets) {
  const wanted = new URLSearchParams(location.search).get("policy");
  return html`<section class="card export-start evaluation-start" aria-label="Evaluate policies">
    <fieldset class="evaluation-policies"><legend class="quiet">Policies, all at the same places</legend>${policies.map((one, i) => html`<label class="check"><input type="checkbox" name="policy" value="${one.value}" ${(wanted ? one.value === wanted : i === 0) ? "checked" : ""}> ${one.label}</label>`)}</fieldset>
    <div class="export-row"><label class="export-field"><span>Clusters of</span><select name="dataset">${datasets.map((name) => html`<option>${name}</option>`)}</select></label>
      <label class="export-field"><span>Executed</span><select name="mode"><option value="asynchronous|own">asynchronously, at this machine's latency</option><option value="synchronous|">synchronously</option><option value="both|own">both, to compare</option></select></label>
      <div class="export-field"><span>Trials</span><div class="segments" role="group" aria-label="Trials">${AMOUNTS.map(([key, label]) => html`<button type="button" data-amount="${key}">${label}</button>`)}</div></div>
      <div class="export-field"><span>Judged by</span><div class="segments" role="group" aria-label="Judged by"><button type="button" data-judge="simulator">the simulator</button><button type="button" data-judge="operator">me, on the arm</button></div></div></div>
    <details class="run-more"><summary>Time limit, and what counts as a success</summary><div class="export-row">
      <label class="export-field"><span>A trial lasts at most</span><span class="export-tolerance"><input type="number" name="limit" min="1" max="300" step="1" placeholder="15"> s</span></label>
      <label class="export-field" data-for="simulator"><span>It is a success when the object is</span><select name="success">${SUCCESSES.map(([key, words]) => html`<option value="${key}">${words}</option>`)}</select></label>
      <label class="export-field" data-for="simulator"><span>without a break for</span><span class="export-tolerance"><input type="number" name="seconds" min="0" max="60" step="0.5" placeholder="3 steps"> s</span></label>
      <label class="export-field grow" data-for="operator"><span>What you call a success, in your words: whoever judges reads it before each trial</span><input type="text" name="rule" maxlength="300" placeholder="The object lies in the goal, let go of"></label></div></details>
    <label class="check"><input type="checkbox" name="record" checked> Keep each trial as an episode, to look at failures</label>
    <p data-part="told" role="status"></p>
    <div class="export-go"><button type="button" class="primary" data-start data-right="evaluate" disabled>Evaluate</button></div></section>`;
}

customElements.define("evaluation-start", EvaluationStart);
