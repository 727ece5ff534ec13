// From what is held down to a velocity. Units are the protocol's: m/s, deg/s, percent/s.

/** @typedef {"tool" | "joints"} JogMode */
/** @typedef {{ahead: number, left: number, up: number, pitch: number, roll: number, grip: number}} Axes */
/** @typedef {{linear_m_s: [number, number, number], pitch_deg_s: number, roll_deg_s: number, gripper_per_s: number}} ToolJog */
/** @typedef {import("../core/messages.js").JointState} JointState */

/** Five speed steps; `linear` m/s, `angular` deg/s, `gripper` percent/s, `share` of a joint's own maximum. */
export const SPEEDS = [
  { name: "1", linear: 0.02, angular: 10, gripper: 30, share: 0.08 },
  { name: "2", linear: 0.05, angular: 25, gripper: 60, share: 0.15 },
  { name: "3", linear: 0.1, angular: 45, gripper: 100, share: 0.25 },
  { name: "4", linear: 0.16, angular: 70, gripper: 140, share: 0.4 },
  { name: "5", linear: 0.25, angular: 100, gripper: 200, share: 0.6 },
];
export const DEFAULT_SPEED = 2;

/** @type {Axes} */
export const STILL = { ahead: 0, left: 0, up: 0, pitch: 0, roll: 0, grip: 0 };

/** @param {number} step @param {number} by */
export function speedStep(step, by) {
  return Math.max(0, Math.min(SPEEDS.length - 1, step + by));
}

/**
 * The axes that held driving keys mean, each -1, 0 or 1.
 * @param {ReadonlySet<string>} held names of keys.js DRIVE_KEYS @returns {Axes}
 */
export function axesOfKeys(held) {
  const axis = (/** @type {string} */ plus, /** @type {string} */ minus) =>
    Number(held.has(plus)) - Number(held.has(minus));
  return {
    ahead: axis("ahead", "back"),
    left: axis("left", "right"),
    up: axis("up", "down"),
    pitch: axis("d2", "d1"),
    roll: axis("d4", "d3"),
    grip: axis("open", "close"),
  };
}

/** @param {...Axes} parts each axis is summed and held to [-1, 1] @returns {Axes} */
export function sumAxes(...parts) {
  const total = { ...STILL };
  for (const name of /** @type {(keyof Axes)[]} */ (Object.keys(STILL))) {
    const sum = parts.reduce((value, part) => value + part[name], 0);
    total[name] = Math.max(-1, Math.min(1, sum));
  }
  return total;
}

/** @param {Axes} axes */
export function isStill(axes) {
  return Object.values(axes).every((value) => value === 0);
}

/** How far the widest of them is pushed, 0 to 1. @param {Axes} axes */
export function pushOf(axes) {
  return Math.max(...Object.values(axes).map(Math.abs));
}

/**
 * What a push came from, as the episode's column says it. @param {Axes} pad @param {ReadonlySet<string>} touched
 * @param {string} shown the input that the panel shows
 */
export function inputOf(pad, touched, shown) {
  if (!isStill(pad)) return "gamepad";
  return touched.size ? "touch" : shown === "touch" ? "keyboard" : shown;
}

/**
 * @param {Axes} axes @param {number} step @returns {ToolJog}
 * A diagonal is not faster than a straight line.
 */
export function toolJog(axes, step) {
  const speed = SPEEDS[step];
  const length = Math.hypot(axes.ahead, axes.left, axes.up);
  const scale = length > 1 ? speed.linear / length : speed.linear;
  return {
    linear_m_s: [round(axes.ahead * scale), round(axes.left * scale), round(axes.up * scale)],
    pitch_deg_s: round(axes.pitch * speed.angular),
    roll_deg_s: round(axes.roll * speed.angular),
    gripper_per_s: round(axes.grip * speed.gripper),
  };
}

/**
 * The joints of one arm: all of them, or those of `side` where the rig has two arms.
 * @param {JointState[]} joints @param {string} side "left", "right", "" for a rig of one arm
 */
export function armJoints(joints, side) {
  return side ? joints.filter((joint) => joint.name.startsWith(`${side}_`)) : joints;
}

/**
 * Joint mode: one chosen joint by `axes.up` or `axes.ahead`, the arm's gripper always by `axes.grip`.
 * @param {Axes} axes @param {number} step @param {JointState[]} joints @param {number} chosen among the arm's own
 * @param {string} [side] the arm that is driven, of a rig that has two
 * @returns {number[]} one speed for each joint of the rig, in joint units per second
 */
export function jointJog(axes, step, joints, chosen, side = "") {
  const along = axes.ahead || axes.up || -axes.left;
  const own = armJoints(joints, side);
  return joints.map((joint) => {
    const index = own.indexOf(joint);
    const gripper = joint.unit === "percent" && index >= 0;
    if (gripper && axes.grip) return round(axes.grip * Math.min(SPEEDS[step].gripper, joint.max_speed));
    return index === chosen ? round(along * SPEEDS[step].share * joint.max_speed) : 0;
  });
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 1e6) / 1e6 || 0;
}
