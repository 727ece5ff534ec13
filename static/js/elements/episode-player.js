// All cameras of one episode, kept together by one clock; arrow keys step by a frame.

import { StudioElement } from "../core/element.js";
import { find, html, render, setText } from "../core/html.js";
import { repeatedRows } from "../model/format.js";
import { isTyping } from "../model/keys.js";
import { correction, PlayerClock, videoTime } from "../model/player.js";
import { runs } from "../model/datasets.js";

/** @typedef {import("../model/datasets.js").EpisodeDetail} EpisodeDetail */

const RATES = [0.25, 0.5, 1, 2];

export class EpisodePlayer extends StudioElement {
  #clock = new PlayerClock(1, 30);
  /** @type {{video: HTMLVideoElement, from_s: number}[]} */
  #videos = [];
  #drawn_frame = -1;
  #abort = new AbortController();

  /** @param {AbortSignal} signal */
  start(signal) {
    this.#abort = new AbortController();
    signal.addEventListener("abort", () => this.#abort.abort());
  }

  /** @param {EpisodeDetail} episode */
  show(episode) {
    const signal = this.#abort.signal;
    this.#clock = new PlayerClock(episode.rows, episode.fps);
    render(this, markup(episode));
    this.#videos = episode.cameras
      .filter((camera) => episode.videos[camera])
      .map((camera) => this.#video(camera, episode.videos[camera], signal));
    const range = find(this, "input[type=range]", HTMLInputElement);
    range.max = String(episode.rows - 1);
    range.addEventListener("input", () => this.seek(Number(range.value) / episode.fps), { signal });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    addEventListener("keydown", (event) => this.#key(event), { signal });
    const tick = () => {
      if (signal.aborted) return;
      this.#tick(performance.now(), range);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    this.#still(performance.now());
  }

  /** Marks below the time line. @param {import("../model/datasets.js").Signals} signals */
  mark(signals) {
    const bars = (/** @type {boolean[]} */ flags, /** @type {string} */ kind, /** @type {string} */ title) =>
      runs(flags).map(
        ({ from, to }) => html`<i class="mark" data-kind="${kind}" title="${title}" style="left:${(from * 100).toFixed(2)}%;width:${((to - from) * 100).toFixed(2)}%"></i>`,
      );
    const repeated = Object.entries(signals.repeated ?? {});
    render(
      find(this, ".marks", HTMLElement),
      html`${bars(signals.recovery ?? [], "recovery", "Marked recovery")}${repeated.map(([camera, flags]) => bars(flags, "repeated", `Repeated frame of camera ${camera}`))}`,
    );
    const rows = signals.time_s.length;
    const count = signals.time_s.filter((_, row) => repeated.some(([, flags]) => flags[row])).length;
    setText(find(this, "[data-part=repeated]", HTMLElement), repeated.length ? ` · ${repeatedRows(count, rows)}` : "");
  }

  /** @param {number} time_s */
  seek(time_s) {
    const now = performance.now();
    this.#clock.seek(time_s, now);
    this.#still(now);
  }

  /** @param {string} camera @param {import("../model/datasets.js").VideoSpan} span @param {AbortSignal} signal */
  #video(camera, span, signal) {
    const video = find(this, `[data-camera="${CSS.escape(camera)}"] video`, HTMLVideoElement);
    const note = find(this, `[data-camera="${CSS.escape(camera)}"] .video-note`, HTMLElement);
    video.addEventListener("loadeddata", () => (note.hidden = true), { signal });
    video.addEventListener("loadedmetadata", () => this.#still(performance.now()), { signal });
    video.addEventListener("error", () => setText(note, "This browser could not play the video: it may lack H.264, or the file is gone."), { signal });
    video.src = span.url;
    return { video, from_s: span.from_s };
  }

  /** @param {number} now @param {HTMLInputElement} range */
  #tick(now, range) {
    const clock = this.#clock;
    if (clock.playing) {
      const time = clock.time(now);
      if (this.#videos.some(({ video }) => video.seeking || video.readyState < 2)) clock.hold(now, this.#last_time);
      else if (clock.ended(now)) this.#stop(now);
      else this.#follow(time, clock.rate);
    }
    this.#last_time = clock.time(now);
    const frame = clock.frame(now);
    if (frame === this.#drawn_frame) return;
    this.#drawn_frame = frame;
    range.value = String(frame);
    setText(find(this, "[data-part=time]", HTMLElement), `${(frame / clock.fps).toFixed(2)} / ${clock.duration_s.toFixed(2)} s`);
    setText(find(this, "[data-part=frame]", HTMLElement), `frame ${frame + 1} / ${clock.rows}`);
    this.dispatchEvent(new CustomEvent("time", { detail: frame / clock.fps }));
  }

  #last_time = 0;

  /** @param {number} time @param {number} rate */
  #follow(time, rate) {
    for (const { video, from_s } of this.#videos) {
      const { seek, rate: wanted } = correction(from_s + time, video.currentTime, rate);
      if (seek) video.currentTime = from_s + time;
      if (Math.abs(video.playbackRate - wanted) > 0.01) video.playbackRate = wanted;
      if (video.paused) video.play().catch(() => {});
    }
  }

  /** @param {number} now */
  #stop(now) {
    this.#clock.pause(now);
    this.#still(now);
  }

  /** Everything stands on exactly the clock's frame. @param {number} now */
  #still(now) {
    if (this.#clock.playing) return;
    const frame = this.#clock.frame(now);
    for (const { video, from_s } of this.#videos) {
      video.pause();
      if (video.readyState > 0) video.currentTime = videoTime(from_s, frame, this.#clock.fps);
    }
    this.#paintPlay();
  }

  #toggle() {
    const now = performance.now();
    if (this.#clock.playing) this.#stop(now);
    else {
      this.#clock.play(now);
      this.#paintPlay();
    }
  }

  /** @param {number} frames */
  #step(frames) {
    const now = performance.now();
    this.#clock.step(frames, now);
    this.#still(now);
  }

  /** @param {Event} event */
  #clicked(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button) {
      if (event.target instanceof HTMLVideoElement) this.#toggle();
      return;
    }
    if (button.dataset.play !== undefined) this.#toggle();
    if (button.dataset.step) this.#step(Number(button.dataset.step));
    if (button.dataset.rate) {
      this.#clock.setRate(Number(button.dataset.rate), performance.now());
      for (const one of this.querySelectorAll("[data-rate]")) one.setAttribute("aria-pressed", String(one === button));
    }
    button.blur();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyping(/** @type {any} */ (document.activeElement))) return;
    const step = event.shiftKey ? Math.round(this.#clock.fps) : 1;
    if (event.key === " " && !event.repeat) this.#toggle();
    else if (event.key === "ArrowRight") this.#step(step);
    else if (event.key === "ArrowLeft") this.#step(-step);
    else if (event.key === "Home") this.seek(0);
    else if (event.key === "End") this.#step(this.#clock.rows);
    else return;
    event.preventDefault();
  }

  #paintPlay() {
    const playing = this.#clock.playing;
    setText(find(this, "[data-part=play]", HTMLElement), playing ? "Pause" : "Play");
  }
}

/** @param {EpisodeDetail} episode */
function markup(episode) {
  return html`<div class="videos" style="--count:${Math.min(3, episode.cameras.length)}">${episode.cameras.map(
      (camera) => html`<figure data-camera="${camera}"><video muted playsinline preload="auto" aria-label="Camera ${camera}"></video>
        <p class="video-note">${episode.videos[camera] ? "Loading" : "No pictures of this camera"}</p><figcaption>${camera}</figcaption></figure>`,
    )}</div>
    <div class="transport">
      <button type="button" class="primary" data-play><span data-part="play">Play</span> <kbd>Space</kbd></button>
      <button type="button" class="plain" data-step="-1" aria-label="One frame back"><kbd>←</kbd></button>
      <button type="button" class="plain" data-step="1" aria-label="One frame ahead"><kbd>→</kbd></button>
      <div class="scrub"><input type="range" min="0" max="0" value="0" step="1" aria-label="Frame"><div class="marks"></div></div>
      <span class="transport-time"><b data-part="time"></b><small><span data-part="frame"></span><span data-part="repeated"></span></small></span>
      <div class="segments" role="group" aria-label="Speed">${RATES.map(
        (rate) => html`<button type="button" data-rate="${rate}" aria-pressed="${String(rate === 1)}">${rate}x</button>`,
      )}</div>
    </div>`;
}

customElements.define("episode-player", EpisodePlayer);
