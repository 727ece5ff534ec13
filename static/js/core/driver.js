// Sends what a person holds down: jogs at 50 Hz while something is held, one zero after, and the heartbeat.

import { DRIVE_KEYS, DRIVE_TAPS } from "../model/keys.js";
import {
  armJoints, axesOfKeys, DEFAULT_SPEED, inputOf, isStill, jointJog, pushOf, SPEEDS, speedStep, STILL, sumAxes, toolJog,
} from "../model/jog.js";
import { policyHolds } from "../model/policyrun.js";
import { remember, remembered } from "./preferences.js";
import { store, tell } from "./studio.js";

/** @typedef {import("../model/jog.js").Axes} Axes */
/** @typedef {import("../model/jog.js").JogMode} JogMode */

const TICK_MS = 20;
const BEAT_EVERY = 5;

export class Driver extends EventTarget {
  /** Names of DRIVE_KEYS that are down. @type {Set<string>} */
  held = new Set();
  /** What the touch pad holds. @type {Set<string>} */
  touched = new Set();
  /** @type {Axes} */
  pad = STILL;
  /** @type {JogMode} */
  #mode = remembered("jog-mode") === "joints" ? "joints" : "tool";
  speed = Math.min(SPEEDS.length - 1, Number(remembered("speed") ?? DEFAULT_SPEED) || 0);
  /** The chosen joint among those of the arm that is driven. */
  joint = 0;
  #side = remembered("arm-side") ?? "";
  /** What the person drives with, as the label says it. @type {string} */
  input = "keyboard";
  released_at = -Infinity;
  #sequence = 0;
  #ticks = 0;
  #moving = false;
  #was_mine = false;
  #was_reaching = false;
  /** Whether every input has rested since control was gained, or since a policy has the arm. */
  #engaged = false;
  /** Whether what is pushed now is meant to take the arm from a policy. */
  #pushing = false;
  /** @type {Worker | null} */
  #worker = null;

  /** @param {AbortSignal} signal */
  start(signal) {
    this.#worker = new Worker("/static/js/core/beat.worker.js");
    this.#worker.onmessage = () => this.#tick();
    signal.addEventListener("abort", () => this.#worker?.terminate());
    store.watch(["lease", "policy"], () => this.#leaseChanged(), signal);
    // Keys that come up while another window has the focus are never told: let everything go.
    addEventListener("blur", () => this.letGo(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.#hidden(), { signal });
    addEventListener("pagehide", () => this.mine && tell({ type: "lease.release" }), { signal });
  }

  get mine() {
    return store.connected && Boolean(store.state?.lease.mine);
  }

  /** The arm that is driven, of a rig that has two; "" for one arm. @returns {string} */
  get side() {
    const sides = store.state?.rig.sides ?? [];
    return sides.includes(this.#side) ? this.#side : (sides[0] ?? "");
  }

  /** The joints of the arm that is driven. */
  get joints() {
    return armJoints(store.state?.rig.joints ?? [], this.side);
  }

  /** An arm without a model knows no straight lines. @returns {JogMode} */
  get mode() {
    return store.state?.rig.blind ? "joints" : this.#mode;
  }

  /** Whether moving an input takes the arm from a policy. */
  get reaching() {
    return policyHolds(store.view);
  }

  /** @returns {Axes} */
  get axes() {
    return sumAxes(axesOfKeys(this.held), axesOfKeys(this.touched), this.pad);
  }

  /** @param {string} code @returns {boolean} whether it is a driving key */
  down(code) {
    const tap = DRIVE_TAPS[code];
    if (tap === "mode") this.setMode(this.mode === "tool" ? "joints" : "tool");
    else if (tap === "arm") this.otherArm();
    else if (tap) this.setSpeed(speedStep(this.speed, tap === "faster" ? 1 : -1));
    if (tap) return true;
    const name = /** @type {Record<string, string>} */ (DRIVE_KEYS)[code];
    if (!name) return false;
    if (this.mode === "joints" && name.startsWith("d")) this.setJoint(Number(name.slice(1)) - 1);
    else this.held.add(name);
    this.#changed();
    return true;
  }

  /** @param {string} code */
  up(code) {
    const name = /** @type {Record<string, string>} */ (DRIVE_KEYS)[code];
    if (!name || !this.held.delete(name)) return;
    this.released_at = performance.now();
    this.#changed();
  }

  letGo() {
    this.held.clear();
    this.touched.clear();
    this.pad = STILL;
    this.#changed();
    if (this.#moving) this.#send(STILL);
  }

  /** @param {number} step */
  setSpeed(step) {
    this.speed = step;
    remember("speed", String(step));
    this.#changed();
  }

  /** @param {JogMode} mode */
  setMode(mode) {
    if (store.state?.rig.blind) return;
    this.letGo();
    this.#mode = mode;
    remember("jog-mode", mode);
    this.#changed();
  }

  /** @param {number} index */
  setJoint(index) {
    if (index < this.joints.length) this.joint = index;
    this.#changed();
  }

  /** What is held down for one arm must not move the other. @param {string} side */
  setSide(side) {
    this.letGo();
    this.#side = side;
    remember("arm-side", side);
    this.#changed();
  }

  otherArm() {
    const other = (store.state?.rig.sides ?? []).find((side) => side !== this.side);
    if (other) this.setSide(other);
  }

  #leaseChanged() {
    if (this.mine === this.#was_mine && this.reaching === this.#was_reaching) return;
    // Whoever gains control with a key or a stick already pushed must let go of it first: nothing starts by itself. Only
    // who took it from a policy by that push goes on with it, and the arm ramps in.
    const meant = this.mine && !this.#was_mine && this.#pushing;
    this.#was_mine = this.mine;
    this.#was_reaching = this.reaching;
    this.#worker?.postMessage(this.mine || this.reaching ? TICK_MS : 0);
    this.#engaged = meant;
    this.#pushing = false;
    this.#moving = false;
    if (!meant) {
      this.held.clear();
      this.touched.clear();
    }
    this.#changed();
  }

  /** A hidden page gives the arm away: whoever looks elsewhere does not drive. It holds, and a take goes on. */
  #hidden() {
    this.letGo();
    if (this.mine) tell({ type: "lease.release" });
  }

  #tick() {
    if (this.reaching) this.#push();
    if (!this.mine) return;
    if (this.#ticks++ % BEAT_EVERY === 0) tell({ type: "beat" });
    const axes = this.axes;
    this.#engaged ||= isStill(axes);
    if (this.#engaged && (!isStill(axes) || this.#moving)) this.#send(axes);
  }

  /** A policy has the arm: say how far an input is pushed; the rig decides whether that is meant. */
  #push() {
    const push = pushOf(this.axes);
    this.#engaged ||= push === 0;
    if (!this.#engaged || (push === 0 && !this.#pushing)) return;
    this.#pushing = push > 0;
    const input = inputOf(this.pad, this.touched, this.input);
    tell({ type: "policy.push", label: ownLabel(input), input, push });
  }

  /** @param {Axes} axes */
  #send(axes) {
    this.#moving = !isStill(axes);
    const sequence = ++this.#sequence;
    const joints = store.state?.rig.joints ?? [];
    const side = /** @type {"" | "left" | "right"} */ (this.side);
    if (this.mode === "tool") tell({ type: "jog", sequence, side, ...toolJog(axes, this.speed) });
    else tell({ type: "jog.joints", sequence, speed: jointJog(axes, this.speed, joints, this.joint, side) });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {string} input @returns {string} what others see as the holder of the arm, and by what it is driven: "Ana (keyboard)" */
export function ownLabel(input) {
  const operator = store.state?.recorder.operator;
  const who = (operator !== "unknown" && operator) || remembered("operator") || "Browser";
  return `${who.slice(0, 60)} (${input})`;
}

export const driver = new Driver();
