// One clock for all pictures of an episode. Times in seconds from the episode's beginning.

/** A difference that a viewer cannot see; below it a video is left alone. */
const CLOSE_S = 0.02;
/** Beyond this a video is set anew instead of being sped up or slowed down. */
const FAR_S = 0.25;

export class PlayerClock {
  playing = false;
  rate = 1;
  /** Begin again at the end instead of standing still. */
  loop = false;
  /** @type {[number, number] | null} frames to loop over; null is all */
  span = null;
  #base_s = 0;
  #since_ms = 0;

  /** @param {number} rows @param {number} fps */
  constructor(rows, fps) {
    this.rows = Math.max(1, rows);
    this.fps = fps;
  }

  /** The last frame is shown for its whole interval. */
  get duration_s() {
    return this.rows / this.fps;
  }

  /** @param {number} now_ms */
  time(now_ms) {
    const time = this.#base_s + (this.playing ? ((now_ms - this.#since_ms) / 1000) * this.rate : 0);
    return Math.max(0, Math.min(this.duration_s, time));
  }

  /** @param {number} now_ms */
  frame(now_ms) {
    return Math.min(this.rows - 1, Math.floor(this.time(now_ms) * this.fps + 1e-6));
  }

  /** @param {number} now_ms */
  ended(now_ms) {
    return this.time(now_ms) >= this.duration_s;
  }

  /** Whether the loop's end was passed; then the clock is back at its beginning. @param {number} now_ms */
  looped(now_ms) {
    if (!this.loop || !this.playing) return false;
    const [from, to] = this.span ?? [0, this.rows];
    const time = this.time(now_ms);
    if (time * this.fps < to - 1e-6 && time < this.duration_s) return false;
    this.seek(from / this.fps, now_ms);
    return true;
  }

  /** Plays, from the beginning where the end was reached. @param {number} now_ms */
  play(now_ms) {
    if (this.ended(now_ms)) this.#base_s = 0;
    this.#since_ms = now_ms;
    this.playing = true;
  }

  /** @param {number} now_ms */
  pause(now_ms) {
    this.#base_s = this.time(now_ms);
    this.playing = false;
  }

  /** @param {number} time_s @param {number} now_ms */
  seek(time_s, now_ms) {
    this.#base_s = Math.max(0, Math.min(this.duration_s, time_s));
    this.#since_ms = now_ms;
  }

  /** Steps by whole frames and stands still. @param {number} frames @param {number} now_ms */
  step(frames, now_ms) {
    const frame = Math.max(0, Math.min(this.rows - 1, this.frame(now_ms) + frames));
    this.playing = false;
    this.seek(frame / this.fps, now_ms);
  }

  /** @param {number} rate @param {number} now_ms */
  setRate(rate, now_ms) {
    this.seek(this.time(now_ms), now_ms);
    this.rate = rate;
  }

  /** A picture is late: hold the clock where it is, so that all wait for it. @param {number} now_ms @param {number} time_s */
  hold(now_ms, time_s) {
    this.seek(time_s, now_ms);
  }
}

/**
 * Where a video must stand for a frame: in the middle of the frame's interval, where rounding cannot miss it.
 * @param {number} from_s @param {number} frame @param {number} fps
 */
export function videoTime(from_s, frame, fps) {
  return from_s + (frame + 0.5) / fps;
}

/**
 * How to bring a running video back to the clock.
 * @param {number} wanted_s @param {number} actual_s @param {number} rate
 * @returns {{seek: boolean, rate: number}}
 */
export function correction(wanted_s, actual_s, rate) {
  const behind = wanted_s - actual_s;
  if (Math.abs(behind) > FAR_S * Math.max(1, rate)) return { seek: true, rate };
  if (Math.abs(behind) < CLOSE_S) return { seek: false, rate };
  return { seek: false, rate: rate * (1 + Math.max(-0.3, Math.min(0.3, behind * 2))) };
}
