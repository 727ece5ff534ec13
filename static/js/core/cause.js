// Which cause this page gives to the recovery of the take that waits for a decision.

import { chosenCause, NONE, options } from "../model/cause.js";
import { store } from "./studio.js";

/** @typedef {import("../model/keys.js").Outcome} Outcome */

class CauseOfTake extends EventTarget {
  choice = NONE;

  get options() {
    return store.state ? options(store.state, this.choice) : [];
  }

  /** @returns {string} what a save carries; "" lets the studio keep what it knows */
  get chosen() {
    return store.state?.recorder.take ? chosenCause(store.state, this.choice) : "";
  }

  /** The label waits for a cause. @param {Outcome} outcome */
  wait(outcome) {
    this.#set({ uuid: this.#uuid, name: "", pending: outcome });
  }

  /** @param {string} name @returns {Outcome | null} the label that waited for it */
  choose(name) {
    const pending = this.choice.uuid === this.#uuid ? this.choice.pending : null;
    this.#set({ uuid: this.#uuid, name, pending: null });
    return pending;
  }

  get #uuid() {
    return store.state?.recorder.take?.uuid ?? "";
  }

  /** @param {typeof NONE} choice */
  #set(choice) {
    this.choice = choice;
    this.dispatchEvent(new Event("change"));
  }
}

export const cause = new CauseOfTake();
