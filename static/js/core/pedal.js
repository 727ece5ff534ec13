// A foot pedal is a keyboard of three keys: short and long presses, two at once are the emergency stop.

import { LONG_MS, meaning, PEDALS, readPedals, STANDARD_PEDALS, withPedal } from "../model/pedal.js";
import { isTyping } from "../model/keys.js";
import { act, emergencyStop } from "./actions.js";
import { foreground } from "./foreground.js";
import { remember, remembered } from "./preferences.js";
import { store } from "./studio.js";

/** @typedef {import("../model/pedal.js").Pedal} Pedal */

export class PedalReader extends EventTarget {
  map = readPedals(remembered("pedals"));
  /** The pedal that is taught now. @type {Pedal | null} */
  teaching = null;
  /** @type {Map<Pedal, ReturnType<typeof setTimeout> | null>} pedals that are down; null once the press has acted */
  #down = new Map();

  /** @param {AbortSignal} signal */
  start(signal) {
    // Before the page's own keys: a pedal that sends a letter is a pedal here.
    const options = { signal, capture: true };
    addEventListener("keydown", (event) => this.#press(event), options);
    addEventListener("keyup", (event) => this.#release(event), options);
    addEventListener("blur", () => this.#letGo(), { signal });
  }

  /** @param {Pedal | null} pedal null gives up */
  teach(pedal) {
    this.teaching = pedal;
    this.#changed();
  }

  reset() {
    this.map = STANDARD_PEDALS;
    remember("pedals", null);
    this.teach(null);
  }

  /** @returns {ReadonlySet<Pedal>} */
  get down() {
    return new Set(this.#down.keys());
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.key === "F8" || isTyping(/** @type {any} */ (document.activeElement))) return;
    if (this.teaching) return this.#learn(event, this.teaching);
    const pedal = this.#of(event);
    if (!pedal || event.ctrlKey || event.metaKey || event.altKey) return;
    take(event);
    if (event.repeat || this.#down.has(pedal)) return;
    if (foreground.blocked && !this.#down.size) {
      this.#down.set(pedal, null);
    } else if (this.#down.size) {
      this.#letGo();
      this.#down.set(pedal, null);
      emergencyStop();
    } else {
      // A page that stood still has a release still waiting: it is heard before a press counts as long.
      const late = setTimeout(() => this.#down.set(pedal, setTimeout(() => this.#long(pedal), 0)), LONG_MS);
      this.#down.set(pedal, late);
    }
    this.#changed();
  }

  /** @param {Pedal} pedal */
  #long(pedal) {
    this.#down.set(pedal, null);
    carryOut(pedal, true);
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #release(event) {
    const pedal = this.#of(event);
    if (!pedal || !this.#down.has(pedal)) return;
    take(event);
    const timer = this.#down.get(pedal);
    this.#down.delete(pedal);
    if (timer) {
      clearTimeout(timer);
      carryOut(pedal, false);
    }
    this.#changed();
  }

  /** A pedal whose release is never told did nothing. */
  #letGo() {
    for (const timer of this.#down.values()) if (timer) clearTimeout(timer);
    this.#down.clear();
    this.#changed();
  }

  /** @param {KeyboardEvent} event @param {Pedal} pedal */
  #learn(event, pedal) {
    take(event);
    if (event.repeat) return;
    if (event.key !== "Escape") {
      this.map = withPedal(this.map, pedal, event.code);
      remember("pedals", JSON.stringify(this.map));
    }
    this.teach(null);
  }

  /** @param {KeyboardEvent} event */
  #of({ code }) {
    return PEDALS.find((pedal) => this.map[pedal] === code);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {KeyboardEvent} event */
function take(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {Pedal} pedal @param {boolean} long */
function carryOut(pedal, long) {
  const { action, outcome } = meaning(store.view, pedal, long);
  act(action, outcome);
}

export const pedal = new PedalReader();
