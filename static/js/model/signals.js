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
