// Which policy is on the arm next, and how it is executed: defaults first, the rest folded away.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { perform, store } from "../core/studio.js";
import { trial } from "../core/trial.js";
import { active } from "../model/policyrun.js";

/** @typedef {import("../core/messages.js").PolicyState} PolicyState */
/** @typedef {{value: string, label: string, group: string}} Option */

const MODES = /** @type {Record<string, [string, string]>} */ ({
  synchronous: ["Sync", "Synchronous: the arm holds while the policy thinks. For comparison"],
  asynchronous: ["Async", "Asynchronous: the arm goes on while the policy thinks"],
  ensembling: ["Ensemble", "Temporal ensembling: looks as often as it can, all chunks are averaged"],
  rtc: ["Real-time", "Real-time chunking: the next chunk goes on from what is queued"],
});
const FALLBACKS = /** @type {const} */ ([["hold", "Hold"], ["slow", "Slow down"], ["retreat", "Retreat"]]);
const AGGREGATIONS = ["weighted_average", "latest_only", "average", "conservative"];

class RunSetup extends StudioElement {
  #shown = "";
  /** @type {Option[]} */
  #policies = [];
  /** @type {string[]} */
  #datasets = [];
  #chosen = new URLSearchParams(location.search).get("policy") ?? "";

  /** @param {AbortSignal} signal */
  async start(signal) {
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    // What is being typed or chosen is not painted away; what came meanwhile is painted when it is done.
    this.addEventListener("focusout", () => queueMicrotask(() => signal.aborted || this.#paint()), { signal });
    trial.addEventListener("change", () => this.#trialChanged(), { signal });
    store.watch(["policy", "rig"], () => this.#paint(), signal);
    try {
      const [choices, exports] = await Promise.all([api("/api/exports/choices"), api("/api/exports")]);
      this.#datasets = choices.datasets;
      this.#policies = [
        ...exports.filter((/** @type {any} */ one) => !one.problem).map((/** @type {any} */ one) => ({ value: `exports/${one.name}`, label: one.name, group: "Exports, without torch" })),
        ...choices.runs.map((/** @type {any} */ run) => ({ value: run.run, label: `${run.run}, best step`, group: "Checkpoints, by PyTorch" })),
      ];
    } catch (error) {
      find(this, ".form-problem", HTMLElement).hidden = false;
      setText(find(this, ".form-problem", HTMLElement), /** @type {Error} */ (error).message);
    }
    this.#shown = "";
    this.#paint();
  }

  /** The evaluation's entrant is what is run. */
  #trialChanged() {
    if (trial.policy) this.#chosen = trial.policy;
    this.#shown = "";
    this.#paint();
  }

  #paint() {
    const policy = store.state?.policy;
    if (!policy) return;
    const { phase, problem, todo, opened, modes, presets, choice, run } = policy;
    const text = JSON.stringify([phase, problem, todo, opened, modes, presets, choice, active(run), this.#policies, this.#chosen, trial.next?.trial?.entrant]);
    if (text === this.#shown || (this.contains(document.activeElement) && document.activeElement?.matches("input, select"))) return;
    this.#shown = text;
    const open = this.querySelector("details")?.open ?? false;
    const listed = this.#policies.some((one) => one.value === this.#chosen) || !this.#chosen ? this.#policies : [{ value: this.#chosen, label: this.#chosen, group: "Named" }, ...this.#policies];
    const chosen = this.#chosen || opened?.name || listed[0]?.value || "";
    render(this, html`${chooser(policy, listed, chosen)}<p class="form-problem" role="alert" ${phase === "failed" ? "" : "hidden"}>${[problem, todo].filter(Boolean).join(" ")}</p>${opened ? settings(policy, this.#datasets, open) : ""}`);
    const select = this.querySelector("select[name=policy]");
    if (select instanceof HTMLSelectElement) select.value = chosen;
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    button.blur();
    const { load, close, measure, mode, fallback } = button.dataset;
    if (load !== undefined) await trial.open(find(this, "select[name=policy]", HTMLSelectElement).value);
    if (close !== undefined) await perform({ type: "policy.close" }, "record");
    if (measure !== undefined) await perform({ type: "policy.measure" }, "record");
    if (mode) await choose({ mode });
    if (fallback) await choose({ fallback });
  }

  /** @param {Event} event */
  #changed(event) {
    const field = event.target;
    if (!(field instanceof HTMLSelectElement || field instanceof HTMLInputElement)) return;
    if (field.name === "policy") this.#chosen = field.value;
    else if (field.type === "range" || field.type === "number") choose({ [field.name]: Number(field.value) });
    else choose({ [field.name]: field.value });
    field.blur();
  }
}

/** @param {Record<string, unknown>} change */
function choose(change) {
  return perform(/** @type {any} */ ({ type: "policy.choose", ...change }), "record");
}

/** @param {PolicyState} policy @param {Option[]} options @param {string} chosen */
function chooser(policy, options, chosen) {
  if (!options.length) return html`<p class="quiet">There is no policy yet. <a href="/train">Train one</a>, then <a href="/deploy">export it</a>.</p>`;
  const groups = [...new Set(options.map((one) => one.group))];
  const running = active(policy.run);
  const busy = policy.phase === "opening" || policy.phase === "measuring";
  const words = { closed: "Not open", opening: "Opens in a process of its own…", measuring: "Times a few looks…", ready: "Ready", failed: "Refused" }[policy.phase];
  const same = policy.opened?.name === chosen && policy.phase !== "failed";
  return html`<div class="run-choose-policy"><select name="policy" aria-label="Policy" ${running ? "disabled" : ""}>${groups.map((group) => html`<optgroup label="${group}">${options.filter((one) => one.group === group).map((one) => html`<option value="${one.value}">${one.label}</option>`)}</optgroup>`)}</select>
    ${same ? html`<button type="button" class="plain" data-close data-right="drive" ${running ? "disabled" : ""} title="${running ? "Stop the run first" : "End the policy's process"}">Close</button>` : html`<button type="button" class="primary" data-load data-right="drive" ${running || busy ? "disabled" : ""} title="${running ? "Stop the run first" : "Open it and time it"}">Open</button>`}</div>
    <p class="quiet" role="status">${words}${policy.opened ? html`: ${policy.opened.kind.toUpperCase()}, ${policy.opened.fps} Hz, chunks of ${policy.opened.horizon}, sees ${policy.opened.cameras.join(", ")}${policy.opened.artifact ? "; no torch" : ""}` : ""}</p>`;
}

/** @param {PolicyState} policy @param {string[]} datasets @param {boolean} open */
function settings({ modes, presets, choice, opened, run }, datasets, open) {
  const running = active(run);
  const off = running ? html`disabled` : "";
  const preset = presets.find((one) => one.label === choice.delay_label)?.key ?? "";
  const own = !choice.delay_s && !Object.keys(choice.stages_s).length;
  const named = choice.dataset && !datasets.includes(choice.dataset) ? [choice.dataset, ...datasets] : datasets;
  return html`<div class="run-settings">
    <div class="segments" role="group" aria-label="Execution">${modes.map((one) => html`<button type="button" data-mode="${one.mode}" data-right="drive" data-blocked="${String(Boolean(one.blocked))}" aria-pressed="${String(one.mode === choice.mode)}" aria-disabled="${String(Boolean(one.blocked) || running)}" title="${one.blocked || (running ? "Stop the run first" : (MODES[one.mode]?.[1] ?? one.mode))}">${MODES[one.mode]?.[0] ?? one.mode}</button>`)}</div>
    <div><label>If it starves<div class="segments" role="group" aria-label="If the queue starves">${FALLBACKS.map(([key, label]) => html`<button type="button" data-fallback="${key}" data-right="drive" aria-pressed="${String(key === choice.fallback)}" aria-disabled="${String(running)}">${label}</button>`)}</div></label><small class="quiet run-cut">Also after a look that takes over ${choice.look_limit_s} s: it is cut off, and its process ended.</small></div>
    <div class="run-pair"><label>Latency<select name="delay" data-right="drive" ${off}><option value="" ${own ? "selected" : ""}>this machine's own</option>${presets.map((one) => html`<option value="${one.key}" ${!own && one.key === preset ? "selected" : ""}>EMULATED: ${one.seconds} s, ${one.label}</option>`)}</select></label>
      <label>Keep takes in<select name="dataset" data-right="drive" ${off}><option value="">no dataset</option>${named.map((name) => html`<option ${name === choice.dataset ? "selected" : ""}>${name}</option>`)}</select></label></div>
    ${opened?.takes_task ? html`<label>Task${opened.tasks.length ? html`<select name="task" data-right="drive" ${off}>${opened.tasks.map((task) => html`<option ${task === choice.task ? "selected" : ""}>${task}</option>`)}</select>` : html`<input name="task" data-right="drive" value="${choice.task}" maxlength="400" ${off}>`}</label>` : ""}
    <details ${open ? html`open` : ""}><summary>More: ${choice.words.replaceAll("_", " ")}</summary><div class="run-pair">
      <label>Threshold <input type="number" name="threshold" data-right="drive" min="0" max="1" step="0.05" value="${choice.threshold}" ${off}></label>
      <label>Executed of a chunk, 0 its own <input type="number" name="execute" data-right="drive" min="0" max="1000" step="1" value="${choice.execute}" ${off}></label>
      <label>Overlap<select name="aggregation" data-right="drive" ${off}>${AGGREGATIONS.map((one) => html`<option value="${one}" ${one === choice.aggregation ? "selected" : ""}>${one.replaceAll("_", " ")}</option>`)}</select></label>
      <label>Cut a look off after, s; 0: by what was timed <input type="number" name="cut_off_s" data-right="drive" min="0" max="600" step="1" value="${choice.cut_off_s}" ${off}></label>
      <label>Ensemble coefficient <input type="number" name="coefficient" data-right="drive" min="-10" max="10" step="0.01" value="${choice.coefficient}" ${off}></label></div>
      <button type="button" class="plain" data-measure data-right="drive" ${off}>Measure again</button></details></div>`;
}

customElements.define("run-setup", RunSetup);
