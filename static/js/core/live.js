// Live pictures: one binary socket, one picture under way per camera, the newest wins.

import { client, clock } from "./studio.js";
import { Backoff, socketUrl } from "./socket.js";

const HEADER_BYTES = 24;

/**
 * @typedef {{camera: number, tier: number, index: number, exposure_ms: number, bitmap: ImageBitmap}} Picture
 * @typedef {(picture: Picture) => void} Draw
 */

export class LiveView {
  /** @type {WebSocket | null} */
  #socket = null;
  #backoff = new Backoff();
  /** @type {Map<string, {index: number, draw: Draw, newest_ms: number}>} */
  #shown = new Map();
  #started = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Exposure to canvas of the last pictures, ms: what bench link reads. @type {number[]} */
  ages_ms = [];

  /**
   * Shows a camera until the signal ends.
   * @param {string} name @param {number} index @param {Draw} draw @param {AbortSignal} signal
   */
  show(name, index, draw, signal) {
    const entry = { index, draw, newest_ms: 0 };
    this.#shown.set(name, entry);
    this.#start();
    this.#watch();
    signal.addEventListener("abort", () => {
      if (this.#shown.get(name) === entry) this.#shown.delete(name);
      this.#watch();
    });
  }

  #start() {
    if (this.#started) return;
    this.#started = true;
    document.addEventListener("visibilitychange", () => this.#watch());
    this.#connect();
  }

  async #connect() {
    const socket = new WebSocket(socketUrl("/ws/live", await client));
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#backoff.reset();
      this.#watch();
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => {
      this.#socket = null;
      setTimeout(() => this.#connect(), this.#backoff.next());
    };
  }

  /** Tells the server what this page shows now; nothing while it is hidden. */
  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#socket?.readyState !== WebSocket.OPEN) return;
      const cameras = document.hidden ? [] : [...this.#shown.keys()];
      this.#socket.send(JSON.stringify({ type: "watch", cameras }));
    }, 0);
  }

  /** @param {ArrayBuffer} data */
  async #receive(data) {
    const view = new DataView(data);
    if (data.byteLength <= HEADER_BYTES || view.getUint8(0) !== 1) return;
    const camera = view.getUint8(1);
    const index = view.getUint32(4, true);
    const exposure_ms = Number(view.getBigUint64(8, true)) / 1e6;
    const tier = view.getUint8(2);
    const entry = [...this.#shown.values()].find((shown) => shown.index === camera);
    let age_ms = null;
    if (entry) {
      try {
        const bitmap = await createImageBitmap(new Blob([new Uint8Array(data, HEADER_BYTES)], { type: "image/jpeg" }));
        // Two pictures may decode at once on a long link: an older one never replaces a newer one.
        if (exposure_ms < entry.newest_ms) bitmap.close();
        else entry.draw({ camera, tier, index, exposure_ms, bitmap });
        entry.newest_ms = Math.max(entry.newest_ms, exposure_ms);
        age_ms = clock.age(exposure_ms, performance.now());
        if (age_ms !== null) this.#note(age_ms);
      } catch {
        // A picture that does not decode is not shown; the tile goes stale by its own timer and says so.
      }
    }
    if (this.#socket?.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ type: "ack", camera, index, age_ms }));
    }
  }

  /** @param {number} age_ms */
  #note(age_ms) {
    this.ages_ms.push(age_ms);
    if (this.ages_ms.length > 4096) this.ages_ms.splice(0, 2048);
  }
}

export const live = new LiveView();
