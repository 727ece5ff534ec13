// Driving: who has control, by which input, at which speed, and what every key does.

import { StudioElement } from "../core/element.js";
import { driver } from "../core/driver.js";
import { find, html, render, setText } from "../core/html.js";
import { remember, remembered } from "../core/preferences.js";
import { store } from "../core/studio.js";
import { SPEEDS, speedStep } from "../model/jog.js";
import "./gamepad-map.js";
import "./key-map.js";
import "./lease-card.js";
import "./scene-controls.js";
import "./touch-pad.js";

const INPUTS = [
  { key: "keyboard", label: "Keys", title: "Drive by keyboard", tag: "key-map" },
  { key: "gamepad", label: "Pad", title: "Drive by gamepad", tag: "gamepad-map" },
  { key: "touch", label: "Touch", title: "Drive by the on-screen pad", tag: "touch-pad" },
];

class DrivePanel extends StudioElement {
  #input = "";
  #sides = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    const coarse = matchMedia("(pointer: coarse)").matches;
    const input = remembered("input") ?? (coarse ? "touch" : "keyboard");
    render(
      this,
      html`<lease-card></lease-card>
        <div class="drive-arms" data-part="arms" role="group" aria-label="Arm" hidden></div>
        <div class="drive-line">
          <div class="segments" role="group" aria-label="Input">
            ${INPUTS.map((one) => html`<button type="button" data-input="${one.key}" title="${one.title}">${one.label}</button>`)}
          </div>
          <div class="stepper" role="group" aria-label="Speed">
            <button type="button" data-speed="-1" aria-label="Slower" title="Slower, key -">-</button>
            <span class="speed"><b data-part="speed"></b></span>
            <button type="button" data-speed="1" aria-label="Faster" title="Faster, key =">+</button>
          </div>
          <button type="button" class="plain mode" data-mode title="Tool mode moves the hand along the table's axes; joint mode moves one joint. Key 0"></button>
        </div>
        <div class="drive-input" data-part="input"></div>
        <p class="drive-note" role="status" data-part="note"></p>`,
    );
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    driver.addEventListener("change", () => this.#paint(), { signal });
    store.watch(["lease", "rig", "policy"], () => this.#paint(), signal);
    store.onArm((sample) => this.#note(sample.clamped), signal);
    this.#choose(INPUTS.some((one) => one.key === input) ? input : "keyboard");
  }

  /** @param {string} input */
  #choose(input) {
    if (input === this.#input) return;
    this.#input = input;
    driver.input = input;
    driver.letGo();
    const tag = INPUTS.find((one) => one.key === input)?.tag ?? "key-map";
    find(this, "[data-part=input]", HTMLElement).replaceChildren(
      document.createElement(tag),
      // The key map has them among its keys.
      ...(tag === "key-map" ? [] : [document.createElement("scene-controls")]),
    );
    for (const button of this.querySelectorAll("[data-input]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.input === input));
    }
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || button.closest("lease-card, scene-controls")) return;
    if (button.dataset.input) {
      remember("input", button.dataset.input);
      this.#choose(button.dataset.input);
    }
    if (button.dataset.speed) driver.setSpeed(speedStep(driver.speed, Number(button.dataset.speed)));
    if (button.dataset.mode !== undefined) driver.setMode(driver.mode === "tool" ? "joints" : "tool");
    if (button.dataset.side) driver.setSide(button.dataset.side);
    if (button.dataset.input || button.dataset.speed || button.dataset.side || button.dataset.mode !== undefined) button.blur();
  }

  /** Which of two arms the keys, the pad and the touch pad move; nothing where there is one. */
  #arms() {
    const sides = store.state?.rig.sides ?? [];
    const { blind } = store.state?.rig ?? {};
    const shown = sides.join() + driver.side + blind;
    if (shown === this.#sides) return;
    this.#sides = shown;
    const arms = find(this, "[data-part=arms]", HTMLElement);
    arms.hidden = !sides.length && !blind;
    if (blind) return render(arms, html`<small>The studio has no model of this arm: it is driven joint by joint, and nothing keeps it off the table.</small>`);
    render(
      arms,
      html`<div class="segments">${sides.map((side) => html`<button type="button" data-side="${side}" aria-pressed="${String(side === driver.side)}" title="Drive the ${side} arm, key 9">${side === "left" ? "Left arm" : "Right arm"}</button>`)}</div>
        <small>Nothing keeps the two arms off each other: only off the table.</small>`,
    );
  }

  #paint() {
    const speed = SPEEDS[driver.speed];
    const joint = driver.joints[driver.joint];
    this.#arms();
    const value = driver.mode === "tool" ? `${Math.round(speed.linear * 100)} cm/s` : joint ? `${Math.round(speed.share * joint.max_speed)} °/s` : "-";
    setText(find(this, "[data-part=speed]", HTMLElement), value);
    find(this, ".mode", HTMLElement).setAttribute("aria-disabled", String(Boolean(store.state?.rig.blind)));
    setText(find(this, ".mode", HTMLElement), driver.mode === "tool" ? "Mode: tool" : "Mode: joints");
    this.toggleAttribute("live", driver.mine);
    this.#note([]);
  }

  /** @param {string[]} limits */
  #note(limits) {
    const note = find(this, "[data-part=note]", HTMLElement);
    const idle = driver.mine ? "" : driver.reaching ? "A policy has the arm. Moving anything here takes it over." : "This moves the arm once you have control.";
    note.classList.toggle("limit", limits.length > 0);
    setText(note, limits.length ? `At the limit: ${limits.join(", ").replaceAll("_", " ")}` : idle);
  }
}

customElements.define("drive-panel", DrivePanel);
