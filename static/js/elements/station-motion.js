// Step 7: each joint of the follower goes a little there and back, one press a joint.

import { html } from "../core/html.js";
import { order, station } from "../core/station.js";
import { store } from "../core/studio.js";
import { StationPanel } from "./station-panel.js";

class StationMotion extends StationPanel {
  /** How far each joint went, deg. @type {Record<string, number>} */
  #moved = {};
  #confirmed = false;

  /** @param {AbortSignal} signal */
  start(signal) {
    super.start(signal);
    store.watch(["rig"], () => this.paint(), signal);
  }

  markup() {
    const { port } = station.draft.follower;
    const stopped = store.state?.rig.stopped_by ? "The emergency stop is latched: reset it first" : "";
    const why = !port ? "Choose its port in step 1" : (station.seen?.busy || stopped || (this.#confirmed ? "" : "Say first that it is clear"));
    return html`<p>Fold the follower onto the table in its rest pose. STOP on any page ends the motion, and the arm holds where it is; otherwise it goes limp after each motion. Keep its power switch in reach: the software stop is not safety-rated.</p>
      <label class="check"><input type="checkbox" name="clear" ${this.#confirmed ? "checked" : ""}> Nothing and nobody is in its way</label>
      <p role="status">${this.waiting}</p>${this.problem ? html`<p class="form-problem" role="alert">${this.problem}</p>` : ""}
      <ul class="servos">${(station.seen?.joints.follower ?? []).map((joint) => html`<li data-there="${joint.name in this.#moved ? "true" : "unknown"}"><b>${joint.servo}</b> ${joint.name.replaceAll("_", " ")}
        <small>${joint.name in this.#moved ? `went ${this.#moved[joint.name].toFixed(1)}${joint.name === "gripper" ? " %" : "°"} and back` : ""}</small>
        <button type="button" class="plain" data-do="nudge" data-joint="${joint.name}" aria-disabled="${String(Boolean(why || this.waiting))}" title="${why}">Move it</button></li>`)}</ul>`;
  }

  /** @param {HTMLElement} field */
  changed(field) {
    if (!(field instanceof HTMLInputElement)) return;
    this.#confirmed = field.checked;
    field.blur();
    this.paint();
  }

  /** @param {string} _what @param {HTMLElement} button */
  async done(_what, button) {
    const joint = button.dataset.joint ?? "";
    await this.during(`Moving ${joint.replaceAll("_", " ")}, 3 s`, async () => {
      this.#moved[joint] = (await order("motion", { ...station.arm("follower"), joint })).moved;
      if (Object.keys(this.#moved).length === (station.seen?.joints.follower.length ?? 0)) station.finish("motion");
    });
  }
}

customElements.define("station-motion", StationMotion);
