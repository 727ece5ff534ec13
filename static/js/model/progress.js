// How far the plan has come, in words: the episode, the time that is left, the shares.

import { formatSeconds } from "./format.js";

/** @typedef {import("../core/messages.js").ProgressState} ProgressState */
/** @typedef {import("../core/messages.js").ShareState} ShareState */
/** @typedef {{label: string, percent: number | null, planned: number, text: string, level: "ok" | "behind" | "over" | "unknown"}} Bar */

/** @param {ProgressState} progress "Episode 13 of 48" */
export function episodeWords({ done, planned, remaining }) {
  return remaining ? `Episode ${done + 1} of ${planned}` : `All ${planned} episodes done`;
}

/** @param {ProgressState} progress @param {string} station */
export function timeWords({ time_left_s, pace_s, remaining, station_remaining }, station) {
  const share = station && station_remaining !== remaining ? `, ${station_remaining} of them here` : "";
  if (!remaining) return "";
  if (time_left_s === null || pace_s === null) return `${remaining} to go${share}; the pace shows after the second`;
  return `${aboutTime(time_left_s)} left at ${formatSeconds(Math.round(pace_s))} each${share}`;
}

/** Nobody needs the seconds of an hour. @param {number} seconds */
export function aboutTime(seconds) {
  if (seconds < 90) return `${Math.max(10, Math.round(seconds / 10) * 10)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** The share of recoveries, by episodes and by frames, against the plan's. @param {ShareState} share @returns {Bar[]} */
export function shareBars(share) {
  return [
    bar("episodes", share.by_episodes, share.planned, `${share.recovery_episodes} of ${share.episodes}`),
    bar("frames", share.by_frames, share.planned, `${count(share.recovery_frames)} of ${count(share.frames)}`),
  ];
}

/** @param {string} label @param {number | null} value @param {number} planned @param {string} of @returns {Bar} */
function bar(label, value, planned, of) {
  if (value === null) return { label, percent: null, planned: 100 * planned, text: "none yet", level: "unknown" };
  const level = value < 0.75 * planned ? "behind" : value > 1.5 * planned ? "over" : "ok";
  return { label, percent: 100 * value, planned: 100 * planned, text: `${Math.round(100 * value)} % (${of})`, level };
}

/** @param {number} value */
function count(value) {
  return value < 10_000 ? String(value) : `${Math.round(value / 1000)} k`;
}
