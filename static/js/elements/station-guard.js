// Step 5: that the arm on the port is the one the file is of, and copies of calibrations to go back to.

import { html } from "../core/html.js";
import { order, station } from "../core/station.js";
import { formatTime } from "../model/format.js";
import { StationPanel } from "./station-panel.js";

/** @typedef {import("../model/station.js").Role} Role */

class StationGuard extends StationPanel {
  /** What the servos hold and the file says, by role. @type {Partial<Record<Role, {servos: string, file: string}>>} */
  #told = {};
  #said = "";

  markup() {
    return html`${this.#arm("follower")}${this.#arm("leader")}
      <p role="status">${this.waiting || this.#said}</p>${this.problem ? html`<p class="form-problem" role="alert">${this.problem}</p>` : ""}
      <h3>Calibrations on this machine</h3>
      ${station.seen?.calibrations.length
        ? html`<table class="station-table"><thead><tr><th>Arm</th><th>Made</th><th>Fingerprint</th><th>Copies</th></tr></thead><tbody>${station.seen.calibrations.map(row)}</tbody></table>`
        : html`<p class="empty">None yet: calibrate an arm in steps 3 and 4.</p>`}`;
  }

  /** @param {Role} role */
  #arm(role) {
    const { port, id } = station.draft[role];
    const told = this.#told[role];
    const verdict = !port ? "No port yet (step 1)" : !told ? "Not compared yet" : told.servos === told.file ? `The right arm: both say ${told.file}` : `Another arm: its servos say ${told.servos}, the file ${told.file || "nothing"}`;
    return html`<section class="station-arm" data-good="${told ? String(told.servos === told.file) : "unknown"}"><header><h3>${role === "follower" ? "Follower" : "Leader"} ${id}</h3>
      <button type="button" class="plain" data-do="compare" data-role="${role}" aria-disabled="${String(!port || Boolean(this.waiting))}" title="${port ? "" : "Choose its port in step 1"}">Is it the right arm?</button>
      <span>${verdict}</span></header></section>`;
  }

  /** @param {string} what @param {HTMLElement} button */
  async done(what, button) {
    const role = /** @type {Role} */ (button.dataset.role);
    const id = button.dataset.id ?? "";
    if (what === "compare") {
      await this.during("Reading what the servos hold, 2 s", async () => {
        const told = await order("compare", station.arm(role));
        this.#told[role] = told;
        if (told.servos !== told.file) return;
        station.draft[role].fingerprint = told.file;
        station.keep();
        if (["follower", "leader"].every((one) => !station.draft[/** @type {Role} */ (one)].port || station.draft[/** @type {Role} */ (one)].fingerprint)) station.finish("guard");
      });
      return;
    }
    await this.during("One moment", async () => {
      if (what === "copy") this.#said = `Copied as ${(await order("calibration/back-up", { role, id })).name}.`;
      else {
        const mine = station.draft[role].id === id ? station.draft[role].port : "";
        await order("calibration/restore", { role, id, backup: button.dataset.backup, port: mine });
        this.#said = mine ? "Restored, file and servos." : "Restored the file. Its servos get it when that arm is on a port of step 1.";
        this.#told = {};
      }
      await station.look();
    });
  }
}

/** @param {import("../core/station.js").Calibration} one */
function row(one) {
  return html`<tr><td><b>${one.id}</b><small>${one.role}</small></td><td>${formatTime(new Date(one.made_at * 1000).toISOString())}</td><td>${one.fingerprint}</td>
    <td><button type="button" class="plain" data-do="copy" data-role="${one.role}" data-id="${one.id}">Make a copy</button>
    ${one.backups.map((name) => html`<button type="button" class="plain" data-do="restore" data-role="${one.role}" data-id="${one.id}" data-backup="${name}" title="What is there now becomes a copy first">Restore ${name}</button>`)}</td></tr>`;
}

customElements.define("station-guard", StationGuard);
