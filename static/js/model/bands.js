// Recovery spans as bands on a time line: whole frames, in order, never overlapping. Nothing here touches the page.

/** @typedef {[from_frame: number, to_frame: number, cause: string]} Band the end is not included */
/** @typedef {"from" | "to" | "whole"} Grip what of a band is dragged */

/** A new band is this long, a third of a second before and after the cursor. */
const NEW_S = 0.34;

/** @param {readonly boolean[]} flags one a row @param {string} [cause] @returns {Band[]} */
export function bandsOf(flags, cause = "") {
  /** @type {Band[]} */
  const bands = [];
  flags.forEach((flag, frame) => {
    const last = bands[bands.length - 1];
    if (flag && last && last[1] === frame) last[1] = frame + 1;
    else if (flag) bands.push([frame, frame + 1, cause]);
  });
  return bands;
}

/**
 * What one reviewer's drag makes of the bands; neighbours and the episode's ends stop it, and a frame at least is left.
 * @param {readonly Band[]} bands @param {number} at which band @param {Grip} grip @param {number} by frames from where it was
 * @param {number} rows @returns {Band[]}
 */
export function drag(bands, at, grip, by, rows) {
  const [from, to, cause] = bands[at];
  const low = at > 0 ? bands[at - 1][1] : 0;
  const high = at + 1 < bands.length ? bands[at + 1][0] : rows;
  const clamp = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) => Math.max(least, Math.min(most, value));
  const step = Math.round(by);
  /** @type {Band} */
  let moved;
  if (grip === "from") moved = [clamp(from + step, low, to - 1), to, cause];
  else if (grip === "to") moved = [from, clamp(to + step, from + 1, high), cause];
  else {
    const shift = clamp(step, low - from, high - to);
    moved = [from + shift, to + shift, cause];
  }
  return bands.map((band, i) => (i === at ? moved : band));
}

/**
 * One more band around the cursor, or none where there already is one.
 * @param {readonly Band[]} bands @param {number} frame @param {number} rows @param {number} fps @returns {Band[]}
 */
export function addBand(bands, frame, rows, fps) {
  if (bands.some(([from, to]) => from <= frame && frame < to)) return [...bands];
  const half = Math.max(1, Math.round(NEW_S * fps));
  const low = Math.max(0, ...bands.filter(([, to]) => to <= frame).map(([, to]) => to));
  const high = Math.min(rows, ...bands.filter(([from]) => from > frame).map(([from]) => from));
  /** @type {Band} */
  const made = [Math.max(low, frame - half), Math.min(high, frame + half + 1), ""];
  return [...bands, made].sort((a, b) => a[0] - b[0]);
}

/** @param {readonly Band[]} bands @param {number} at @returns {Band[]} */
export function removeBand(bands, at) {
  return bands.filter((_, i) => i !== at);
}

/** @param {readonly Band[]} bands @param {number} at @param {string} cause @returns {Band[]} */
export function nameBand(bands, at, cause) {
  return bands.map((band, i) => (i === at ? [band[0], band[1], cause] : band));
}

/** The cause after `cause`, the first after none and none after the last. @param {string} cause @param {readonly string[]} causes */
export function nextCause(cause, causes) {
  return causes[causes.indexOf(cause) + 1] ?? "";
}

/** Where a place on the time line lies. @param {number} x @param {number} width @param {number} rows */
export function frameAt(x, width, rows) {
  if (width <= 0) return 0;
  return Math.max(0, Math.min(rows - 1, Math.floor((x / width) * rows)));
}
