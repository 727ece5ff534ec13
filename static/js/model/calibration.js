// The four corners of a measured rectangle: which is asked for, where they were clicked, what the fit says.

/** @typedef {{name: string, x_cm: number, y_cm: number, px: [number, number] | null}} Corner */

/** In the order asked: around the rectangle, as the arm looks. @returns {Corner[]} */
export const fresh = () => [
  { name: "far left", x_cm: 35, y_cm: 15, px: null },
  { name: "far right", x_cm: 35, y_cm: -15, px: null },
  { name: "near right", x_cm: 15, y_cm: -15, px: null },
  { name: "near left", x_cm: 15, y_cm: 15, px: null },
];

/** @param {Corner[]} corners @returns {number} the one to click next, or -1 when all are there */
export const nextToClick = (corners) => corners.findIndex((one) => one.px === null);

/** @param {Corner[]} corners @param {number} index @param {[number, number] | null} px @returns {Corner[]} */
export const withPixel = (corners, index, px) => corners.map((one, i) => (i === index ? { ...one, px } : one));

/** @param {Corner[]} corners @param {number} index @param {"x_cm" | "y_cm"} axis @param {number} value @returns {Corner[]} */
export const withCm = (corners, index, axis, value) => corners.map((one, i) => (i === index ? { ...one, [axis]: value } : one));

/** @param {Corner[]} corners what the studio is asked; null while a corner is missing */
export function request(corners) {
  if (corners.some((one) => one.px === null || !Number.isFinite(one.x_cm) || !Number.isFinite(one.y_cm))) return null;
  return corners.map((one) => ({ x_px: one.px?.[0], y_px: one.px?.[1], x_cm: one.x_cm, y_cm: one.y_cm }));
}

/**
 * What to do now, in one sentence.
 * @param {Corner[]} corners @param {{fit: object | null, failure: string}} result
 */
export function guidance(corners, { fit, failure }) {
  const next = nextToClick(corners);
  if (next >= 0) return `Click the ${corners[next].name} corner: ${corners[next].x_cm} cm ahead, ${side(corners[next].y_cm)}.`;
  if (failure) return "The points do not fit. Drag the one that is off, or correct its centimetres.";
  return fit ? "Does the grid lie on the table? Then save it." : "Fitting";
}

/** @param {number} y_cm */
function side(y_cm) {
  if (!y_cm) return "straight ahead";
  return `${Math.abs(y_cm)} cm to the ${y_cm > 0 ? "left" : "right"}`;
}
