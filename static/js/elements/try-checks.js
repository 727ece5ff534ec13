// Simulator only: put something wrong, and see which light finds it.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { perform, store } from "../core/studio.js";

/** @type {{name: string, amount: number, label: string}[]} */
const TRIALS = [
  { name: "nudge.top", amount: 1, label: "Nudge the top camera 1°" },
  { name: "nudge.left", amount: 1, label: "Nudge the left camera 1°" },
  { name: "light", amount: -25, label: "Dim the light 25 %" },
  { name: "colour", amount: 4200, label: "Warm light, 4200 K" },
  { name: "intruder", amount: 0.6, label: "A hand in the picture" },
  { name: "blur.top", amount: 2.5, label: "Blur the top lens" },
  { name: "freeze.left", amount: 1, label: "Freeze the left camera" },
];

class TryChecks extends StudioElement {
  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<details class="panel"><summary>Try the checks <small data-part="wrong"></small></summary>
        <p class="quiet">Only the simulator can: something goes wrong, and a light should find it.</p>
        <div class="trials">${TRIALS.map(({ name, label }) => html`<button type="button" class="plain" data-trial="${name}" data-right="drive" aria-pressed="false">${label}</button>`)}
          <button type="button" class="plain" data-trial="clear" data-right="drive">Mend everything</button></div></details>`,
    );
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    store.watch(["checks", "rig"], () => this.#paint(), signal);
  }

  get #wrong() {
    return store.state?.checks.disturbances.filter((one) => one.amount !== 0) ?? [];
  }

  #paint() {
    this.hidden = !store.state?.guidance.simulated;
    const wrong = this.#wrong;
    setText(find(this, "[data-part=wrong]", HTMLElement), wrong.length ? `${wrong.length} put wrong` : "");
    for (const button of this.querySelectorAll("[data-trial]:not([data-trial=clear])")) {
      const name = button.getAttribute("data-trial");
      button.setAttribute("aria-pressed", String(wrong.some((one) => one.name === name)));
    }
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button[data-trial]") : null;
    if (!(button instanceof HTMLElement)) return;
    button.blur();
    const name = button.dataset.trial ?? "";
    const trial = TRIALS.find((one) => one.name === name);
    const on = button.getAttribute("aria-pressed") !== "true";
    perform({ type: "disturb", name, amount: trial && on ? trial.amount : 0 }, "record");
  }
}

customElements.define("try-checks", TryChecks);
