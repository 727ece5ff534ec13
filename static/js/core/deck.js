// The videos of one episode, which stand on exactly one frame or follow one clock. Draws nothing itself.

import { correction, videoTime } from "../model/player.js";

/** @typedef {import("../model/datasets.js").EpisodeDetail} EpisodeDetail */
/** @typedef {{camera: string, video: HTMLVideoElement, from_s: number, to_s: number, problem: string}} Reel */

export class Deck {
  /** @type {Reel[]} */
  reels = [];
  #frame = 0;
  #fps;
  /** Resolves once every camera that can shows the first frame. @type {Promise<void>} */
  pictured;

  /** @param {EpisodeDetail} episode @param {number} [frame] where it stands first */
  constructor(episode, frame = 0) {
    this.#fps = episode.fps;
    this.#frame = frame;
    this.reels = episode.cameras.map((camera) => this.#reel(camera, episode));
    this.pictured = Promise.all(this.reels.map((reel) => firstPicture(reel))).then(() => {});
  }

  /** @param {string} camera @param {EpisodeDetail} episode @returns {Reel} */
  #reel(camera, episode) {
    const span = episode.videos[camera];
    const video = document.createElement("video");
    video.muted = true;
    video.playsInline = true;
    video.preload = "auto";
    video.setAttribute("aria-label", `Camera ${camera}`);
    const reel = { camera, video, from_s: span?.from_s ?? 0, to_s: span?.to_s ?? 0, problem: span ? (span.missing ?? "") : "There are no pictures of this camera." };
    video.addEventListener("loadedmetadata", () => this.#stand(reel));
    video.addEventListener("error", () => {
      reel.problem ||= "This browser cannot play the video: it may lack the codec, or the file is damaged.";
      video.dispatchEvent(new Event("reelproblem"));
    });
    if (!reel.problem && span) video.src = `${span.url}#t=${videoTime(span.from_s, this.#frame, episode.fps).toFixed(4)}`;
    return reel;
  }

  /** Whether some picture is not there yet, so that the clock waits. */
  get waiting() {
    return this.reels.some(({ video, problem }) => !problem && (video.seeking || video.readyState < 2));
  }

  /** Everything stands on exactly this frame. @param {number} frame */
  still(frame) {
    this.#frame = frame;
    for (const reel of this.reels) {
      if (reel.problem) continue;
      reel.video.pause();
      this.#stand(reel);
    }
  }

  /** @param {Reel} reel */
  #stand(reel) {
    const time = videoTime(reel.from_s, this.#frame, this.#fps);
    if (reel.video.readyState > 0 && Math.abs(reel.video.currentTime - time) > 1e-3) reel.video.currentTime = time;
  }

  /** Playing: each video runs, and is brought back where it left the clock. @param {number} time_s @param {number} rate */
  follow(time_s, rate) {
    for (const { video, from_s, to_s, problem } of this.reels) {
      if (problem) continue;
      const wanted = from_s + time_s;
      if (wanted >= to_s - 0.5 / this.#fps) {
        video.pause(); // in a file of many episodes the next one begins here
        continue;
      }
      const { seek, rate: steer } = correction(wanted, video.currentTime, rate);
      if (seek) video.currentTime = wanted;
      const bounded = Math.max(0.0625, Math.min(16, steer));
      if (Math.abs(video.playbackRate - bounded) > 0.01) video.playbackRate = bounded;
      if (video.paused) video.play().catch(() => {});
    }
  }

  /** Lets go of what was loaded. */
  close() {
    for (const { video } of this.reels) {
      video.pause();
      video.removeAttribute("src");
      video.load();
    }
  }
}

/** @param {Reel} reel @returns {Promise<void>} */
function firstPicture(reel) {
  if (reel.problem) return Promise.resolve();
  const { video } = reel;
  return new Promise((resolve) => {
    video.addEventListener("reelproblem", () => resolve(), { once: true });
    const look = () => {
      if (video.readyState >= 2 && !video.seeking) resolve();
    };
    for (const event of ["loadeddata", "seeked", "canplay"]) video.addEventListener(event, look);
  });
}
