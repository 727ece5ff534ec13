// Sounds by WebAudio: rising tones on start, falling on stop, a tick each second of the countdown.

import { remember, remembered } from "./preferences.js";

/** @typedef {"start" | "stop" | "tick" | "saved" | "fault" | "estop" | import("../model/cues.js").Cue} Cue */

/** Tones of each cue: frequency in Hz, begin and length in s. @type {Record<Cue, [number, number, number][]>} */
const CUES = {
  start: [[440, 0, 0.09], [660, 0.1, 0.09], [880, 0.2, 0.16]],
  stop: [[660, 0, 0.09], [440, 0.1, 0.18]],
  tick: [[880, 0, 0.04]],
  saved: [[660, 0, 0.07], [990, 0.08, 0.14]],
  fault: [[220, 0, 0.18], [220, 0.26, 0.18]],
  in_place: [[784, 0, 0.06], [1047, 0.07, 0.1]],
  check: [[392, 0, 0.12], [311, 0.14, 0.2]],
  verdict_green: [[523, 0, 0.08], [659, 0.08, 0.08], [784, 0.16, 0.14]],
  verdict_amber: [[523, 0, 0.1], [523, 0.16, 0.14]],
  verdict_red: [[294, 0, 0.14], [247, 0.18, 0.14], [294, 0.36, 0.14], [247, 0.54, 0.2]],
  estop: [[330, 0, 0.12], [247, 0.14, 0.12], [165, 0.28, 0.3]],
};
const VOLUME = 0.12;

/** @type {AudioContext | null} */
let context = null;

// Browsers let a page sound only after a person has touched it.
for (const type of ["pointerdown", "keydown"]) {
  addEventListener(type, () => (context ??= new AudioContext()).resume(), { once: true });
}

export function muted() {
  return remembered("muted") === "yes";
}

export function toggleMute() {
  remember("muted", muted() ? "no" : "yes");
  play("saved");
}

/** @param {Cue} cue */
export function play(cue) {
  if (!context || muted() || context.state !== "running") return;
  const now = context.currentTime;
  for (const [frequency, begin, length] of CUES[cue]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = frequency;
    tone.type = "triangle";
    volume.gain.setValueAtTime(0, now + begin);
    volume.gain.linearRampToValueAtTime(VOLUME, now + begin + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.001, now + begin + length);
    tone.connect(volume).connect(context.destination);
    tone.start(now + begin);
    tone.stop(now + begin + length + 0.02);
  }
}
