// What lies in front of the page takes the actions of gamepad and pedals first, as a sheet takes the keys.

/** @typedef {import("../model/gate.js").Action} Action */
/** @typedef {(action: Action, outcome?: import("../model/keys.js").Outcome) => boolean} Taker whether it took the action */

class Foreground {
  /** @type {Taker | null} */
  #taker = null;

  /** @param {Taker} taker */
  enter(taker) {
    this.#taker = taker;
  }

  leave() {
    this.#taker = null;
  }

  /** Whether a sheet is open that takes no actions: then nothing happens behind it. */
  get blocked() {
    return !this.#taker && document.querySelector("dialog:modal") !== null;
  }

  /** @type {Taker} */
  take(action, outcome) {
    return this.#taker?.(action, outcome) ?? false;
  }
}

export const foreground = new Foreground();
