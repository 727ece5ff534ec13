// What a gamepad's sticks and buttons mean. The map belongs to the pad's id and is the person's to change.

import { STILL } from "./jog.js";

/** @typedef {import("./jog.js").Axes} Axes */
/** @typedef {keyof Axes} AxisName */
/** @typedef {{axis: number, sign: 1 | -1} | {plus: number, minus: number} | null} Source an axis, a pair of buttons, or none */
/** @typedef {"estop" | "advance" | "success" | "partial" | "failure" | "again" | "undo" | "recovery" | "control" | "arrange" | "skip" | "slower" | "faster" | "arm"} PadAction */
/** @typedef {{version: 1, axes: Record<AxisName, Source>, buttons: Record<PadAction, number | null>}} PadMap */

export const DEAD_ZONE = 0.15;

/** @type {{name: AxisName, label: string}[]} */
export const PAD_AXES = [
  { name: "ahead", label: "Ahead / back" },
  { name: "left", label: "Left / right" },
  { name: "up", label: "Up / down" },
  { name: "pitch", label: "Tilt" },
  { name: "roll", label: "Turn hand" },
  { name: "grip", label: "Open / close" },
];

/** @type {{name: PadAction, label: string}[]} */
export const PAD_ACTIONS = [
  { name: "advance", label: "Start, next step" },
  { name: "success", label: "Save success" },
  { name: "partial", label: "Save partial" },
  { name: "failure", label: "Save failure" },
  { name: "again", label: "Record again" },
  { name: "undo", label: "Undo last save" },
  { name: "recovery", label: "Mark recovery" },
  { name: "control", label: "Take control" },
  { name: "arrange", label: "Place it, or: it lies there" },
  { name: "skip", label: "Skip this target" },
  { name: "slower", label: "Slower" },
  { name: "faster", label: "Faster" },
  { name: "arm", label: "Other arm, of two" },
  { name: "estop", label: "STOP" },
];

/** The standard layout of the Gamepad specification. @type {PadMap} */
export const STANDARD_MAP = {
  version: 1,
  axes: {
    ahead: { axis: 1, sign: -1 },
    left: { axis: 0, sign: -1 },
    up: { axis: 3, sign: -1 },
    pitch: { plus: 12, minus: 13 },
    roll: { axis: 2, sign: 1 },
    grip: { plus: 6, minus: 7 },
  },
  buttons: {
    advance: 9,
    success: 0,
    partial: 2,
    failure: 3,
    again: 1,
    undo: null,
    recovery: 11,
    control: 10,
    arrange: 4,
    skip: 5,
    slower: 14,
    faster: 15,
    arm: 16,
    estop: 8,
  },
};

const STANDARD_NAMES = [
  "A", "B", "X", "Y", "LB", "RB", "LT", "RT", "View", "Menu", "L stick", "R stick", "D-up", "D-down", "D-left", "D-right", "Home",
];
const STANDARD_AXES = ["L stick X", "L stick Y", "R stick X", "R stick Y"];

/** @param {number | null} index @param {boolean} standard */
export function buttonName(index, standard) {
  if (index === null) return "none";
  return (standard && STANDARD_NAMES[index]) || `button ${index}`;
}

/** @param {Source} source @param {boolean} standard */
export function sourceName(source, standard) {
  if (!source) return "none";
  if ("axis" in source) return (standard && STANDARD_AXES[source.axis]) || `axis ${source.axis}`;
  return `${buttonName(source.plus, standard)} / ${buttonName(source.minus, standard)}`;
}

/** @param {number} value dead in the middle, then continuous from zero to one */
export function shape(value) {
  const size = Math.abs(value);
  if (size < DEAD_ZONE) return 0;
  const scaled = Math.min(1, (size - DEAD_ZONE) / (1 - DEAD_ZONE));
  // Squared, so that a small push is a small speed.
  return Math.sign(value) * scaled * scaled;
}

/**
 * @param {PadMap} map @param {readonly number[]} axes @param {readonly number[]} buttons values 0..1
 * @returns {Axes}
 */
export function axesOfPad(map, axes, buttons) {
  const result = { ...STILL };
  for (const { name } of PAD_AXES) {
    const source = map.axes[name];
    if (!source) continue;
    if ("axis" in source) result[name] = shape((axes[source.axis] ?? 0) * source.sign);
    else result[name] = shape((buttons[source.plus] ?? 0) - (buttons[source.minus] ?? 0));
  }
  return result;
}

/**
 * Actions whose button went down since the last reading.
 * @param {PadMap} map @param {readonly number[]} before @param {readonly number[]} now
 * @returns {PadAction[]}
 */
export function pressedActions(map, before, now) {
  const down = (/** @type {readonly number[]} */ values, /** @type {number} */ index) => (values[index] ?? 0) > 0.5;
  return PAD_ACTIONS.map(({ name }) => name).filter((name) => {
    const index = map.buttons[name];
    return index !== null && down(now, index) && !down(before, index);
  });
}

/**
 * What moved most since a quiet reading: used to teach a mapping by moving the control.
 * @param {readonly number[]} axes0 @param {readonly number[]} axes @param {readonly number[]} buttons
 * @returns {{axis: number, sign: 1 | -1} | {button: number} | null}
 */
export function movedControl(axes0, axes, buttons) {
  const button = buttons.findIndex((value) => value > 0.6);
  if (button >= 0) return { button };
  let best = -1;
  axes.forEach((value, index) => {
    if (Math.abs(value - (axes0[index] ?? 0)) > 0.6 && (best < 0 || Math.abs(value) > Math.abs(axes[best]))) best = index;
  });
  return best < 0 ? null : { axis: best, sign: axes[best] > 0 ? 1 : -1 };
}

/**
 * A stored map, or the standard one where it is missing or of another form. An action that the map does not know
 * yet gets its standard button, unless the person gave that button to something else.
 * @param {string | null} text @returns {PadMap}
 */
export function readMap(text) {
  try {
    const map = JSON.parse(text ?? "");
    const buttons = { ...map?.buttons };
    for (const { name } of PAD_ACTIONS) {
      const standard = STANDARD_MAP.buttons[name];
      if (buttons[name] === undefined) buttons[name] = Object.values(buttons).includes(standard) ? null : standard;
    }
    const whole =
      map?.version === 1 &&
      PAD_AXES.every(({ name }) => validSource(map.axes?.[name])) &&
      PAD_ACTIONS.every(({ name }) => buttons[name] === null || Number.isInteger(buttons[name]));
    return whole ? { ...map, buttons } : STANDARD_MAP;
  } catch {
    return STANDARD_MAP;
  }
}

/**
 * The map in which `index` does `action`, and nothing else.
 * @param {PadMap} map @param {PadAction} action @param {number} index @returns {PadMap}
 */
export function withButton(map, action, index) {
  const buttons = { ...map.buttons };
  for (const { name } of PAD_ACTIONS) if (buttons[name] === index) buttons[name] = null;
  return { ...map, buttons: { ...buttons, [action]: index } };
}

/** @param {any} source */
function validSource(source) {
  if (source === null) return true;
  if (typeof source !== "object") return false;
  if ("axis" in source) return Number.isInteger(source.axis) && Math.abs(source.sign) === 1;
  return Number.isInteger(source.plus) && Number.isInteger(source.minus);
}
