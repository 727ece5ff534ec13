// One large camera and the others beside it. A click or Tab swaps, a double click enlarges.

import { StudioElement } from "../core/element.js";
import { html, render } from "../core/html.js";
import { remember, remembered } from "../core/preferences.js";
import { store } from "../core/studio.js";
import "./live-camera.js";
import "./target-overlay.js";

export class CameraWall extends StudioElement {
  #names = "";
  #main = remembered("main-camera") ?? "";

  /** @param {AbortSignal} signal */
  start(signal) {
    store.watch(["cameras"], () => this.#paint(), signal);
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.addEventListener("dblclick", (event) => this.#tile(event) && this.enlarge(), { signal });
    this.addEventListener("keydown", (event) => event.key === "Enter" && this.#clicked(event), { signal });
  }

  /** The next camera becomes the large one. */
  swap() {
    const names = (store.state?.cameras ?? []).map((camera) => camera.name);
    this.#choose(names[(names.indexOf(this.#main) + 1) % names.length] ?? "");
  }

  /** Enlarges the main camera over the whole body, or puts it back. */
  enlarge() {
    this.toggleAttribute("enlarged");
  }

  /** @returns {boolean} whether there was something to shrink */
  shrink() {
    const was = this.hasAttribute("enlarged");
    this.removeAttribute("enlarged");
    return was;
  }

  #paint() {
    const cameras = store.state?.cameras ?? [];
    const names = JSON.stringify(cameras.map((camera) => [camera.name, camera.index, camera.width, camera.height]));
    if (names === this.#names) return;
    this.#names = names;
    if (!cameras.some((camera) => camera.name === this.#main)) this.#main = cameras[0]?.name ?? "";
    this.dataset.others = String(Math.max(0, cameras.length - 1));
    render(
      this,
      cameras.length
        ? html`${cameras.map(
            (camera) => html`<live-camera name="${camera.name}" index="${camera.index}" width="${camera.width}" height="${camera.height}" tabindex="0" role="button" aria-label="Camera ${camera.name}: make it the large one" class="camera"></live-camera>`,
          )}`
        : html`<p class="empty">No camera yet. <a href="/setup">Set one up</a></p>`,
    );
    for (const slot of this.querySelectorAll("[data-slot=overlay]")) slot.append(document.createElement("target-overlay"));
    this.#arrange();
  }

  /** @param {string} name */
  #choose(name) {
    if (!name || name === this.#main) return;
    this.#main = name;
    remember("main-camera", name);
    this.#arrange();
  }

  #arrange() {
    let place = 0;
    for (const tile of this.querySelectorAll("live-camera")) {
      const main = tile.getAttribute("name") === this.#main;
      tile.classList.toggle("main", main);
      /** @type {HTMLElement} */ (tile).style.setProperty("--place", main ? "0" : String(++place));
    }
  }

  /** @param {Event} event @returns {Element | null} */
  #tile(event) {
    return event.target instanceof Element ? event.target.closest("live-camera") : null;
  }

  /** @param {Event} event */
  #clicked(event) {
    const name = this.#tile(event)?.getAttribute("name");
    if (name) this.#choose(name);
  }
}

customElements.define("camera-wall", CameraWall);
