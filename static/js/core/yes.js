// The yes that a policy too slow for its chunks needs before it may start.

import { store } from "./studio.js";

/** Whether somebody said yes to a red feasibility; a yes holds for what was on the screen then. */
class Yes extends EventTarget {
  #said = "";

  get given() {
    return this.#said !== "" && this.#said === this.#now;
  }

  /** @param {boolean} on */
  say(on) {
    this.#said = on ? this.#now : "";
    this.dispatchEvent(new Event("change"));
  }

  /** What the yes is about: another policy, latency or strategy needs another one. */
  get #now() {
    const policy = store.state?.policy;
    return JSON.stringify([policy?.opened?.name, policy?.choice, policy?.feasibility?.sentences]);
  }
}

export const yes = new Yes();
