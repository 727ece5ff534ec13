// Dataset to evaluated policy in one start: the plan before it begins, each step with its gate, and the way past a closed one.

import { api } from "../core/api.js";
import { every, StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { store } from "../core/studio.js";
import "./job-card.js";

/** @typedef {{name: string, plan: string, gate: string, state: string, words: string, todo: string, url: string}} Step */
/** @typedef {{pipeline: {name: string, dataset: string, preset: string}, steps: Step[], state: string, job: string}} Pipeline */

const AGAIN_MS = 3000;
const SIGNS = /** @type {Record<string, [string, string, string]>} */ ({
  waiting: ["○", "", "waits"],
  running: ["▶", "now", "now"],
  done: ["✓", "ok", "done"],
  stopped: ["▲", "warn", "gate closed"],
  failed: ["✕", "block", "failed"],
});
const PRESETS = /** @type {const} */ (["quick", "guide-act", "guide-smolvla"]);

class PipelineView extends StudioElement {
  #seen = "";
  #asked = 0;

  /** @param {AbortSignal} signal */
  async start(signal) {
    try {
      const datasets = (await api("/api/datasets")).filter((/** @type {any} */ one) => one.episodes && !one.problem).map((/** @type {any} */ one) => one.name);
      if (signal.aborted) return;
      render(this, html`<div data-part="list"></div><details class="run-more" data-part="new"><summary>From a dataset to an evaluated policy, in one start</summary>${form(datasets)}</details>`);
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
      return;
    }
    this.addEventListener("change", () => this.#describe(), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    find(this, "details", HTMLDetailsElement).addEventListener("toggle", () => this.#describe(), { signal });
    store.watch(["jobs"], () => this.#load(), signal);
    every(AGAIN_MS, () => document.hidden || this.#load(), signal);
  }

  async #load() {
    try {
      /** @type {Pipeline[]} */
      const found = await api("/api/pipelines");
      const seen = JSON.stringify(found);
      if (seen === this.#seen) return;
      this.#seen = seen;
      const active = found.filter((one, i) => one.state !== "done" || i === 0).slice(0, 4);
      render(find(this, "[data-part=list]", HTMLElement), html`${active.map(card)}`);
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message);
    }
  }

  #body() {
    return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ dataset: find(this, "select[name=dataset]", HTMLSelectElement).value, preset: find(this, "select[name=preset]", HTMLSelectElement).value }) };
  }

  async #describe() {
    if (!find(this, "details", HTMLDetailsElement).open || !this.querySelector("select[name=dataset]")) return;
    const asked = ++this.#asked;
    try {
      /** @type {Pipeline} */
      const told = await api("/api/pipelines/describe", this.#body());
      if (asked !== this.#asked) return;
      render(find(this, "[data-part=plan]", HTMLElement), steps(told.steps));
      this.#say("");
    } catch (error) {
      if (asked === this.#asked) this.#say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} problem */
  #say(problem) {
    const line = find(this, "[data-part=new] .form-problem", HTMLElement);
    line.hidden = !problem;
    setText(line, problem);
    const start = this.querySelector("[data-start]");
    if (start instanceof HTMLButtonElement) start.disabled = Boolean(problem);
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const { start, resume, past } = button.dataset;
    if (start === undefined && resume === undefined) return;
    button.disabled = true;
    try {
      if (start !== undefined) await api("/api/pipelines", this.#body());
      else await api(`/api/pipelines/${encodeURIComponent(resume ?? "")}/resume`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ past: past ? [past] : [] }) });
      find(this, "details", HTMLDetailsElement).open = false;
      await this.#load();
    } catch (error) {
      find(this, "details", HTMLDetailsElement).open = true;
      this.#say(/** @type {Error} */ (error).message);
    } finally {
      button.disabled = false;
    }
  }
}

/** @param {string[]} datasets */
function form(datasets) {
  if (!datasets.length) return html`<p class="quiet">No dataset has episodes yet. <a href="/record">Record some</a></p><p class="form-problem" role="alert" hidden></p>`;
  return html`<section class="card export-start"><div class="export-row"><label class="export-field"><span>Dataset</span><select name="dataset">${datasets.map((name) => html`<option>${name}</option>`)}</select></label>
      <label class="export-field"><span>Training</span><select name="preset">${PRESETS.map((name) => html`<option>${name}</option>`)}</select></label></div>
    <div data-part="plan"></div><p class="form-problem" role="alert" hidden></p><div class="export-go"><button type="button" class="primary" data-start data-right="evaluate">Start all of it</button></div></section>`;
}

/** @param {Pipeline} one */
function card({ pipeline, steps: listed, state, job }) {
  const stuck = listed.find((step) => step.state === "stopped" || step.state === "failed");
  const idle = state !== "running" && state !== "queued" && state !== "done";
  return html`<section class="card run-verdict"><p><b>${pipeline.name}</b> <span class="quiet">from ${pipeline.dataset}, preset ${pipeline.preset}</span></p>
    ${steps(listed)}${state === "running" || state === "queued" ? html`<job-card job="${job}"></job-card>` : ""}
    ${idle && html`<p class="run-links"><button type="button" class="primary" data-resume="${pipeline.name}" data-right="evaluate">Go on</button>${stuck?.state === "stopped" && html`<button type="button" class="plain" data-resume="${pipeline.name}" data-right="evaluate" data-past="${stuck.name}" title="${stuck.words}">Pass the gate of “${stuck.name}” knowingly</button>`}</p>`}</section>`;
}

/** @param {Step[]} listed */
function steps(listed) {
  return html`<ol class="findings checklist pipeline">${listed.map((step) => {
    const [glyph, level, word] = SIGNS[step.state] ?? ["○", "", step.state];
    return html`<li data-level="${level}"><span aria-hidden="true">${glyph}</span><div><b>${step.name}</b> <span class="quiet">${word}</span>${step.url && html` <a href="${step.url}">Open</a>`}
      <small>${step.state === "waiting" ? `${step.plan} Gate: ${step.gate}` : [step.words, step.todo].filter(Boolean).join(" ")}</small></div></li>`;
  })}</ol>`;
}

customElements.define("pipeline-view", PipelineView);
