// Step 2: which servos answer on each arm, and an id for one that is alone on its bus.

import { html } from "../core/html.js";
import { order, station } from "../core/station.js";
import { StationPanel } from "./station-panel.js";

/** @typedef {import("../model/station.js").Role} Role */
/** @type {Role[]} */
const ROLES = ["follower", "leader"];

class StationServos extends StationPanel {
  /** Ids that answered, by role. @type {Partial<Record<Role, number[]>>} */
  #found = {};
  /** @type {string} */
  #said = "";

  markup() {
    return html`${ROLES.map((role) => this.#arm(role))}
      <p role="status">${this.waiting || this.#said}</p>${this.problem ? html`<p class="form-problem" role="alert">${this.problem}</p>` : ""}
      <details><summary>New servos have no ids of their own yet</summary>
        <p>They all come as id 1. Connect one servo alone, press its joint, then take the next; in the end chain them from base to gripper.</p></details>`;
  }

  /** @param {Role} role */
  #arm(role) {
    const { port } = station.draft[role];
    const found = this.#found[role];
    const joints = station.seen?.joints[role] ?? [];
    const off = port ? (this.waiting ? "true" : "false") : "true";
    return html`<section class="station-arm"><header><h3>${role === "follower" ? "Follower" : "Leader"}</h3>
        <button type="button" class="plain" data-do="scan" data-role="${role}" aria-disabled="${off}" title="${port ? "" : "Choose its port in step 1"}">Look for servos</button>
        <span class="quiet">${!port ? "No port yet (step 1)" : found ? `${found.length} of ${joints.length} answer` : "Not looked yet"}</span></header>
      <ul class="servos">${joints.map((joint) => {
        const there = found?.includes(joint.servo);
        return html`<li data-there="${found ? String(there) : "unknown"}"><b>${joint.servo}</b> ${joint.name.replaceAll("_", " ")} <small>${!found ? "" : there ? "answers" : "silent"}</small>
          <button type="button" class="plain" data-do="assign" data-role="${role}" data-joint="${joint.name}" aria-disabled="${off}" title="Give this id to the only servo on the port">Give id ${joint.servo}</button></li>`;
      })}</ul></section>`;
  }

  /** @param {string} what @param {HTMLElement} button */
  async done(what, button) {
    const role = /** @type {Role} */ (button.dataset.role);
    const { port } = station.draft[role];
    await this.during(what === "scan" ? "Asking each id, 1 s" : "Looking for the one servo at every speed, up to 10 s", async () => {
      if (what === "assign") {
        const { id } = await order("servos/assign", { port, role, joint: button.dataset.joint });
        this.#said = `The servo is now ${id}. Connect the next one alone.`;
        return;
      }
      const { ids } = await order("servos/scan", { port });
      this.#found[role] = ids;
      this.#said = ids.length === 6 ? `All six servos of the ${role} answer.` : "A silent servo: check its cable on both sides, then its id.";
      if (ROLES.every((one) => !station.draft[one].port || this.#found[one]?.length === 6)) station.finish("servos");
    });
  }
}

customElements.define("station-servos", StationServos);
