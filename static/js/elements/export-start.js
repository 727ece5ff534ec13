// Export a policy: which checkpoint, for what device, how exactly; the checklist answers before the one button is pressed.

import { api } from "../core/api.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { store } from "../core/studio.js";
import { familyWord, stepLight } from "../model/exports.js";
import { formatCount } from "../model/format.js";

/** @typedef {import("../model/exports.js").Device} Device */
/** @typedef {import("../model/exports.js").Step} Step */
/** @typedef {{checkpoint: string, step: number, best: boolean, score: string}} Checkpoint */
/** @typedef {{run: string, policy: string, dataset: string, cameras: string[], checkpoints: Checkpoint[]}} Run */
/** @typedef {{runs: Run[], devices: Device[], datasets: string[]}} Choices */
/** @typedef {{name: string, family: string, run: string, dataset: string, fps: number | null, steps: Step[], blocked: string}} Described */

const TOLERANCES = [0.5, 1, 2];
const PATH = "path";

class ExportStart extends StudioElement {
  /** @type {Choices} */
  #choices = { runs: [], devices: [], datasets: [] };
  #device = "here";
  #within = 1;
  #goal = "fastest";
  #asked = 0;
  #jobs = "";

  /** @param {AbortSignal} signal */
  async start(signal) {
    render(this, html`<p class="quiet">Loading</p>`);
    try {
      this.#choices = await api("/api/exports/choices");
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
      return;
    }
    if (signal.aborted) return;
    render(this, form(this.#choices, new URLSearchParams(location.search).get("run")));
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    store.watch(["jobs"], () => this.#jobsChanged(), signal);
    this.#press();
    this.#describe();
  }

  get #checkpoint() {
    const chosen = find(this, "select[name=checkpoint]", HTMLSelectElement).value;
    return chosen === PATH ? find(this, "input[name=path]", HTMLInputElement).value.trim() : chosen;
  }

  #body() {
    const dataset = find(this, "select[name=dataset]", HTMLSelectElement).value;
    const name = find(this, "input[name=name]", HTMLInputElement).value.trim();
    const trials = Math.round(Number(find(this, "input[name=trials]", HTMLInputElement).value)) || 0;
    const neutron = this.#device === "imx95" && find(this, "input[name=neutron]", HTMLInputElement).checked;
    const body = { checkpoint: this.#checkpoint, device: this.#device, within: this.#within, goal: this.#goal, dataset, name, trials, neutron };
    return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  }

  /** @param {Event} event */
  #changed(event) {
    const field = event.target;
    if (field instanceof HTMLInputElement && field.name === "within" && Number(field.value) > 0) this.#within = Number(field.value);
    this.#press();
    this.#describe();
  }

  /** @param {Event} event */
  async #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    const { device, within, goal, start } = button.dataset;
    if (device) this.#device = device;
    if (goal) this.#goal = goal;
    if (within) {
      this.#within = Number(within);
      find(this, "input[name=within]", HTMLInputElement).value = within;
    }
    if (start !== undefined) await this.#begin(button);
    else if (device || within || goal) {
      this.#press();
      this.#describe();
    }
  }

  #press() {
    const states = /** @type {const} */ ([["device", this.#device], ["goal", this.#goal], ["within", String(this.#within)]]);
    for (const [name, value] of states) for (const one of this.querySelectorAll(`[data-${name}]`)) one.setAttribute("aria-pressed", String(one.getAttribute(`data-${name}`) === value));
    find(this, "[data-part=neutron]", HTMLElement).hidden = this.#device !== "imx95";
    find(this, "[data-part=path]", HTMLElement).hidden = find(this, "select[name=checkpoint]", HTMLSelectElement).value !== PATH;
  }

  async #describe() {
    const asked = ++this.#asked;
    const box = find(this, "[data-part=steps]", HTMLElement);
    if (!this.#checkpoint) {
      render(box, html``);
      this.#allow("Type the folder that holds the checkpoint.", false);
      return;
    }
    try {
      /** @type {Described} */
      const described = await api("/api/exports/describe", this.#body());
      if (asked !== this.#asked) return;
      render(box, checklist(described));
      find(this, "input[name=name]", HTMLInputElement).placeholder = described.name;
      this.#allow(described.blocked);
    } catch (error) {
      if (asked !== this.#asked) return;
      render(box, html``);
      this.#allow(/** @type {Error} */ (error).message);
    }
  }

  /** Why it cannot start, "" when it can. @param {string} problem @param {boolean} [loud] */
  #allow(problem, loud = true) {
    const line = find(this, "[data-part=problem]", HTMLElement);
    line.hidden = !problem;
    line.classList.toggle("form-problem", loud);
    setText(line, problem);
    find(this, "[data-start]", HTMLButtonElement).disabled = Boolean(problem);
  }

  /** @param {HTMLButtonElement} button */
  async #begin(button) {
    this.#asked += 1; // a description that is still on its way would free the button again
    button.disabled = true;
    try {
      await api("/api/exports", this.#body());
      find(this, "input[name=name]", HTMLInputElement).value = "";
      await this.#describe();
    } catch (error) {
      this.#allow(/** @type {Error} */ (error).message);
    }
  }

  /** Names that are taken change with every export that began or ended. */
  #jobsChanged() {
    const seen = JSON.stringify((store.state?.jobs ?? []).filter((job) => job.kind === "export.run").map((job) => [job.id, job.state]));
    if (seen === this.#jobs) return;
    this.#jobs = seen;
    this.#describe();
  }
}

/** @param {Choices} choices @param {string | null} wanted a run to begin with */
function form(choices, wanted) {
  const first = choices.runs.find((run) => run.run === wanted) ?? choices.runs[0];
  return html`<section class="card export-start" aria-label="Export a policy">
    <div class="export-row">
      <label class="export-field grow"><span>Checkpoint</span><select name="checkpoint">${choices.runs.map((run) => options(run, run === first))}<option value="${PATH}">A folder on this machine…</option></select></label>
      <div class="export-field"><span id="tolerance">Tolerance, worst joint</span><div class="export-tolerance"><div class="segments" role="group" aria-labelledby="tolerance">${TOLERANCES.map((value) => html`<button type="button" data-within="${value}">${value}°</button>`)}</div>
        <label><span class="visually-hidden">Tolerance</span><input type="number" name="within" value="1" min="0.01" max="90" step="any" inputmode="decimal"> deg</label></div></div>
      <div class="export-field"><span id="goal">Within it, take the</span><div class="segments" role="group" aria-labelledby="goal"><button type="button" data-goal="fastest">fastest</button><button type="button" data-goal="smallest">smallest</button></div></div>
    </div>
    <label class="export-field" data-part="path" hidden><span>Folder with config.json and model.safetensors</span><input name="path" maxlength="1000" autocomplete="off" spellcheck="false" placeholder="/home/me/outputs/train/act/checkpoints/last/pretrained_model"></label>
    <div class="presets devices" role="group" aria-label="Device">${choices.devices.map(deviceButton)}</div>
    <div data-part="steps"></div>
    <p data-part="problem" role="alert" hidden></p>
    <div class="export-go"><button type="button" class="primary" data-start data-right="export" disabled>Export</button>
      <details><summary>Name, dataset, trials</summary><div class="export-row">
        <label class="export-field"><span>Name</span><input name="name" maxlength="80" autocomplete="off" spellcheck="false"></label>
        <label class="export-field"><span>Trials of a mix in the simulator</span><input type="number" name="trials" value="0" min="0" max="500" step="1" inputmode="numeric"></label>
        <label class="check" data-part="neutron" hidden><input type="checkbox" name="neutron"> With the bundle for NXP's converter</label>
        <label class="export-field"><span>Calibrate and measure on</span><select name="dataset"><option value="">the run's own dataset</option>${choices.datasets.map((name) => html`<option>${name}</option>`)}</select></label>
      </div></details></div>
  </section>`;
}

/** @param {Run} run @param {boolean} chosen */
function options(run, chosen) {
  const newestFirst = run.checkpoints.toReversed();
  return html`<optgroup label="${run.run}, ${familyWord(run.policy)} on ${run.dataset}">${newestFirst.map(
    (one) => html`<option value="${one.checkpoint}" ${chosen && one.best ? "selected" : ""}>${run.run}, step ${formatCount(one.step)}${one.best ? " (best)" : ""}${one.score && `: ${one.score}`}</option>`,
  )}</optgroup>`;
}

/** @param {Device} device */
function deviceButton(device) {
  const facts = [device.processor, device.accelerator && device.accelerator !== "none" ? device.accelerator : "", device.memory_gb ? `${device.memory_gb} GB` : ""].filter(Boolean).join("; ");
  return html`<button type="button" class="preset" data-device="${device.name}" title="${device.source}"><b>${device.title}</b>${facts && html`<span>${facts}</span>`}<span>${device.words}</span></button>`;
}

/** @param {Described} described */
function checklist(described) {
  return html`<h2 class="visually-hidden">Checklist before it starts</h2><ol class="findings checklist">${described.steps.map(
    (step) => html`<li data-level="${stepLight(step.state)}"><span class="light" aria-hidden="true"></span><div><b>${step.title}</b><span class="visually-hidden"> (${step.state})</span><small>${step.words}</small></div></li>`,
  )}</ol>`;
}

customElements.define("export-start", ExportStart);
