// The set-up of a station while it is made: what the studio sees, and the draft, which this browser keeps.

import { freshDraft } from "../model/station.js";
import { api } from "./api.js";
import { remember, remembered } from "./preferences.js";

/** @typedef {import("../model/station.js").Draft} Draft */
/** @typedef {import("../model/station.js").Role} Role */
/** @typedef {import("../model/station.js").Port} Port */
/** @typedef {import("../model/station.js").Joint} Joint */
/**
 * @typedef {{role: Role, id: string, path: string, made_at: number, fingerprint: string, backups: string[]}} Calibration
 * @typedef {{busy: string, ports: Port[], cameras: {path: string, device: string, name: string, driver: "v4l2" | "virtual"}[], usb: string[], calibrations: Calibration[],
 *   rigs: string[], joints: Record<Role, Joint[]>, steps_per_turn: number}} Seen
 */

class Station extends EventTarget {
  /** @type {Draft} */
  draft = { ...freshDraft(), ...JSON.parse(remembered("station") ?? "{}") };
  /** @type {Seen | null} */
  seen = null;
  /** Steps that were done in this visit. @type {Set<string>} */
  done = new Set();

  async look() {
    this.seen = await api("/api/setup");
    this.#changed();
  }

  keep() {
    remember("station", JSON.stringify(this.draft));
    this.#changed();
  }

  /** @param {string} step */
  finish(step) {
    this.done.add(step);
    this.#changed();
  }

  /** What the servos' routes want to know of an arm. @param {Role} role */
  arm(role) {
    const { port, id } = this.draft[role];
    return { port, role, id };
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export const station = new Station();

/**
 * @param {string} path below /api/setup/ @param {object} [body]
 * @returns {Promise<any>}
 */
export function order(path, body) {
  const json = body ? { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
  return api(`/api/setup/${path}`, { method: "POST", ...json });
}
