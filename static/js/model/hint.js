// The first-run hint: one hand-made episode step by step, ticked off by what the arm really does. Tool in mm.

import { MUG_CM } from "./placement.js";

/**
 * @typedef {"control" | "over-bag" | "lower" | "close" | "reach" | "lift" | "over-mug" | "open"} Key
 * @typedef {{key: Key, text: string, keys: string}} Step
 * @typedef {{x: number, y: number, z: number, grip: number, wanted: number}} Pose
 * tool point in mm; the gripper's opening and its command, in percent
 * @typedef {{mine: boolean, pose: Pose | null, bag: {x: number, y: number} | null, success: boolean}} Reading
 * `bag`: where the bag was put, in mm, null where the page does not know
 * @typedef {{step: number, from: Pose | null, still: number, known: boolean}} Progress
 * `from`: where the step began; `still`: readings for which the claws did not move; `known`: the bag's place is
 */

/** @type {Step} */
const CONTROL = { key: "control", text: "Take control of the arm.", keys: "[T]" };
/** @type {Step[]} */
const AFTER = [
  { key: "lift", text: "You hold it. Lift it.", keys: "[Q]" },
  { key: "over-mug", text: "Move it over the mug.", keys: "[I] [K] [J] [L]" },
  { key: "open", text: "Open the claws: the bag falls into the mug.", keys: "[.]" },
];
/** Where the bag lies is known. @type {Step[]} */
const SEEN = [
  CONTROL,
  { key: "over-bag", text: "Open the claws and move the hand over the bag.", keys: "[.] [I] [K] [J] [L]" },
  { key: "lower", text: "Lower the hand around it.", keys: "[A]" },
  { key: "close", text: "Close the claws on it.", keys: "[,]" },
  ...AFTER,
];
/** It is not: one step, done when the claws hold something. @type {Step[]} */
const UNSEEN = [
  CONTROL,
  { key: "reach", text: "Move over the bag, lower the open hand around it, and close the claws.", keys: "[.] [A] [,]" },
  ...AFTER,
];

/** @type {Progress} */
export const BEGINNING = { step: 0, from: null, still: 0, known: false };
const NEAR_MM = 30;
const LOWERED_MM = 25;
const LIFTED_MM = 60;
/** Claws that are told to close and stop wider than this have something between them. */
const EMPTY_PERCENT = 8;
const STILL_PERCENT = 0.4;
const STILL_READINGS = 8;

/** @param {Progress} progress */
export const steps = (progress) => (progress.known ? SEEN : UNSEEN);

/** @param {Progress} progress */
export const finished = (progress) => progress.step >= steps(progress).length;

/**
 * One reading further. A step counts only when the arm has done it; whoever loses the bag, or gives control
 * away, begins again.
 * @param {Progress} progress @param {Reading} reading @returns {Progress}
 */
export function progressed(progress, reading) {
  if (finished(progress)) return progress;
  const key = steps(progress)[progress.step].key;
  const { mine, pose, bag } = reading;
  if (!mine) return key === "control" ? progress : BEGINNING;
  if (!pose) return progress;
  if (key === "control") return begun(pose, bag);
  const next = { ...progress, from: reference(key, progress.from ?? pose, pose), still: stillFor(progress, pose) };
  return WITH_BAG.has(key) ? carrying(next, key, pose, reading) : reaching(next, key, pose, bag);
}

const WITH_BAG = new Set(["lift", "over-mug", "open"]);

/** Whether the bag is in the claws, and no longer where it was put. @param {Progress} progress */
export function holdsBag(progress) {
  return !finished(progress) && WITH_BAG.has(steps(progress)[progress.step].key);
}

/** @param {Progress} next @param {Key} key @param {Pose} pose @param {Reading["bag"]} bag @returns {Progress} */
function reaching(next, key, pose, bag) {
  if (next.known !== Boolean(bag)) return begun(pose, bag);
  if (next.still >= STILL_READINGS) return { ...next, step: steps(next).findIndex((one) => one.key === "lift"), from: pose };
  return done(key, /** @type {Pose} */ (next.from), pose, bag) ? forward(next, pose) : next;
}

/** @param {Progress} next @param {Key} key @param {Pose} pose @param {Reading} reading @returns {Progress} */
function carrying(next, key, pose, { bag, success }) {
  if (key !== "lift" && success) return { ...next, step: steps(next).length };
  const shut = pose.wanted < EMPTY_PERCENT && pose.grip <= EMPTY_PERCENT;
  const opened = pose.wanted > pose.grip && !overMug(pose, 2 * NEAR_MM);
  if (shut || opened) return begun(pose, bag);
  return done(key, /** @type {Pose} */ (next.from), pose, bag) ? forward(next, pose) : next;
}

/** The first step of driving. @param {Pose} pose @param {Reading["bag"]} bag @returns {Progress} */
function begun(pose, bag) {
  return { step: 1, from: pose, still: 0, known: Boolean(bag) };
}

/** @param {Progress} progress @param {Pose} pose @returns {Progress} */
function forward(progress, pose) {
  return { ...progress, step: progress.step + 1, from: pose };
}

/**
 * For how many readings something is between the claws: told to close, they stand still and apart.
 * @param {Progress} progress @param {Pose} pose
 */
function stillFor({ from, still }, pose) {
  const apart = pose.wanted < EMPTY_PERCENT && pose.grip > EMPTY_PERCENT;
  return apart && from && Math.abs(from.grip - pose.grip) < STILL_PERCENT ? still + 1 : 0;
}

/** @param {Pose} pose @param {number} within_mm */
function overMug(pose, within_mm) {
  return Math.hypot(pose.x - 10 * MUG_CM.x, pose.y - 10 * MUG_CM.y) < within_mm;
}

/** @param {Key} key @param {Pose} from @param {Pose} pose @param {Reading["bag"]} bag */
function done(key, from, pose, bag) {
  switch (key) {
    case "over-bag":
      return bag !== null && Math.hypot(pose.x - bag.x, pose.y - bag.y) < NEAR_MM;
    case "lower":
      return from.z - pose.z > LOWERED_MM;
    case "lift":
      return pose.z - from.z > LIFTED_MM;
    case "over-mug":
      return overMug(pose, NEAR_MM);
    default:
      return false;
  }
}

/**
 * Lowering is measured from the highest point, lifting from the lowest; the claws always from the last reading.
 * @param {Key} key @param {Pose} from @param {Pose} pose @returns {Pose}
 */
function reference(key, from, pose) {
  const z = key === "lower" ? Math.max(from.z, pose.z) : key === "lift" ? Math.min(from.z, pose.z) : pose.z;
  return { ...pose, z };
}
