// "Watch a demonstration": the scripted demonstrator performs the task once, where the rig has one.

import { act } from "../core/actions.js";
import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { store } from "../core/studio.js";
import { gate } from "../model/gate.js";

class DemoButton extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<button type="button" class="plain"><span></span> <small></small></button>`);
    const button = find(this, "button", HTMLButtonElement);
    button.addEventListener(
      "click",
      () => {
        button.blur();
        act("demonstrate");
      },
      { signal },
    );
    store.watch(["rig", "lease", "recorder"], () => this.#paint(button), signal);
  }

  /** @param {HTMLButtonElement} button */
  #paint(button) {
    const rig = store.state?.rig;
    const verdict = gate(store.view, "demonstrate");
    this.hidden = !rig?.demonstrator;
    button.setAttribute("aria-disabled", String(!verdict.enabled));
    button.title = verdict.reason || "The arm performs the task once by itself";
    setText(find(button, "span", HTMLElement), rig?.demonstrating ? "Demonstration running" : "Watch a demonstration");
    setText(find(button, "small", HTMLElement), verdict.enabled || rig?.demonstrating ? "" : verdict.reason);
  }
}

customElements.define("demo-button", DemoButton);
