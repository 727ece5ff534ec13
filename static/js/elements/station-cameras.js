// Step 6: a picture of each camera, a name for what it sees, and its exposure, white balance and gain locked.

import { html } from "../core/html.js";
import { station } from "../core/station.js";
import { controlsOf } from "../model/station.js";
import { StationPanel } from "./station-panel.js";

/** @type {Record<string, string>} */
const WORDS = { exposure: "exposure", white_balance_k: "white balance", focus: "focus", gain: "gain" };

class StationCameras extends StationPanel {
  /** Pictures by path, as object URLs, and the controls the camera has found. @type {Record<string, {url: string, controls: Record<string, number>}>} */
  #pictures = {};

  markup() {
    const cameras = station.seen?.cameras ?? [];
    return html`<div class="choices"><button type="button" class="plain" data-do="look" aria-disabled="${String(!cameras.length || Boolean(this.waiting))}">Take a picture with each</button>
        <button type="button" class="plain" data-do="again">Look for cameras again</button><span role="status" class="quiet">${this.waiting}</span></div>
      ${this.problem ? html`<p class="form-problem" role="alert">${this.problem}</p>` : ""}
      ${(station.seen?.usb ?? []).map((text) => html`<p class="form-problem">${text.replaceAll("camera_", "camera ")}</p>`)}
      ${cameras.length
        ? html`<ul class="station-cameras">${cameras.map((camera, index) => this.#camera(camera, index + 1))}</ul>`
        : html`<p class="empty">No camera is plugged in.</p>`}
      <label class="check"><input type="checkbox" name="virtual" ${station.draft.virtual ? "checked" : ""}> Two virtual cameras for now: made pictures, to try the arm without any</label>`;
  }

  /** @param {{path: string, device: string, name: string}} camera @param {number} number */
  #camera({ path, device, name }, number) {
    const chosen = station.draft.cameras.find((one) => one.path === path);
    const picture = this.#pictures[path];
    const locked = Boolean(chosen && Object.keys(chosen.lock).length);
    const found = Object.entries(picture?.controls ?? {}).map(([key, value]) => `${WORDS[key] ?? key} ${value}`).join(", ");
    return html`<li>${picture ? html`<img src="${picture.url}" alt="What ${name} sees">` : html`<div class="no-picture">No picture yet</div>`}
      <b>${number}. ${name}</b><small>${device.replace("/dev/", "")}</small>
      <label>It sees the <input name="name" data-path="${path}" value="${chosen?.name ?? ""}" placeholder="top, gripper, left" maxlength="40"></label>
      <button type="button" class="plain" data-do="lock" data-path="${path}" aria-pressed="${String(locked)}" aria-disabled="${String(!chosen?.name || !found)}" title="${!chosen?.name ? "Name it first" : !found ? "Take a picture first" : ""}">${locked ? "Picture locked" : "Lock the picture as it is"}</button>
      <small>${found || "Light the table as when recording, then take a picture."}</small></li>`;
  }

  /** @param {HTMLElement} field */
  changed(field) {
    if (!(field instanceof HTMLInputElement)) return;
    if (field.name === "virtual") station.draft.virtual = field.checked;
    if (field.name === "name") {
      const path = field.dataset.path ?? "";
      const others = station.draft.cameras.filter((one) => one.path !== path);
      const name = field.value.trim();
      station.draft.cameras = name ? [...others, { path, name, lock: {} }] : others;
    }
    field.blur();
    station.keep();
    if (station.draft.virtual || station.draft.cameras.length) station.finish("cameras");
  }

  /** @param {string} what @param {HTMLElement} button */
  async done(what, button) {
    if (what === "lock") {
      const path = button.dataset.path ?? "";
      const chosen = station.draft.cameras.find((one) => one.path === path);
      if (chosen) chosen.lock = Object.keys(chosen.lock).length ? {} : { ...this.#pictures[path].controls };
      station.keep();
      return;
    }
    await this.during(what === "look" ? "Opening one camera after the other, about 2 s each" : "Looking", async () => {
      if (what === "again") return station.look();
      for (const { path } of station.seen?.cameras ?? []) {
        const answer = await fetch(`/api/setup/cameras/picture?path=${encodeURIComponent(path)}`);
        if (!answer.ok) throw new Error((await answer.json()).title ?? "The camera gave no picture.");
        this.#pictures[path] = { url: URL.createObjectURL(await answer.blob()), controls: controlsOf(answer.headers.get("X-Controls") ?? "") };
        this.paint();
      }
    });
  }
}

customElements.define("station-cameras", StationCameras);
