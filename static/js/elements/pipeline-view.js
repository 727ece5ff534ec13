// Dataset to evaluated policy in one start: the plan before it begins, each step with its gate, and the way past a closed one.

import { api } from "../core/api.js";
import { every, StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { oneByOne } from "../core/onebyone.js";
import { store } from "../core/studio.js";
import { formatTime } from "../model/format.js";
import { goingOn, nextStep, openOnes, pipelineSign, stepSign, stepTime } from "../model/pipelines.js";
import "./job-card.js";

/** @typedef {import("../model/pipelines.js").Pipeline} Pipeline */

const AGAIN_MS = 3000;
const PRESETS = /** @type {const} */ (["quick", "guide-act", "guide-smolvla"]);

class PipelineView extends StudioElement {
  #seen = "";
  #asked = 0;
  /** Whether the last look had no answer. */
  #lost = false;
  #load = oneByOne(() => this.#look());
  /** Which cards a person has opened or closed. @type {Map<string, boolean>} */
  #opened = new Map();
  /** @type {Pipeline[]} */
  #all = [];

  /** @param {AbortSignal} signal */
  async start(signal) {
    try {
      const datasets = (await api("/api/datasets")).filter((/** @type {any} */ one) => one.episodes && !one.problem).map((/** @type {any} */ one) => one.name);
      if (signal.aborted) return;
      render(this, html`<h2 data-part="title" hidden>Pipelines</h2><div data-part="list"></div><details class="run-more" data-part="new"><summary>From a dataset to an evaluated policy, in one start</summary>${form(datasets)}</details>`);
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
      return;
    }
    this.addEventListener("change", () => this.#describe(), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    find(this, "[data-part=new]", HTMLDetailsElement).addEventListener("toggle", () => this.#describe(), { signal });
    store.watch(["jobs"], () => this.#load(), signal);
    every(AGAIN_MS, () => document.hidden || this.#load(), signal);
  }

  async #look() {
    try {
      /** @type {Pipeline[]} */
      const found = await api("/api/pipelines");
      if (this.#lost) this.#say("");
      this.#lost = false;
      const seen = JSON.stringify(found);
      if (seen === this.#seen) return;
      this.#seen = seen;
      this.#all = found;
      this.#paint();
    } catch (error) {
      this.#lost = true;
      this.#say(/** @type {Error} */ (error).message);
    }
  }

  #paint() {
    const open = openOnes(this.#all);
    find(this, "[data-part=title]", HTMLElement).hidden = !this.#all.length;
    render(find(this, "[data-part=list]", HTMLElement), html`${this.#all.map((one) => card(one, this.#opened.get(one.pipeline.name) ?? open.has(one.pipeline.name)))}`);
  }

  #body() {
    return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ dataset: find(this, "select[name=dataset]", HTMLSelectElement).value, preset: find(this, "select[name=preset]", HTMLSelectElement).value }) };
  }

  async #describe() {
    if (!find(this, "[data-part=new]", HTMLDetailsElement).open || !this.querySelector("select[name=dataset]")) return;
    const asked = ++this.#asked;
    try {
      /** @type {Pipeline} */
      const told = await api("/api/pipelines/describe", this.#body());
      if (asked !== this.#asked) return;
      render(find(this, "[data-part=plan]", HTMLElement), steps(told));
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
    const target = event.target instanceof Element ? event.target : null;
    const summary = target?.closest("summary");
    const mine = summary?.parentElement;
    if (mine instanceof HTMLDetailsElement && mine.dataset.pipeline) this.#opened.set(mine.dataset.pipeline, !mine.open);
    const button = target?.closest("button");
    if (!button) return;
    if (button.dataset.start !== undefined) await this.#begin(button);
    if (button.dataset.resume !== undefined) await this.#goOn(button);
  }

  /** @param {HTMLButtonElement} button */
  async #begin(button) {
    this.#asked += 1; // a description that is still on its way would free the button again
    button.disabled = true;
    try {
      await api("/api/pipelines", this.#body());
      find(this, "[data-part=new]", HTMLDetailsElement).open = false;
      await this.#load();
      button.disabled = false;
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {HTMLButtonElement} button */
  async #goOn(button) {
    const { resume = "", past } = button.dataset;
    const problem = button.closest("details")?.querySelector("[data-part=problem]");
    button.disabled = true;
    try {
      await api(`/api/pipelines/${encodeURIComponent(resume)}/resume`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ past: past ? [past] : [] }) });
      await this.#load();
    } catch (error) {
      if (problem instanceof HTMLElement) {
        problem.hidden = false;
        setText(problem, /** @type {Error} */ (error).message);
      }
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

/** @param {Pipeline} one @param {boolean} open */
function card(one, open) {
  const { pipeline, steps: listed, state, job } = one;
  const { glyph, level, word } = pipelineSign(one);
  const again = goingOn(one);
  const at = nextStep(listed);
  const under = state === "running" || state === "queued";
  return html`<details class="card pipeline-card" data-pipeline="${pipeline.name}" ${open ? html`open` : ""}><summary><b>${pipeline.name}</b>
      <span class="quiet">${pipeline.dataset}, preset ${pipeline.preset}; ${pipeline.by}, ${formatTime(pipeline.created_at)}</span><span class="pipeline-state" data-level="${level}">${glyph} ${word}</span></summary>
    ${steps(one, under ? job : "")}<p class="form-problem" role="alert" data-part="problem" hidden></p>
    ${again && html`<div class="run-links pipeline-on"><button type="button" class="primary" data-resume="${pipeline.name}" data-right="evaluate">Go on</button>${at?.state === "stopped" && html`<button type="button" class="plain" data-resume="${pipeline.name}" data-right="evaluate" data-past="${at.name}">Pass the gate of “${at.name}” knowingly</button>`}<span class="quiet">${again}</span></div>`}</details>`;
}

/** The steps in their order; the job is shown where it is at work. @param {Pipeline} of @param {string} [job] */
function steps({ steps: listed, state }, job) {
  const at = nextStep(listed);
  return html`<ol class="pipeline">${listed.map((step) => {
    const { glyph, level, word } = stepSign(step, state);
    const told = [step.words, step.todo].filter(Boolean).join(" ");
    return html`<li data-level="${level}"><span class="pipeline-sign" aria-hidden="true">${glyph}</span><div class="pipeline-name"><b>${step.name}</b> <span>${word}</span></div>
      <div class="pipeline-words">${told || step.plan}${step.url && html` <a href="${step.url}">Open</a>`}${step.state !== "done" && html`<small>Gate: ${step.gate}</small>`}</div><span class="pipeline-time">${stepTime(step)}</span>
      ${job && step === at && html`<job-card job="${job}"></job-card>`}</li>`;
  })}</ol>`;
}

customElements.define("pipeline-view", PipelineView);
