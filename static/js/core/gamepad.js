// Reads the gamepad while the page is shown, and remembers one map for each pad id.

import { axesOfPad, pressedActions, readMap, STANDARD_MAP } from "../model/gamepad.js";
import { speedStep, STILL } from "../model/jog.js";
import { act, emergencyStop } from "./actions.js";
import { driver } from "./driver.js";
import { remember, remembered } from "./preferences.js";

/** @typedef {import("../model/gamepad.js").PadMap} PadMap */
/** @typedef {import("../model/gamepad.js").PadAction} PadAction */
/** @typedef {{id: string, standard: boolean, axes: number[], buttons: number[]}} Reading */

export class GamepadReader extends EventTarget {
  /** @type {Reading | null} the pad that is used now */
  reading = null;
  /** @type {PadMap} */
  map = STANDARD_MAP;
  /** While a mapping is taught the pad moves nothing. */
  teaching = false;
  /** @type {number[]} */
  #before = [];
  #timer = 0;

  /** @param {AbortSignal} signal */
  start(signal) {
    addEventListener("gamepadconnected", () => this.#run(), { signal });
    signal.addEventListener("abort", () => clearInterval(this.#timer));
    this.#run();
  }

  /** @param {PadMap} map stored under this pad's id, so that it survives a reload */
  setMap(map) {
    this.map = map;
    if (this.reading) remember(`pad.${this.reading.id}`, JSON.stringify(map));
    this.dispatchEvent(new Event("pad"));
  }

  resetMap() {
    this.map = STANDARD_MAP;
    if (this.reading) remember(`pad.${this.reading.id}`, null);
    this.dispatchEvent(new Event("pad"));
  }

  #run() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#poll(), 16);
  }

  #poll() {
    const pad = [...(navigator.getGamepads?.() ?? [])].find((one) => one?.connected);
    if (!pad) {
      if (this.reading) this.#lost();
      return;
    }
    const changed = this.reading?.id !== pad.id;
    const buttons = pad.buttons.map((button) => button.value);
    this.reading = { id: pad.id, standard: pad.mapping === "standard", axes: [...pad.axes], buttons };
    if (changed) {
      this.map = readMap(remembered(`pad.${pad.id}`));
      this.#before = buttons;
      this.dispatchEvent(new Event("pad"));
    }
    this.dispatchEvent(new Event("reading"));
    if (!this.teaching) this.#use(buttons);
    this.#before = buttons;
  }

  /** @param {number[]} buttons */
  #use(buttons) {
    driver.pad = axesOfPad(this.map, this.reading?.axes ?? [], buttons);
    for (const action of pressedActions(this.map, this.#before, buttons)) carryOut(action);
  }

  /** A pad that went away holds nothing any more. */
  #lost() {
    this.reading = null;
    this.map = STANDARD_MAP;
    driver.pad = STILL;
    this.dispatchEvent(new Event("pad"));
  }
}

/** @param {PadAction} action */
function carryOut(action) {
  switch (action) {
    case "estop":
      return emergencyStop();
    case "slower":
      return driver.setSpeed(speedStep(driver.speed, -1));
    case "faster":
      return driver.setSpeed(speedStep(driver.speed, 1));
    case "arm":
      return driver.otherArm();
    case "success":
    case "partial":
    case "failure":
      return act("save", action);
    case "control":
      return takeControl();
    default:
      return act(action);
  }
}

/** Whoever takes control with the pad drives with it, whatever map is shown: the episode says so. */
function takeControl() {
  const shown = driver.input;
  driver.input = "gamepad";
  const done = act("control");
  driver.input = shown;
  return done;
}

export const gamepad = new GamepadReader();
