// Where the simulator's tea bag may lie, and the states a take may begin from. Table frame: cm, x ahead, y left.

/** @typedef {"nominal" | "dropped_beside" | "slipped_grasp" | "knocked_over" | "missed_grasp" | "near_goal"} Start */
/** @typedef {{x_cm: number, y_cm: number, yaw_deg: number}} Placement */

const NEAREST_CM = 16;
const FARTHEST_CM = 32;
const SIDE_DEG = 70;
const YAW_DEG = 90;
export const MUG_CM = { x: 10, y: -22 };
const MUG_CLEARANCE_CM = 12;
/** A place that the simulator refuses is drawn anew, this often in all. */
export const TRIES = 5;

/** Starts of a recovery, in plain words. @type {{start: Start, text: string}[]} */
export const RECOVERY_STARTS = [
  { start: "dropped_beside", text: "Bag dropped beside the mug" },
  { start: "slipped_grasp", text: "Bag slipped out of the claws" },
  { start: "knocked_over", text: "Bag knocked onto its edge" },
  { start: "missed_grasp", text: "Claws closed beside the bag" },
  { start: "near_goal", text: "Bag held just over the mug" },
];

/**
 * A random place within the arm's reach and clear of the mug.
 * @param {() => number} random uniform in 0..1, as Math.random @returns {Placement}
 */
export function randomPlacement(random) {
  const between = (/** @type {number} */ low, /** @type {number} */ high) => low + (high - low) * random();
  for (;;) {
    const radius = between(NEAREST_CM, FARTHEST_CM);
    const angle = (between(-SIDE_DEG, SIDE_DEG) * Math.PI) / 180;
    const [x_cm, y_cm] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    const yaw_deg = between(-YAW_DEG, YAW_DEG);
    if (Math.hypot(x_cm - MUG_CM.x, y_cm - MUG_CM.y) >= MUG_CLEARANCE_CM) return { x_cm, y_cm, yaw_deg };
  }
}
