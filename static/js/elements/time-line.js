// The time line below the pictures: late frames, recovery bands that can be dragged, what to keep, and the playhead.

import { StudioElement } from "../core/element.js";
import { find, html, render } from "../core/html.js";
import { runs } from "../model/datasets.js";
import { drag, frameAt, nameBand, nextCause, removeBand } from "../model/bands.js";

/** @typedef {import("../model/bands.js").Band} Band */
/** @typedef {import("../model/bands.js").Grip} Grip */

export class TimeLine extends StudioElement {
  rows = 1;
  fps = 30;
  /** What a recovery can come from, by the dataset's plan. @type {readonly string[]} */
  causes = [];
  /** @type {Band[]} */
  #bands = [];
  /** @type {[number, number] | null} */
  #trim = null;
  /** @type {{at: number, grip: Grip, x: number, before: Band[]} | null} */
  #dragging = null;
  #scrubbing = false;

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, html`<div class="line-track" role="slider" aria-label="Frame" aria-valuemin="1" tabindex="0"><div class="line-keep"></div><div class="line-late"></div><div class="line-bands"></div><i class="line-head"></i></div>`);
    this.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    this.addEventListener("pointermove", (event) => this.#move(event), { signal });
    for (const end of ["pointerup", "pointercancel"]) this.addEventListener(end, (event) => this.#up(/** @type {PointerEvent} */ (event)), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("dblclick", (event) => this.#named(event), { signal });
  }

  /** @param {number} rows @param {number} fps */
  show(rows, fps) {
    this.rows = rows;
    this.fps = fps;
    this.late([]);
    this.bands = [];
    this.trim = null;
    this.at(0);
  }

  /** @param {readonly boolean[]} flags */
  late(flags) {
    render(find(this, ".line-late", HTMLElement), html`${runs(flags).map(({ from, to }) => html`<i title="Late picture: the one before was shown again" style="${place(from, to)}"></i>`)}`);
  }

  /** @param {Band[]} bands */
  set bands(bands) {
    this.#bands = bands;
    render(
      find(this, ".line-bands", HTMLElement),
      html`${bands.map(
        ([from, to, cause], i) => html`<div class="band" data-band="${i}" tabindex="0" role="group" aria-label="Recovery, frames ${from + 1} to ${to}${cause && `, ${cause}`}. Arrow keys with Alt move it, Enter names its cause, Delete takes it away." title="Recovery${cause && `: ${cause}`}. Drag it or its ends; a double click names its cause." style="${place(from / this.rows, to / this.rows)}"><i data-grip="from"></i><span>${cause.replaceAll("_", " ") || "recovery"}</span><i data-grip="to"></i></div>`,
      )}`,
    );
  }

  get bands() {
    return this.#bands;
  }

  /** @param {[number, number] | null} trim */
  set trim(trim) {
    this.#trim = trim;
    const [from, to] = trim ?? [0, this.rows];
    render(
      find(this, ".line-keep", HTMLElement),
      html`<i title="Proposed to cut off" style="${place(0, from / this.rows)}"></i><i title="Proposed to cut off" style="${place(to / this.rows, 1)}"></i>`,
    );
  }

  get trim() {
    return this.#trim;
  }

  /** @param {number} frame */
  at(frame) {
    find(this, ".line-head", HTMLElement).style.left = `${((frame + 0.5) / this.rows) * 100}%`;
    const track = find(this, ".line-track", HTMLElement);
    track.setAttribute("aria-valuemax", String(this.rows));
    track.setAttribute("aria-valuenow", String(frame + 1));
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0 || !(event.target instanceof Element)) return;
    const band = event.target.closest("[data-band]");
    this.setPointerCapture(event.pointerId);
    if (band instanceof HTMLElement) {
      const grip = /** @type {Grip} */ (event.target.getAttribute("data-grip") ?? "whole");
      this.#dragging = { at: Number(band.dataset.band), grip, x: event.clientX, before: this.#bands };
      return;
    }
    this.#scrubbing = true;
    this.#seek(event);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (this.#scrubbing) this.#seek(event);
    const held = this.#dragging;
    if (!held) return;
    const by = ((event.clientX - held.x) / this.clientWidth) * this.rows;
    this.bands = drag(held.before, held.at, held.grip, by, this.rows);
    const band = this.#bands[held.at];
    this.dispatchEvent(new CustomEvent("seek", { detail: held.grip === "to" ? band[1] - 1 : band[0] }));
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const held = this.#dragging;
    this.#dragging = null;
    this.#scrubbing = false;
    if (held && event.type === "pointercancel") this.bands = held.before;
    else if (held && JSON.stringify(held.before) !== JSON.stringify(this.#bands)) this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const band = event.target instanceof HTMLElement ? event.target.closest("[data-band]") : null;
    if (!(band instanceof HTMLElement)) return;
    const at = Number(band.dataset.band);
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && event.altKey) this.bands = drag(this.#bands, at, event.shiftKey ? "to" : "whole", by, this.rows);
    else if (event.key === "Delete" || event.key === "Backspace") this.bands = removeBand(this.#bands, at);
    else if (event.key === "Enter") this.bands = nameBand(this.#bands, at, nextCause(this.#bands[at][2], this.causes));
    else return;
    event.preventDefault();
    event.stopPropagation();
    const again = this.querySelector(`[data-band="${at}"]`);
    if (again instanceof HTMLElement) again.focus();
    this.#changed();
  }

  /** @param {MouseEvent} event */
  #named(event) {
    const band = event.target instanceof Element ? event.target.closest("[data-band]") : null;
    if (!(band instanceof HTMLElement)) return;
    const at = Number(band.dataset.band);
    this.bands = nameBand(this.#bands, at, nextCause(this.#bands[at][2], this.causes));
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("bands", { detail: this.#bands }));
  }

  /** @param {PointerEvent} event */
  #seek(event) {
    const box = this.getBoundingClientRect();
    this.dispatchEvent(new CustomEvent("seek", { detail: frameAt(event.clientX - box.left, box.width, this.rows) }));
  }
}

/** @param {number} from @param {number} to shares of the whole */
function place(from, to) {
  return `left:${(from * 100).toFixed(3)}%;width:${((to - from) * 100).toFixed(3)}%`;
}

customElements.define("time-line", TimeLine);
