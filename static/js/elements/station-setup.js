// A station's set-up: the steps in order on the left, the one at hand on the right.

import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { station } from "../core/station.js";
import { STEPS } from "../model/station.js";
import "./station-calibrate.js";
import "./station-cameras.js";
import "./station-guard.js";
import "./station-motion.js";
import "./station-ports.js";
import "./station-save.js";
import "./station-servos.js";

/** @type {Record<string, string>} */
const PANELS = {
  ports: "<station-ports>", servos: "<station-servos>", follower: "<station-calibrate>", leader: "<station-calibrate>",
  guard: "<station-guard>", cameras: "<station-cameras>", motion: "<station-motion>", save: "<station-save>", after: "<station-after>",
};

class StationSetup extends StudioElement {
  #step = 0;

  /** @param {AbortSignal} signal */
  async start(signal) {
    render(this, html`<p class="quiet">Looking for ports and cameras</p>`);
    try {
      await station.look();
    } catch (error) {
      render(this, html`<p class="form-problem" role="alert">${/** @type {Error} */ (error).message}</p>`);
      return;
    }
    if (signal.aborted) return;
    render(
      this,
      html`<ol class="steps" data-part="steps"></ol>
        <section class="card step"><h2 data-part="title"></h2><p class="quiet" data-part="good"></p>
          <p class="form-problem" role="alert" data-part="busy" hidden></p>
          <div data-part="panel"></div>
          <div class="step-foot"><button type="button" class="plain" data-go="-1">Back</button><button type="button" class="primary" data-go="1">Next step</button></div></section>`,
    );
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    station.addEventListener("change", () => this.#list(), { signal });
    this.#show(0);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button?.dataset.step) this.#show(Number(button.dataset.step));
    if (button?.dataset.go) this.#show(this.#step + Number(button.dataset.go));
  }

  /** @param {number} step */
  #show(step) {
    this.#step = Math.max(0, Math.min(STEPS.length - 1, step));
    const { key, title, good } = STEPS[this.#step];
    find(this, "[data-part=title]", HTMLElement).textContent = `${this.#step + 1}. ${title}`;
    find(this, "[data-part=good]", HTMLElement).textContent = `Good: ${good}`;
    const panel = document.createElement(PANELS[key].slice(1, -1));
    if (key === "follower" || key === "leader") panel.setAttribute("role-of", key);
    find(this, "[data-part=panel]", HTMLElement).replaceChildren(panel);
    find(this, "[data-go='-1']", HTMLButtonElement).hidden = this.#step === 0;
    find(this, "[data-go='1']", HTMLButtonElement).hidden = this.#step === STEPS.length - 1;
    this.#list();
  }

  #list() {
    render(
      find(this, "[data-part=steps]", HTMLElement),
      html`${STEPS.map(
        (one, index) => html`<li><button type="button" data-step="${index}" aria-current="${index === this.#step ? "step" : "false"}" data-done="${String(station.done.has(one.key))}">
          <b>${station.done.has(one.key) ? "✓" : index + 1}</b> ${one.title}</button></li>`,
      )}`,
    );
    const busy = find(this, "[data-part=busy]", HTMLElement);
    const servos = ["servos", "follower", "leader", "guard", "motion"].includes(STEPS[this.#step].key);
    busy.hidden = !servos || !station.seen?.busy;
    busy.textContent = station.seen?.busy ?? "";
  }
}

customElements.define("station-setup", StationSetup);
