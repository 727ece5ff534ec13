// All cameras of one episode on one clock, one of them large, and the time line below them.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { PlayerClock } from "../model/player.js";
import { plural } from "../model/format.js";
import { lateFrames } from "../model/signals.js";
import { TimeLine } from "./time-line.js";

/** @typedef {import("../core/pool.js").Loaded} Loaded */

export const RATES = [0.25, 0.5, 1, 2, 4];

export class ReviewPlayer extends StudioElement {
  clock = new PlayerClock(1, 30);
  /** @type {import("../core/deck.js").Deck | null} */
  #deck = null;
  #main = 0;
  #drawn = -1;
  #last_time = 0;
  #rate = 1;
  #loop = false;

  /** @param {AbortSignal} signal */
  start(signal) {
    render(this, markup());
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.line.addEventListener("seek", (event) => this.seek(/** @type {CustomEvent<number>} */ (event).detail), { signal });
    const tick = () => {
      if (signal.aborted) return;
      this.#tick(performance.now());
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  get line() {
    return find(this, "time-line", TimeLine);
  }

  get frame() {
    return this.clock.frame(performance.now());
  }

  /** @param {Loaded} loaded */
  show({ episode, deck }) {
    this.#deck?.still(0);
    this.#deck = deck;
    this.clock = new PlayerClock(episode.rows, episode.fps);
    this.clock.rate = this.#rate;
    this.clock.loop = this.#loop;
    this.#drawn = -1;
    this.line.show(episode.rows, episode.fps);
    setText(find(this, "[data-part=late]", HTMLElement), "");
    this.#main = Math.min(this.#main, Math.max(0, deck.reels.length - 1));
    this.#lay();
    deck.still(0);
    this.#paintControls();
  }

  /** @param {import("../model/datasets.js").Signals} signals */
  mark(signals) {
    const late = lateFrames(signals);
    const known = Object.keys(signals.repeated ?? {}).length > 0;
    const count = late.filter(Boolean).length;
    this.line.late(late);
    setText(find(this, "[data-part=late]", HTMLElement), known ? `${plural(count, "late frame")}` : "late frames unknown");
  }

  /** @param {number} frame */
  seek(frame) {
    const now = performance.now();
    const playing = this.clock.playing;
    this.clock.pause(now);
    this.clock.seek(Math.max(0, Math.min(this.clock.rows - 1, frame)) / this.clock.fps, now);
    if (playing) this.clock.play(now);
    this.#deck?.still(this.clock.frame(now));
  }

  /** @param {number} frames */
  step(frames) {
    this.clock.step(frames, performance.now());
    this.#still();
  }

  toggle() {
    const now = performance.now();
    if (this.clock.playing) {
      this.clock.pause(now);
      this.#still();
    } else this.clock.play(now);
    this.#paintControls();
  }

  toggleLoop() {
    this.#loop = this.clock.loop = !this.#loop;
    this.clock.span = this.line.trim;
    this.#paintControls();
  }

  /** @param {1 | -1} by */
  changeSpeed(by) {
    const at = RATES.indexOf(this.#rate) + by;
    this.#setRate(RATES[Math.max(0, Math.min(RATES.length - 1, at))]);
  }

  /** The next camera becomes the large one. */
  nextView() {
    const count = this.#deck?.reels.length ?? 0;
    if (count > 1) this.#enlarge((this.#main + 1) % count);
  }

  /** @param {number} rate */
  #setRate(rate) {
    this.#rate = rate;
    this.clock.setRate(rate, performance.now());
    this.#paintControls();
  }

  /** @param {number} which */
  #enlarge(which) {
    this.#main = which;
    for (const figure of this.querySelectorAll("figure")) figure.classList.toggle("main", Number(figure.dataset.reel) === which);
  }

  #lay() {
    const wall = find(this, ".review-wall", HTMLElement);
    const reels = this.#deck?.reels ?? [];
    wall.dataset.count = String(Math.min(7, reels.length));
    if (!reels.length) render(wall, html`<p class="no-pictures">This dataset has no videos: its rows are below.</p>`);
    else wall.replaceChildren(...reels.map((reel, i) => this.#figure(reel, i)));
  }

  /** @param {import("../core/deck.js").Reel} reel @param {number} i */
  #figure(reel, i) {
    const figure = document.createElement("figure");
    figure.dataset.reel = String(i);
    figure.classList.toggle("main", i === this.#main);
    render(figure, html`<figcaption>${reel.camera}</figcaption><p class="video-note" ${reel.problem ? "" : "hidden"}>${reel.problem}</p>`);
    const note = find(figure, ".video-note", HTMLElement);
    reel.video.addEventListener("reelproblem", () => {
      note.hidden = false;
      setText(note, reel.problem);
    });
    figure.prepend(reel.video);
    return figure;
  }

  #still() {
    this.#deck?.still(this.frame);
    this.#paintControls();
  }

  /** @param {number} now */
  #tick(now) {
    const clock = this.clock;
    const deck = this.#deck;
    if (clock.playing && deck) {
      if (deck.waiting) clock.hold(now, this.#last_time);
      else if (clock.looped(now)) deck.still(clock.frame(now));
      else if (clock.ended(now)) {
        clock.pause(now);
        this.#still();
      } else deck.follow(clock.time(now), clock.rate);
    }
    this.#last_time = clock.time(now);
    const frame = clock.frame(now);
    if (frame === this.#drawn || !deck) return;
    this.#drawn = frame;
    this.line.at(frame);
    setText(find(this, "[data-part=time]", HTMLElement), `${(frame / clock.fps).toFixed(2)} / ${clock.duration_s.toFixed(2)} s`);
    setText(find(this, "[data-part=frame]", HTMLElement), `frame ${frame + 1} / ${clock.rows}`);
    this.dispatchEvent(new CustomEvent("time", { detail: frame / clock.fps }));
  }

  /** @param {Event} event */
  #clicked(event) {
    if (!(event.target instanceof Element)) return;
    const button = event.target.closest("button");
    const figure = event.target.closest("figure");
    if (button?.dataset.play !== undefined) this.toggle();
    else if (button?.dataset.step) this.step(Number(button.dataset.step));
    else if (button?.dataset.rate) this.#setRate(Number(button.dataset.rate));
    else if (button?.dataset.loop !== undefined) this.toggleLoop();
    else if (figure && !figure.classList.contains("main")) this.#enlarge(Number(figure.dataset.reel));
    else if (figure) this.toggle();
    button?.blur();
  }

  #paintControls() {
    setText(find(this, "[data-part=play]", HTMLElement), this.clock.playing ? "Pause" : "Play");
    find(this, "[data-loop]", HTMLElement).setAttribute("aria-pressed", String(this.clock.loop));
    for (const one of this.querySelectorAll("[data-rate]")) one.setAttribute("aria-pressed", String(Number(one.getAttribute("data-rate")) === this.#rate));
  }
}

function markup() {
  return html`<div class="review-wall"></div>
    <time-line></time-line>
    <div class="review-transport">
      <button type="button" class="primary" data-play><span data-part="play">Play</span> <kbd>Space</kbd></button>
      <button type="button" class="plain" data-step="-1" aria-label="One frame back (with Shift: ten)"><kbd>←</kbd></button>
      <button type="button" class="plain" data-step="1" aria-label="One frame ahead (with Shift: ten)"><kbd>→</kbd></button>
      <span class="transport-time"><b data-part="time"></b><small><span data-part="frame"></span> · <span data-part="late"></span></small></span>
      <div class="segments" role="group" aria-label="Speed, keys - and +">${RATES.map((rate) => html`<button type="button" data-rate="${rate}">${rate}x</button>`)}</div>
      <button type="button" class="plain" data-loop aria-pressed="false">Loop <kbd>L</kbd></button>
    </div>`;
}

customElements.define("review-player", ReviewPlayer);
