// Steps 3 and 4: the middle pose, then every joint from stop to stop, as a live picture of its range.

import { api } from "../core/api.js";
import { every } from "../core/element.js";
import { html } from "../core/html.js";
import { order, station } from "../core/station.js";
import { sweep } from "../model/station.js";
import { StationPanel } from "./station-panel.js";

/** @typedef {import("../model/station.js").Range} Range */
const LOOK_EVERY_MS = 120;

class StationCalibrate extends StationPanel {
  /** @type {"idle" | "middle" | "sweep" | "done"} */
  #stage = "idle";
  /** @type {Record<string, Range>} */
  #ranges = {};
  #saved = "";
  #asking = false;

  get #role() {
    return this.getAttribute("role-of") === "leader" ? "leader" : /** @type {const} */ ("follower");
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    super.start(signal);
    every(LOOK_EVERY_MS, () => this.#look(), signal);
    signal.addEventListener("abort", () => this.#open && order("calibration/cancel").catch(() => {}));
  }

  get #open() {
    return this.#stage === "middle" || this.#stage === "sweep";
  }

  async #look() {
    if (!this.#open || this.#asking || this.waiting) return;
    this.#asking = true;
    try {
      const told = await api("/api/setup/calibration");
      this.#ranges = told.joints;
      this.problem = told.problem;
    } catch (error) {
      this.problem = /** @type {Error} */ (error).message;
    }
    this.#asking = false;
    this.paint();
  }

  markup() {
    const role = this.#role;
    const arm = station.draft[role];
    const joints = station.seen?.joints[role] ?? [];
    const steps = station.seen?.steps_per_turn ?? 4096;
    const good = joints.filter((joint) => sweep(joint, this.#ranges[joint.name], steps).good).length;
    return html`<div class="choices end"><label>Its id <input name="id" value="${arm.id}" maxlength="60"></label><span class="quiet line">LeRobot's file of that id</span></div>
      <p class="station-now" role="status">${this.waiting || this.#words(good, joints.length)}</p>
      <div class="choices">${this.#buttons(arm.port, good === joints.length)}</div>
      ${this.problem ? html`<p class="form-problem" role="alert">${this.problem}</p>` : ""}
      <ul class="ranges">${joints.map((joint) => bar(joint, this.#ranges[joint.name], steps, this.#stage))}</ul>`;
  }

  /** @param {number} good @param {number} all */
  #words(good, all) {
    switch (this.#stage) {
      case "middle":
        return "The arm is limp. Hold it in its middle: every joint half way between its stops, the gripper half open.";
      case "sweep":
        if (Object.values(this.#ranges).some((range) => range.passed)) return "The middle was not the middle: hold the arm half way and take it again.";
        return good === all ? "Every joint was turned far enough. Save it." : `Turn each joint by hand from stop to stop: ${good} of ${all} are good.`;
      case "done":
        return this.#saved;
      default:
        return "Hold the arm: it goes limp when you begin.";
    }
  }

  /** @param {string} port @param {boolean} complete */
  #buttons(port, complete) {
    const button = (/** @type {string} */ what, /** @type {string} */ label, /** @type {string} */ why, tone = "plain") =>
      html`<button type="button" class="${tone}" data-do="${what}" aria-disabled="${String(Boolean(why || this.waiting))}" title="${why}">${label}</button>`;
    if (this.#stage === "middle") return html`${button("centre", "This is the middle", "", "primary")}${button("cancel", "Stop", "")}`;
    if (this.#stage === "sweep") return html`${button("finish", "Save the calibration", complete ? "" : "Some joints were not turned far enough", "primary")}${button("centre", "Take the middle again", "")}${button("cancel", "Stop", "")}`;
    return button("begin", this.#stage === "done" ? "Calibrate again" : "Begin", port ? (station.seen?.busy ?? "") : "Choose its port in step 1", "primary");
  }

  /** @param {HTMLElement} field */
  changed(field) {
    if (!(field instanceof HTMLInputElement) || field.name !== "id") return;
    station.draft[this.#role].id = field.value.trim();
    field.blur();
    station.keep();
  }

  /** @param {string} what */
  async done(what) {
    const role = this.#role;
    const words = { begin: "Connecting, about 5 s at the first time", finish: "Writing it into the servos" };
    await this.during(/** @type {Record<string, string>} */ (words)[what] ?? "One moment", async () => {
      if (what === "begin") {
        await order("calibration/begin", station.arm(role));
        this.#ranges = {};
        this.#stage = "middle";
      } else if (what === "centre") {
        await order("calibration/centre");
        this.#stage = "sweep";
      } else if (what === "cancel") {
        await order("calibration/cancel");
        this.#stage = "idle";
      } else {
        const { path, fingerprint } = await order("calibration/finish");
        this.#stage = "done";
        this.#saved = `Saved as ${path}. Fingerprint ${fingerprint}.`;
        station.draft[role].fingerprint = fingerprint;
        station.keep();
        station.finish(role);
        await station.look();
      }
    });
  }
}

/**
 * One joint: how far it was turned, where it is, in words and as a bar of one turn.
 * @param {import("../model/station.js").Joint} joint @param {Range | undefined} range @param {number} steps @param {string} stage
 */
function bar(joint, range, steps, stage) {
  const { degrees, share, good } = sweep(joint, range, steps);
  const x = (/** @type {number | null | undefined} */ value) => (100 * (value ?? 0)) / steps;
  const swept = stage === "sweep" || stage === "done";
  const words = joint.turns ? "turns freely: not swept" : range?.passed ? "past its end: take the middle again" : swept ? `${Math.round(degrees)}° of ${joint.good_deg}°` : "-";
  return html`<li data-good="${String(swept && good)}" data-joint="${joint.name}"><span>${joint.name.replaceAll("_", " ")}</span>
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${joint.name}: ${words}"><rect class="turn" width="100" height="10"/>
      ${swept && range && range.low !== null && !joint.turns ? html`<rect class="swept" x="${x(range.low)}" width="${Math.max(0.5, x(range.high) - x(range.low))}" height="10"/>` : ""}
      ${range ? html`<rect class="now" x="${x(range.now) - 0.4}" width="0.8" height="10"/>` : ""}</svg>
    <b>${swept ? (good ? "✓" : `${Math.round(share * 100)} %`) : ""}</b><small>${words}</small></li>`;
}

customElements.define("station-calibrate", StationCalibrate);
