// Start a training: dataset, preset, what goes in and what it will cost, one button. The rest is folded away.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { newest } from "../core/newest.js";
import { store } from "../core/studio.js";
import { newestFirst } from "../model/datasets.js";
import { formatCount, plural } from "../model/format.js";
import { ended } from "../model/jobs.js";
import { costSentence, dataSentence, readRename, renameLines, versionSentence } from "../model/runs.js";
import "./copy-command.js";
import "./job-card.js";
import { TrainPlace } from "./train-place.js";

/** @typedef {import("../model/runs.js").Described} Described */
/** @typedef {{name: string, title: string, words: string, settings: Record<string, any>, suggested: boolean}} Preset */

/** What may be changed without knowing LeRobot: name in the settings, label, unit, and where it is no whole number its step and most. */
const FIELDS = /** @type {[string, string, string, number?, number?][]} */ ([
  ["steps", "Steps", ""],
  ["batch", "Batch", "frames"],
  ["save_every", "Checkpoint every", "steps"],
  ["recovery_times", "Count each recovery", "times"],
  ["state_noise", "Noise on joint positions", "standard deviations", 0.01, 1],
  ["fps", "Policy rate, 0 as recorded", "Hz"],
  ["width", "Picture width, 0 as recorded", "px"],
  ["height", "Picture height, 0 as recorded", "px"],
  ["seed", "Seed", ""],
  ["workers", "Picture loading processes", ""],
  ["processes", "Graphics cards to train on at once", ""],
]);

class TrainStart extends StudioElement {
  /** @type {Preset[]} */
  #presets = [];
  #preset = ""; // the one that fits this machine, until a person takes another
  /** @type {Record<string, any>} */
  #settings = {};
  #asked = newest();
  #askedPresets = newest();
  #probe = "";

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
    const runs = await api("/api/runs").catch(() => []);
    render(this, form(datasets, wanted, runs));
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    this.addEventListener("place-chosen", () => this.#describe(), { signal });
    store.watch(["jobs"], () => this.#probed(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    await this.#datasetChosen();
  }

  get #dataset() {
    return find(this, "select[name=dataset]", HTMLSelectElement).value;
  }

  async #datasetChosen() {
    const stands = this.#askedPresets();
    try {
      const presets = await api(`/api/training/presets?dataset=${encodeURIComponent(this.#dataset)}`);
      if (!stands()) return;
      this.#presets = presets;
    } catch (error) {
      if (stands()) this.#allow(/** @type {Error} */ (error).message);
      return;
    }
    this.#preset ||= (this.#presets.find((one) => one.suggested) ?? this.#presets[0]).name;
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
    find(this, "input[name=base]", HTMLInputElement).value = this.#settings.base;
    find(this, "select[name=from_run]", HTMLSelectElement).value = this.#settings.from_run;
    find(this, "textarea[name=rename]", HTMLTextAreaElement).value = renameLines(this.#settings.rename);
    this.#describe();
  }

  /** @param {Event} event */
  #changed(event) {
    const field = event.target;
    if (field instanceof HTMLSelectElement && field.name === "dataset") {
      this.#datasetChosen();
      return;
    }
    if (field instanceof HTMLTextAreaElement && field.name === "rename") {
      this.#settings = { ...this.#settings, rename: readRename(field.value) };
      this.#describe();
    }
    if ((field instanceof HTMLInputElement || field instanceof HTMLSelectElement) && field.name) {
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
    if (button?.dataset.measure !== undefined) await this.#measure(/** @type {HTMLButtonElement} */ (button));
    if (button?.dataset.start !== undefined) await this.#begin(/** @type {HTMLButtonElement} */ (button));
  }

  #body() {
    return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ dataset: this.#dataset, preset: this.#preset, settings: this.#settings, on: find(this, "train-place", TrainPlace).value }) };
  }

  async #describe() {
    const stands = this.#asked();
    const box = find(this, "[data-part=described]", HTMLElement);
    box.setAttribute("aria-busy", "true");
    if (!box.hasChildNodes()) render(box, html`<p class="quiet" role="status">Looking at the episodes: what goes in, and what it will take. It can be started once that is known.</p>`);
    try {
      /** @type {Described} */
      const described = await api("/api/training/describe", this.#body());
      if (!stands()) return;
      render(box, summary(described));
      box.removeAttribute("aria-busy");
      find(this, "[data-measure]", HTMLElement).hidden = described.probed;
      this.#allow("");
    } catch (error) {
      if (!stands()) return;
      render(box, html``);
      box.removeAttribute("aria-busy");
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

  /** A few real steps say what it will take. @param {HTMLButtonElement} button */
  async #measure(button) {
    button.disabled = true;
    try {
      this.#probe = (await api("/api/training/probe", this.#body())).job;
      render(find(this, "[data-part=probe]", HTMLElement), html`<job-card job="${this.#probe}"></job-card>`);
    } catch (error) {
      this.#allow(/** @type {Error} */ (error).message);
    }
    button.disabled = false;
  }

  /** The probe is over: what it found stands in the description. */
  #probed() {
    const job = store.state?.jobs.find((one) => one.id === this.#probe);
    if (!job || !ended(job)) return;
    this.#probe = "";
    if (job.state === "done") render(find(this, "[data-part=probe]", HTMLElement), html``);
    this.#describe();
  }

  /** @param {HTMLButtonElement} button */
  async #begin(button) {
    this.#asked(); // a description that is still on its way would free the button again
    button.disabled = true;
    setText(button, "Starting…");
    try {
      const run = await api("/api/runs", this.#body());
      location.href = `/train/${encodeURIComponent(run.name)}`;
    } catch (error) {
      setText(button, "Start training");
      this.#allow(/** @type {Error} */ (error).message);
    }
  }
}

/** @param {import("../model/datasets.js").Dataset[]} datasets @param {string | null} wanted @param {import("../model/runs.js").Run[]} runs */
function form(datasets, wanted, runs) {
  return html`<section class="card train-start">
    <label class="train-dataset">Dataset <select name="dataset">${datasets.map((one) => html`<option value="${one.name}" ${one.name === wanted ? "selected" : ""}>${one.name}, ${plural(one.episodes, "episode")}</option>`)}</select></label>
    <div class="presets" data-part="presets" role="group" aria-label="Preset"></div>
    <train-place></train-place>
    <div data-part="described"></div>
    <div data-part="probe"></div>
    <p class="form-problem" role="alert" hidden></p>
    <div class="train-go"><button type="button" class="primary" data-start data-right="train" disabled>Start training</button>
      <button type="button" class="plain" data-measure data-right="train" hidden>Measure time, memory and disk first</button></div>
    <details><summary>Change settings</summary><div class="train-fields">
      ${FIELDS.map(([name, label, unit, step, most]) => html`<label>${label}<span><input type="number" name="${name}" min="0" step="${step ?? 1}" max="${most ?? ""}" inputmode="${step ? "decimal" : "numeric"}">${unit && html`<em>${unit}</em>`}</span></label>`)}
      <label>Precision<select name="precision"><option value="fp32">fp32</option><option value="bf16">bf16, faster</option></select></label>
      <label class="check"><input type="checkbox" name="augmentation">Vary the pictures' colours, turn and shift them while training</label>
      <label class="check"><input type="checkbox" name="accepted_only">Only episodes that a person accepted</label>
      <label>Begin from an earlier run<select name="from_run"><option value="">no: from its beginning</option>${runs.filter((run) => run.step > 0 && !run.problem).map((run) => html`<option value="${run.name}">${run.name}</option>`)}</select></label>
      <label>Begin from a base<span><input name="base" maxlength="300" autocomplete="off" spellcheck="false" placeholder="name on the Hub, or a folder"></span></label>
      <label class="train-rename">The base's names of the cameras<textarea name="rename" rows="3" spellcheck="false" placeholder="observation.images.top = observation.images.camera1"></textarea></label>
    </div></details>
  </section>`;
}

/** @param {Described} described */
function summary(described) {
  const clusters = html`<dl class="cluster-counts">${Object.entries(described.clusters).map(([name, count]) => html`<div><dt>${name || "no cluster"}</dt><dd>${formatCount(count)}</dd></div>`)}</dl>`;
  const held = described.held_out.length ? `Cluster ${described.held_out.join(", ")} is held out and only tried.` : "No cluster is held out: how it does in new places will not be known.";
  return html`<ul class="train-facts"><li>${dataSentence(described)}</li>${described.begins_from && html`<li>It begins from ${described.begins_from}.</li>`}<li>${held}</li>${described.view.map((words) => html`<li>${words}</li>`)}<li>${costSentence(described)}</li></ul>
    <details><summary>Episodes by cluster, and the command</summary>${clusters}<p class="quiet">${versionSentence(described)}</p><copy-command>${described.command}</copy-command></details>`;
}

customElements.define("train-start", TrainStart);
