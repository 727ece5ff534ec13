// Steps 8 and 9: the rig file, how to open it, and what is left to do on the real rig.

import "./copy-command.js";
import { html } from "../core/html.js";
import { order, station } from "../core/station.js";
import { rigOf, unsaveable } from "../model/station.js";
import { StationPanel } from "./station-panel.js";

class StationSave extends StationPanel {
  /** @type {{path: string, text: string, command: string} | null} */
  #saved = null;

  markup() {
    const { name, on_fault } = station.draft;
    const why = unsaveable(station.draft);
    return html`<div class="choices"><label>Name of this station <input name="name" value="${name}" maxlength="41"></label>
        <label>When its bus fails the arm <select name="on_fault"><option value="hold" ${on_fault === "hold" ? "selected" : ""}>holds where it is</option><option value="limp" ${on_fault === "limp" ? "selected" : ""}>goes limp</option></select></label></div>
      <div class="choices"><button type="button" class="primary" data-do="save" aria-disabled="${String(Boolean(why || this.waiting))}" title="${why}">Save the rig</button><span class="quiet" role="status">${this.waiting || why}</span></div>
      ${this.problem ? html`<p class="form-problem" role="alert">${this.problem}</p>` : ""}
      ${this.#saved
        ? html`<p>Saved as <b>${this.#saved.path}</b>. <a href="/api/setup/rigs/${name}.toml" download>Download it</a> for the next station. Stop this studio (Ctrl-C), then open the rig:</p>
          <copy-command>${this.#saved.command}</copy-command><details open><summary>The file</summary><pre class="rig-file">${this.#saved.text}</pre></details>`
        : ""}`;
  }

  /** @param {HTMLElement} field */
  changed(field) {
    if (field instanceof HTMLInputElement) station.draft.name = field.value.trim();
    if (field instanceof HTMLSelectElement) station.draft.on_fault = field.value === "limp" ? "limp" : "hold";
    field.blur();
    station.keep();
  }

  async done() {
    await this.during("Writing it and reading it back", async () => {
      this.#saved = await order("rig", rigOf(station.draft));
      station.finish("save");
    });
  }
}

class StationAfter extends StationPanel {
  markup() {
    return html`<p>With the studio running on the rig file (the sign says REAL):</p>
      <ol class="after"><li><a href="/record">Record</a>: light the table as when recording, open the lights at the right and <b>capture the reference</b> pictures. Checks compare with them.</li>
      <li><a href="/setup/table">Calibrate the table</a>: four clicks or a printed sheet.</li>
      <li><a href="/record">Take control</a> and press E: the follower drives to the leader's pose, then follows it.</li></ol>`;
  }
}

customElements.define("station-save", StationSave);
customElements.define("station-after", StationAfter);
