// The free view of a simulated scene, for a newcomer's eyes: a panel over the main camera, never recorded.

import { api } from "../core/api.js";
import { StudioElement, every } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { Scene3d } from "../core/scene3d.js";
import { store, tell, watchScene } from "../core/studio.js";

const ASK_AGAIN_MS = 2000;

export class OrbitView extends StudioElement {
  /** @type {Scene3d | null} */
  #scene = null;
  #open = false;
  #loading = false;

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<button type="button" class="plain orbit-toggle" aria-expanded="false" title="Look at the scene from anywhere">3D view</button>
        <div class="orbit-panel" hidden>
          <canvas aria-label="Free view of the simulated scene: drag to turn, wheel to come closer"></canvas>
          <p class="orbit-note">Drag to turn, wheel to zoom. Not recorded, and no policy sees it.</p>
        </div>`,
    );
    const canvas = find(this, "canvas", HTMLCanvasElement);
    const toggle = find(this, ".orbit-toggle", HTMLButtonElement);
    toggle.addEventListener("click", () => (toggle.blur(), this.#toggle(canvas, !this.#open)), { signal });
    this.#listen(canvas, signal);
    watchScene((bodies) => this.#scene?.pose(bodies), signal);
    every(ASK_AGAIN_MS, () => this.#open && tell({ type: "scene.watch", on: true }), signal);
    store.watch(["rig", "recorder"], () => this.#follow(canvas), signal);
  }

  /** Nobody should look at what the policy will not have: while a take runs the view is closed. */
  #follow(/** @type {HTMLCanvasElement} */ canvas) {
    const state = store.state;
    const busy = Boolean(state && state.recorder.phase !== "idle");
    this.hidden = !state?.rig.simulated || busy;
    if (busy && this.#open) this.#toggle(canvas, false);
  }

  /** @param {HTMLCanvasElement} canvas @param {boolean} open */
  async #toggle(canvas, open) {
    this.#open = open;
    find(this, ".orbit-panel", HTMLElement).hidden = !open;
    find(this, ".orbit-toggle", HTMLButtonElement).setAttribute("aria-expanded", String(open));
    tell({ type: "scene.watch", on: open });
    if (!open || this.#scene || this.#loading) return;
    this.#loading = true;
    try {
      this.#scene = await Scene3d.load(canvas, await api("/api/scene"));
      this.#scene.draw();
    } catch (error) {
      setText(find(this, ".orbit-note", HTMLElement), `The free view cannot be drawn: ${/** @type {Error} */ (error).message}`);
    }
    this.#loading = false;
  }

  /** @param {HTMLCanvasElement} canvas @param {AbortSignal} signal */
  #listen(canvas, signal) {
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId), { signal });
    canvas.addEventListener(
      "pointermove",
      (event) => {
        if (!event.buttons || !this.#scene) return;
        this.#scene.orbit.turn(event.movementX, event.movementY);
        this.#scene.draw();
      },
      { signal },
    );
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.#scene?.orbit.zoom(event.deltaY > 0 ? 1.1 : 1 / 1.1);
        this.#scene?.draw();
      },
      { signal, passive: false },
    );
  }
}

customElements.define("orbit-view", OrbitView);
