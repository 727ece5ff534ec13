// What is plotted of an episode: joints, how far the arm followed, how old the pictures were.

/** @typedef {import("./datasets.js").Signals} Signals */
/**
 * @typedef {{name: string, unit: string, lines: {label: string, values: (number | null)[], dashed: boolean}[]}} Panel
 * One plot; values one a row, null where unknown.
 */

/**
 * State at a row less the command of the row before: what the arm lacked after one interval.
 * @param {readonly (number | null)[]} state @param {readonly (number | null)[]} action @returns {(number | null)[]}
 */
export function followingError(state, action) {
  return state.map((value, row) => {
    const wanted = row > 0 ? action[row - 1] : null;
    return value === null || wanted === null || wanted === undefined ? null : value - wanted;
  });
}

/** @param {Signals} signals @param {string} joint @returns {string} its unit, "" where the dataset does not say */
export function unitOf(signals, joint) {
  if (!signals.named) return "";
  return joint.includes("gripper") ? "%" : "deg";
}

/** @param {string} joint */
const plain = (joint) => joint.replace(/\.pos$/, "").replaceAll("_", " ");

/** @param {Signals} signals @returns {Panel[]} joints first, in their order */
export function panels(signals) {
  /** @type {Panel[]} */
  const found = signals.joints.map((joint, i) => ({
    name: plain(joint),
    unit: unitOf(signals, joint),
    lines: [
      ...(signals.state[i] ? [{ label: "measured", values: signals.state[i], dashed: false }] : []),
      ...(signals.action[i] ? [{ label: "commanded", values: signals.action[i], dashed: true }] : []),
    ],
  }));
  const errors = signals.joints.flatMap((joint, i) =>
    signals.state[i] && signals.action[i] ? [{ label: plain(joint), values: followingError(signals.state[i], signals.action[i]), dashed: joint.includes("gripper") }] : [],
  );
  if (errors.length) found.push({ name: "following error", unit: signals.named ? "deg or %" : "", lines: errors });
  const ages = Object.entries(signals.age_ms ?? {}).map(([camera, values]) => ({ label: camera, values, dashed: false }));
  if (ages.length) found.push({ name: "age of pictures", unit: "ms", lines: ages });
  return found;
}

/** Frames in which some camera showed an old picture again. @param {Signals} signals @returns {boolean[]} */
export function lateFrames(signals) {
  const cameras = Object.values(signals.repeated ?? {});
  return signals.time_s.map((_, row) => cameras.some((flags) => flags[row]));
}

/** @typedef {{row: number, measured: number[]}} ReplaySample */

/**
 * What the arm measured in a replay less what was recorded at that place, one line a joint.
 * @param {Signals} signals @param {readonly ReplaySample[]} samples each measured one interval after its row's command @returns {Panel}
 */
export function trackingError(signals, samples) {
  const lines = signals.joints.map((joint, i) => {
    /** @type {(number | null)[]} */
    const values = signals.time_s.map(() => null);
    for (const { row, measured } of samples) {
      const wanted = signals.action[i]?.[row];
      if (row < values.length && typeof wanted === "number") values[row] = measured[i] - wanted;
    }
    return { label: plain(joint), values, dashed: joint.includes("gripper") };
  });
  return { name: "tracking error", unit: signals.named ? "deg or %" : "", lines };
}

/**
 * Both episodes' measured joints in the same plots, by name; the shorter one ends sooner.
 * @param {Signals} one @param {Signals} other @param {readonly string[]} labels @returns {Panel[]}
 */
export function overlaid(one, other, labels) {
  const rows = Math.max(one.time_s.length, other.time_s.length);
  const padded = (/** @type {(number | null)[] | undefined} */ values) => Array.from({ length: rows }, (_, row) => values?.[row] ?? null);
  return one.joints.map((joint, i) => ({
    name: plain(joint),
    unit: unitOf(one, joint),
    lines: [
      { label: labels[0], values: padded(one.state[i] ?? one.action[i]), dashed: false },
      { label: labels[1], values: padded(other.state[i] ?? other.action[i]), dashed: true },
    ],
  }));
}
