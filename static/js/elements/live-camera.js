// One live picture with its rate and age. Silence is seen by a timer, not by the frames that do not come.

import { StudioElement, every } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { live } from "../core/live.js";
import { clock, store } from "../core/studio.js";
import { CHECK_EVERY_MS, freshness, Rate } from "../model/age.js";
import { formatNumber, UNKNOWN } from "../model/format.js";
import { rendererNote } from "../model/renderer.js";

const NUMBERS_EVERY_MS = 500;

export class LiveCamera extends StudioElement {
  #rate = new Rate();
  /** @type {number | null} */
  #drawn_at = null;
  /** @type {number | null} */
  #age = null;
  #worst_age = 0;
  #numbers_at = 0;
  #stamp = "";
  #tier = 0;

  get name() {
    return this.getAttribute("name") ?? "";
  }

  /** @param {AbortSignal} signal */
  start(signal) {
    render(
      this,
      html`<canvas width="${this.getAttribute("width") ?? 640}" height="${this.getAttribute("height") ?? 480}" role="img" aria-label="Camera ${this.name}"></canvas>
        <div class="camera-overlay" data-slot="overlay"></div>
        <div class="camera-stamp" hidden></div>
        <div class="camera-label"><b>${this.name}</b><span class="camera-drawn" data-part="drawn" hidden></span><span class="camera-tier" title="A smaller picture, because this connection or browser is slow. What is recorded stays whole." hidden>reduced</span><span class="camera-fps">${UNKNOWN}</span><span class="camera-age">${UNKNOWN}</span></div>`,
    );
    const canvas = find(this, "canvas", HTMLCanvasElement);
    const context = canvas.getContext("2d", { alpha: false, desynchronized: true });
    live.show(this.name, Number(this.getAttribute("index")), (picture) => this.#draw(canvas, context, picture), signal);
    every(CHECK_EVERY_MS, () => this.#check(), signal);
    store.watch(["cameras"], () => this.#check(), signal);
  }

  /**
   * @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2D | null} context
   * @param {import("../core/live.js").Picture} picture
   */
  #draw(canvas, context, { bitmap, exposure_ms, tier }) {
    this.#tier = tier;
    // The canvas keeps its full size over smaller tiers, so nothing jumps when the quality steps down.
    context?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const now = performance.now();
    this.#rate.add(now);
    this.#drawn_at = now;
    this.#age = clock.age(exposure_ms, now);
    this.#worst_age = Math.max(this.#worst_age, this.#age ?? 0);
  }

  #check() {
    const now = performance.now();
    const camera = store.state?.cameras.find((one) => one.name === this.name);
    const fresh = freshness(this.#drawn_at, this.#age, now);
    const lost = store.connected && camera?.lost ? "LOST" : "";
    const stamp = lost ? `${lost}${fresh.stamp ? ` ${fresh.stamp.replace("STALE ", "")}` : ""}` : fresh.stamp;
    const stale = fresh.stale || Boolean(lost);
    if (stamp !== this.#stamp) {
      this.#stamp = stamp;
      const box = find(this, ".camera-stamp", HTMLElement);
      box.hidden = !stamp;
      setText(box, stamp);
    }
    this.toggleAttribute("stale", stale);
    if (now - this.#numbers_at < NUMBERS_EVERY_MS && !stale) return;
    this.#numbers_at = now;
    setText(find(this, ".camera-fps", HTMLElement), stale ? UNKNOWN : formatNumber(this.#rate.value(now), 1, "fps"));
    setText(find(this, ".camera-age", HTMLElement), stale || this.#age === null ? UNKNOWN : `${Math.round(this.#worst_age)} ms`);
    this.title = lost ? (camera?.reason ?? "") : "Pictures per second drawn here, and the oldest picture's age since exposure";
    this.#worst_age = 0;
    find(this, ".camera-tier", HTMLElement).hidden = stale || this.#tier === 0;
    this.#drawn(rendererNote(store.state?.rig));
  }

  /** Only the large picture says by what it is drawn. @param {string} note */
  #drawn(note) {
    const box = find(this, "[data-part=drawn]", HTMLElement);
    box.hidden = !note || !this.classList.contains("main");
    setText(box, note);
  }
}

customElements.define("live-camera", LiveCamera);
