// The gamepad's mapping: shown, lit while used, and changed by moving the control that shall do it.

import { StudioElement } from "../core/element.js";
import { gamepad } from "../core/gamepad.js";
import { html, render } from "../core/html.js";
import { axesOfPad, buttonName, movedControl, PAD_ACTIONS, PAD_AXES, sourceName, withButton } from "../model/gamepad.js";

/** @typedef {import("../model/gamepad.js").AxisName} AxisName */
/** @typedef {import("../model/gamepad.js").PadAction} PadAction */
/** @typedef {{name: string, axis: boolean, rest: number[], plus: number | null, armed: boolean}} Lesson */

const NO_PAD = html`disabled`;

class GamepadMap extends StudioElement {
  /** @type {Lesson | null} */
  #lesson = null;

  /** @param {AbortSignal} signal */
  start(signal) {
    gamepad.addEventListener("pad", () => this.#paint(), { signal });
    gamepad.addEventListener("reading", () => this.#read(), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    signal.addEventListener("abort", () => this.#end());
    this.#paint();
  }

  #paint() {
    const { reading, map } = gamepad;
    const standard = reading?.standard ?? true;
    const row = (/** @type {string} */ name, /** @type {string} */ label, /** @type {string} */ source) =>
      html`<button type="button" class="pad-row" data-teach="${name}" ${reading ? "" : NO_PAD} title="${reading ? "Change: then move or press the control" : "The standard map; a gamepad of yours may have its own"}"><span>${label}</span><kbd>${source}</kbd></button>`;
    render(
      this,
      html`${reading ? "" : html`<p class="pad-none">No gamepad yet. Connect one and press any of its buttons.</p>`}
      <div class="pad-map">
        ${PAD_AXES.map(({ name, label }) => row(name, label, this.#label(name) ?? sourceName(map.axes[name], standard)))}
        ${PAD_ACTIONS.map(({ name, label }) => row(name, label, this.#label(name) ?? buttonName(map.buttons[name], standard)))}
      </div>
      <div class="pad-foot">${reading
        ? html`<span title="${reading.id}">${reading.id}</span><button type="button" class="plain" data-reset>Standard map</button>`
        : html`<span>The standard map</span>`}</div>`,
    );
  }

  /** @param {string} name */
  #label(name) {
    if (this.#lesson?.name !== name) return null;
    return this.#lesson.plus === null ? "move it" : "now the opposite";
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) return;
    button.blur();
    if (button.dataset.reset !== undefined) gamepad.resetMap();
    const name = button.dataset.teach;
    if (!name) return;
    if (this.#lesson?.name === name) {
      this.#end();
      return;
    }
    gamepad.teaching = true;
    const axis = PAD_AXES.some((one) => one.name === name);
    this.#lesson = { name, axis, rest: gamepad.reading?.axes ?? [], plus: null, armed: false };
    this.#paint();
  }

  #end() {
    gamepad.teaching = false;
    this.#lesson = null;
    this.#paint();
  }

  #read() {
    const { reading, map } = gamepad;
    if (!reading) return;
    if (this.#lesson) this.#learn(this.#lesson, reading);
    else {
      const axes = axesOfPad(map, reading.axes, reading.buttons);
      for (const { name } of PAD_AXES) this.querySelector(`[data-teach=${name}]`)?.toggleAttribute("down", axes[name] !== 0);
      for (const { name } of PAD_ACTIONS) {
        const index = map.buttons[name];
        this.querySelector(`[data-teach=${name}]`)?.toggleAttribute("down", index !== null && (reading.buttons[index] ?? 0) > 0.5);
      }
    }
  }

  /** @param {Lesson} lesson @param {import("../core/gamepad.js").Reading} reading */
  #learn(lesson, reading) {
    const moved = movedControl(lesson.rest, reading.axes, reading.buttons);
    // The control must rest first, so that a button that is still down does not teach twice.
    if (!moved) {
      lesson.armed = true;
      return;
    }
    if (!lesson.armed) return;
    lesson.armed = false;
    let map = structuredClone(gamepad.map);
    if (!lesson.axis) {
      if ("axis" in moved) return;
      map = withButton(map, /** @type {PadAction} */ (lesson.name), moved.button);
    } else if ("axis" in moved) map.axes[/** @type {AxisName} */ (lesson.name)] = moved;
    else if (lesson.plus === null) {
      lesson.plus = moved.button;
      this.#paint();
      return;
    } else map.axes[/** @type {AxisName} */ (lesson.name)] = { plus: lesson.plus, minus: moved.button };
    this.#lesson = null;
    gamepad.setMap(map);
    setTimeout(() => (gamepad.teaching = this.#lesson !== null), 400);
  }
}

customElements.define("gamepad-map", GamepadMap);
