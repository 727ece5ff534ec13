// The first-run hint: seven steps of one hand-made episode, ticked off by what the arm really does.

/** @typedef {{step: number, from: Pose | null}} Progress */
/** @typedef {{x: number, y: number, z: number, grip: number}} Pose tool point in mm, gripper in percent */

export const STEPS = [
  { key: "control", text: "Take control of the arm.", keys: "[T]" },
  { key: "over-bag", text: "Move the hand over the bag.", keys: "[I] [K] [J] [L]" },
  { key: "lower", text: "Lower the hand around it.", keys: "[A]" },
  { key: "close", text: "Close the claws on it.", keys: "[,]" },
  { key: "lift", text: "Lift it.", keys: "[Q]" },
  { key: "over-mug", text: "Move it over the mug.", keys: "[I] [K] [J] [L]" },
  { key: "open", text: "Open the claws.", keys: "[.]" },
];

/** @type {Progress} */
export const BEGINNING = { step: 0, from: null };
const TRAVEL_MM = 40;
const HEIGHT_MM = 25;
const GRIP_PERCENT = 12;

/**
 * One reading further. A step counts when the arm has done it since the step began.
 * @param {Progress} progress @param {boolean} mine whether this page has control @param {Pose | null} pose
 * @returns {Progress} the same object when nothing changed
 */
export function progressed(progress, mine, pose) {
  const { step, from } = progress;
  if (step >= STEPS.length) return progress;
  if (step === 0) return mine ? { step: 1, from: pose } : progress;
  if (!pose) return progress;
  if (!from) return { step, from: pose };
  return done(STEPS[step].key, from, pose) ? { step: step + 1, from: pose } : reference(progress, pose);
}

/** @param {string} key @param {Pose} from @param {Pose} pose */
function done(key, from, pose) {
  switch (key) {
    case "over-bag":
    case "over-mug":
      return Math.hypot(pose.x - from.x, pose.y - from.y) > TRAVEL_MM;
    case "lower":
      return from.z - pose.z > HEIGHT_MM;
    case "lift":
      return pose.z - from.z > HEIGHT_MM;
    case "close":
      return from.grip - pose.grip > GRIP_PERCENT;
    default:
      return pose.grip - from.grip > GRIP_PERCENT;
  }
}

/**
 * Lowering is measured from the highest point, closing from the widest, and so on: a detour does not hide a step.
 * @param {Progress} progress @param {Pose} pose @returns {Progress}
 */
function reference(progress, pose) {
  const from = /** @type {Pose} */ (progress.from);
  const key = STEPS[progress.step].key;
  const further =
    (key === "lower" && pose.z > from.z) ||
    (key === "lift" && pose.z < from.z) ||
    (key === "close" && pose.grip > from.grip) ||
    (key === "open" && pose.grip < from.grip);
  return further ? { step: progress.step, from: pose } : progress;
}
