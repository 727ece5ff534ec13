// "Watch a demonstration" and "New placement": the scripted demonstrator, and the simulator's bag put back on the table.

import { act, placeScene } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { backToPage, find, html, render, setText } from "../core/html.js";
import { store } from "../core/studio.js";
import { gate } from "../model/gate.js";
import { RECOVERY_STARTS } from "../model/placement.js";
import { brief } from "../model/rights.js";

class SceneControls extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<button type="button" class="plain" data-do="demonstrate"><span></span> <small></small></button>
        <div class="scene-place" data-part="place">
          <button type="button" class="plain" data-do="place"><span>New placement</span> <kbd>B</kbd></button>
          <select aria-label="Start state"><option value="">Start state</option>${RECOVERY_STARTS.map(
            ({ start, text }) => html`<option value="${start}">${text}</option>`,
          )}</select>
        </div>`,
    );
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("change", () => this.#chosen(), { signal });
    store.watch(["rig", "lease", "recorder", "guidance"], () => this.#paint(), signal);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    button?.blur();
    if (button?.dataset.do) act(/** @type {import("../model/gate.js").Action} */ (button.dataset.do));
  }

  /** The menu acts at once and falls back to its name, so that no start is left set by accident. */
  #chosen() {
    const menu = find(this, "select", HTMLSelectElement);
    const start = /** @type {import("../model/placement.js").Start} */ (menu.value);
    menu.value = "";
    backToPage();
    placeScene(start);
  }

  #paint() {
    const rig = store.state?.rig;
    const watch = gate(store.view, "demonstrate");
    const button = find(this, "[data-do=demonstrate]", HTMLButtonElement);
    button.hidden = !rig?.demonstrator;
    button.setAttribute("aria-disabled", String(!watch.enabled));
    button.title = watch.reason || "The arm performs the task once by itself";
    setText(find(button, "span", HTMLElement), rig?.demonstrating ? "Demonstration running" : "Watch a demonstration");
    setText(find(button, "small", HTMLElement), watch.enabled || rig?.demonstrating ? "" : brief(watch.reason));

    const place = gate(store.view, "place");
    find(this, "[data-part=place]", HTMLElement).hidden = !rig?.simulated;
    const anew = find(this, "[data-do=place]", HTMLButtonElement);
    anew.setAttribute("aria-disabled", String(!place.enabled));
    const guided = Boolean(store.state?.guidance.target);
    anew.title = place.reason || (guided ? "Puts the bag at the target" : "Puts the bag at a new random place and the arm home");
    setText(find(anew, "span", HTMLElement), guided ? "Place it for me" : "New placement");
    const menu = find(this, "select", HTMLSelectElement);
    menu.disabled = !place.enabled;
    menu.title = place.reason || "Start state: begin from a mishap, to record a recovery";
  }
}

customElements.define("scene-controls", SceneControls);
