// Start a training: dataset, preset, what goes in and what it will cost, one button. The rest is folded away.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { newestFirst } from "../model/datasets.js";
import { plural } from "../model/format.js";
import { costSentence, dataSentence } from "../model/runs.js";
import "./copy-command.js";

/** @typedef {import("../model/runs.js").Described} Described */
/** @typedef {{name: string, title: string, words: string, settings: Record<string, any>}} Preset */

/** What may be changed without knowing LeRobot: name in the settings, label, unit. */
const FIELDS = /** @type {const} */ ([
  ["steps", "Steps", ""],
  ["batch", "Batch", "frames"],
  ["save_every", "Checkpoint every", "steps"],
  ["recovery_times", "Count each recovery", "times"],
  ["fps", "Policy rate, 0 as recorded", "Hz"],
  ["width", "Picture width, 0 as recorded", "px"],
  ["height", "Picture height, 0 as recorded", "px"],
  ["seed", "Seed", ""],
  ["workers", "Picture loading processes", ""],
]);

class TrainStart extends StudioElement {
  /** @type {Preset[]} */
  #presets = [];
  #preset = "quick";
  /** @type {Record<string, any>} */
  #settings = {};
  #asked = 0;

  /** @param {AbortSignal} signal */
  async start(signal) {
    render(this, html`<p class="quiet">Loading</p>`);
    /** @type {import("../model/datasets.js").Dataset[]} */
    let datasets;
    try {
      datasets = newestFirst(await api("/api/datasets")).filter((one) => one.episodes > 0 && !one.problem);
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
      return;
    }
    if (!datasets.length) {
      render(this, html`<div class="empty card"><p>There is nothing to train on yet.</p><a class="primary" href="/record">Record the first episode</a></div>`);
      return;
    }
    const wanted = new URLSearchParams(location.search).get("dataset");
    render(this, form(datasets, wanted));
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    await this.#datasetChosen();
  }

  get #dataset() {
    return find(this, "select[name=dataset]", HTMLSelectElement).value;
  }

  async #datasetChosen() {
    this.#presets = await api(`/api/training/presets?dataset=${encodeURIComponent(this.#dataset)}`);
    render(find(this, "[data-part=presets]", HTMLElement), html`${this.#presets.map(
      (one) => html`<button type="button" class="preset" data-preset="${one.name}" aria-pressed="${one.name === this.#preset}"><b>${one.title}</b><span>${one.words}</span></button>`,
    )}`);
    this.#presetChosen();
  }

  #presetChosen() {
    const chosen = this.#presets.find((one) => one.name === this.#preset) ?? this.#presets[0];
    this.#settings = { ...chosen.settings };
    for (const button of this.querySelectorAll("[data-preset]")) button.setAttribute("aria-pressed", String(button.getAttribute("data-preset") === chosen.name));
    for (const [name] of FIELDS) find(this, `input[name=${name}]`, HTMLInputElement).value = String(this.#settings[name]);
    find(this, "input[name=augmentation]", HTMLInputElement).checked = Boolean(this.#settings.augmentation);
    find(this, "input[name=accepted_only]", HTMLInputElement).checked = Boolean(this.#settings.accepted_only);
    find(this, "select[name=precision]", HTMLSelectElement).value = this.#settings.precision;
    this.#describe();
  }

  /** @param {Event} event */
  #changed(event) {
    const field = event.target;
    if (field instanceof HTMLSelectElement && field.name === "dataset") {
      this.#datasetChosen();
      return;
    }
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      const value = field instanceof HTMLInputElement && field.type === "checkbox" ? field.checked : field instanceof HTMLInputElement && field.type === "number" ? Number(field.value) : field.value;
      this.#settings = { ...this.#settings, [field.name]: value };
      this.#describe();
    }
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.preset) {
      this.#preset = button.dataset.preset;
      this.#presetChosen();
    }
    if (button?.dataset.start !== undefined) await this.#begin(/** @type {HTMLButtonElement} */ (button));
  }

  #body() {
    return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ dataset: this.#dataset, preset: this.#preset, settings: this.#settings }) };
  }

  async #describe() {
    const asked = ++this.#asked;
    const box = find(this, "[data-part=described]", HTMLElement);
    try {
      /** @type {Described} */
      const described = await api("/api/training/describe", this.#body());
      if (asked !== this.#asked) return;
      render(box, summary(described));
      this.#allow("");
    } catch (error) {
      if (asked !== this.#asked) return;
      render(box, html``);
      this.#allow(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} problem why it cannot start, "" when it can */
  #allow(problem) {
    const line = find(this, ".form-problem", HTMLElement);
    line.hidden = !problem;
    setText(line, problem);
    find(this, "[data-start]", HTMLButtonElement).disabled = Boolean(problem);
  }

  /** @param {HTMLButtonElement} button */
  async #begin(button) {
    button.disabled = true;
    try {
      const run = await api("/api/runs", this.#body());
      location.href = `/train/${encodeURIComponent(run.name)}`;
    } catch (error) {
      this.#allow(/** @type {Error} */ (error).message);
    }
  }
}

/** @param {import("../model/datasets.js").Dataset[]} datasets @param {string | null} wanted */
function form(datasets, wanted) {
  return html`<section class="card train-start">
    <label class="train-dataset">Dataset <select name="dataset">${datasets.map((one) => html`<option value="${one.name}" ${one.name === wanted ? "selected" : ""}>${one.name}, ${plural(one.episodes, "episode")}</option>`)}</select></label>
    <div class="presets" data-part="presets" role="group" aria-label="Preset"></div>
    <div data-part="described"></div>
    <p class="form-problem" role="alert" hidden></p>
    <div class="train-go"><button type="button" class="primary" data-start data-right="train" disabled>Start training</button></div>
    <details><summary>Change settings</summary><div class="train-fields">
      ${FIELDS.map(([name, label, unit]) => html`<label>${label}<span><input type="number" name="${name}" min="0" step="1" inputmode="numeric">${unit && html`<em>${unit}</em>`}</span></label>`)}
      <label>Precision<select name="precision"><option value="fp32">fp32</option><option value="bf16">bf16, faster</option></select></label>
      <label class="check"><input type="checkbox" name="augmentation">Vary the pictures' colours while training</label>
      <label class="check"><input type="checkbox" name="accepted_only">Only episodes that a person accepted</label>
    </div></details>
  </section>`;
}

/** @param {Described} described */
function summary(described) {
  const clusters = Object.entries(described.clusters).map(([name, count]) => `${name}: ${count}`).join(", ");
  const held = described.held_out.length ? `Cluster ${described.held_out.join(", ")} is held out and only tried.` : "No cluster is held out: how it does in new places will not be known.";
  return html`<ul class="train-facts"><li>${dataSentence(described)}</li><li>${held}</li><li>${costSentence(described)}</li></ul>
    <details><summary>Episodes by cluster, and the command</summary><p class="quiet">${clusters}</p><copy-command>${described.command}</copy-command></details>`;
}

customElements.define("train-start", TrainStart);
