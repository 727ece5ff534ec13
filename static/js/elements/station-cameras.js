// Step 6: a picture of each camera, a name for what it sees, and its exposure, white balance and gain locked.

import { answered } from "../core/api.js";
import { html } from "../core/html.js";
import { station } from "../core/station.js";
import { controlsOf } from "../model/station.js";
import { StationPanel } from "./station-panel.js";

/** @type {Record<string, string>} */
const WORDS = { exposure: "exposure", white_balance_k: "white balance", focus: "focus", gain: "gain" };

class StationCameras extends StationPanel {
  /** Pictures by path, as object URLs, and the controls the camera has found or was told. @type {Record<string, {url: string, controls: Record<string, number>}>} */
  #pictures = {};

  /** The plugged ones, the virtual ones where they are wanted, and what was named and is gone. */
  get #cameras() {
    const there = (station.seen?.cameras ?? []).filter((one) => one.driver !== "virtual" || station.draft.virtual);
    const gone = station.draft.cameras.filter((one) => !there.some(({ path }) => path === one.path));
    return { there, gone };
  }

  markup() {
    const { there, gone } = this.#cameras;
    return html`<div class="choices"><button type="button" class="plain" data-do="look" title="${there.length ? "" : "There is no camera to look through"}" aria-disabled="${String(!there.length || Boolean(this.waiting))}">Take a picture with each</button>
        <button type="button" class="plain" data-do="again">Look for cameras again</button>
        <label class="check"><input type="checkbox" name="virtual" ${station.draft.virtual ? "checked" : ""}> Virtual cameras too: made pictures, to try the arm without any</label></div>
      <p role="status" class="quiet">${this.waiting}</p>
      ${this.problem ? html`<p class="form-problem" role="alert">${this.problem}</p>` : ""}
      ${(station.seen?.usb ?? []).map((text) => html`<p class="form-problem">${text.replaceAll("camera_", "camera ")}</p>`)}
      ${there.length || gone.length
        ? html`<ul class="station-cameras">${there.map((camera, index) => this.#camera(camera, `${index + 1}. ${camera.name}`))}${gone.map((one) => this.#camera({ path: one.path, device: one.path }, "Not plugged in"))}</ul>`
        : html`<p class="empty">No camera is plugged in.</p>`}`;
  }

  /** @param {{path: string, device: string}} camera @param {string} title */
  #camera({ path, device }, title) {
    const chosen = station.draft.cameras.find((one) => one.path === path);
    const picture = this.#pictures[path];
    const locked = Boolean(chosen && Object.keys(chosen.lock).length);
    const why = !chosen?.name ? "Name it first" : !picture && !locked ? "Take a picture first" : "";
    const button = html`<button type="button" class="plain" data-do="lock" data-path="${path}" aria-pressed="${String(locked)}" aria-disabled="${String(Boolean(why || this.waiting))}" title="${why || (locked ? "Let its automatics work again" : "")}">${locked ? "Unlock the picture" : "Lock the picture as it is"}</button>`;
    return html`<li data-path="${path}" data-locked="${String(locked)}">${picture ? html`<img src="${picture.url}" alt="What it sees">` : html`<div class="no-picture">No picture yet</div>`}
      <b>${title}</b><small>${device.replace("/dev/", "")}</small>
      <label>It sees the <input name="name" data-path="${path}" value="${chosen?.name ?? ""}" placeholder="top, gripper, left" maxlength="40"></label>
      ${button}
      <small role="status">${locked ? `✓ Locked and read back: ${words(chosen?.lock ?? {})}` : picture ? `Found: ${words(picture.controls)}` : "Light the table as when recording, then take a picture."}</small></li>`;
  }

  /** @param {HTMLElement} field */
  changed(field) {
    if (!(field instanceof HTMLInputElement)) return;
    const { draft } = station;
    if (field.name === "virtual") {
      draft.virtual = field.checked;
      if (!draft.virtual) draft.cameras = draft.cameras.filter((one) => one.driver !== "virtual");
    }
    if (field.name === "name") {
      const path = field.dataset.path ?? "";
      const known = draft.cameras.find((one) => one.path === path);
      const driver = station.seen?.cameras.find((one) => one.path === path)?.driver ?? known?.driver ?? "v4l2";
      const name = field.value.trim();
      draft.cameras = [...draft.cameras.filter((one) => one.path !== path), ...(name ? [{ path, name, driver, lock: known?.lock ?? {} }] : [])];
    }
    field.blur();
    station.keep();
    if (draft.cameras.length) station.finish("cameras");
  }

  /** @param {string} what @param {HTMLElement} button */
  async done(what, button) {
    if (what === "lock") return this.#turn(button.dataset.path ?? "");
    await this.during(what === "look" ? "Opening one camera after the other, about 2 s each" : "Looking", async () => {
      if (what === "again") return station.look();
      for (const { path } of this.#cameras.there) {
        const lock = station.draft.cameras.find((one) => one.path === path)?.lock ?? {};
        await this.#see(path, lock);
        this.paint();
      }
    });
  }

  /** Locks what its automatics have found, or lets them work again. @param {string} path */
  async #turn(path) {
    const chosen = station.draft.cameras.find((one) => one.path === path);
    if (!chosen) return;
    const wanted = Object.keys(chosen.lock).length ? {} : this.#pictures[path].controls;
    const locks = Object.keys(wanted).length > 0;
    await this.during(locks ? "Locking the picture and reading it back, about 2 s" : "Letting its automatics work", async () => {
      const kept = await this.#see(path, wanted);
      chosen.lock = locks ? kept : {};
      station.keep();
    });
  }

  /**
   * A new picture, with `lock` set and read back where there is one.
   * @param {string} path @param {Record<string, number>} lock @returns {Promise<Record<string, number>>} the controls
   */
  async #see(path, lock) {
    const answer = await (Object.keys(lock).length
      ? answered("/api/setup/cameras/lock", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ path, lock }) })
      : answered(`/api/setup/cameras/picture?path=${encodeURIComponent(path)}`));
    const controls = controlsOf(answer.headers.get("X-Controls") ?? "");
    if (this.#pictures[path]) URL.revokeObjectURL(this.#pictures[path].url);
    this.#pictures[path] = { url: URL.createObjectURL(await answer.blob()), controls };
    return controls;
  }
}

/** @param {Record<string, number>} controls "exposure 120, gain 10" */
function words(controls) {
  return Object.entries(controls).map(([key, value]) => `${WORDS[key] ?? key} ${value}${key === "white_balance_k" ? " K" : ""}`).join(", ") || "nothing that can be locked";
}

customElements.define("station-cameras", StationCameras);
