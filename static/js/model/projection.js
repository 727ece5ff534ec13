// Between the table's centimetres (x ahead of the arm, y to its left) and a picture's pixels.

/** @typedef {[number, number]} Point */
/** @typedef {{width: number, height: number, toPx: (point: Point) => Point, toCm: (point: Point) => Point}} Projection */

/** @param {number[]} m a (3, 3) matrix row by row @param {Point} point @returns {Point} */
function apply(m, [x, y]) {
  const w = m[6] * x + m[7] * y + m[8];
  return [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w];
}

/** @param {number[]} m @returns {number[]} the inverse of a (3, 3) matrix, row by row */
export function inverse(m) {
  const [a, b, c, d, e, f, g, h, i] = m;
  const cofactors = [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d];
  const determinant = a * cofactors[0] + b * cofactors[3] + c * cofactors[6];
  return cofactors.map((value) => value / determinant);
}

/** The calibrated top picture. @param {{width: number, height: number, to_cm: number[]}} table @returns {Projection} */
export function pictureProjection(table) {
  const back = inverse(table.to_cm);
  return { width: table.width, height: table.height, toPx: (point) => apply(back, point), toCm: (point) => apply(table.to_cm, point) };
}

const PLAIN = { width: 640, height: 480, scale: 8.5, x: 320, y: 440 };

/** The table from above, to scale, the arm at the bottom: where there is no calibrated picture. @returns {Projection} */
export function plainProjection() {
  const { width, height, scale, x, y } = PLAIN;
  return { width, height, toPx: ([ahead, left]) => [x - scale * left, y - scale * ahead], toCm: ([px, py]) => [(y - py) / scale, (x - px) / scale] };
}

/** @param {Projection} projection @param {Point[]} points @returns {string} an SVG `points` attribute */
export function outline(projection, points) {
  return points.map((point) => projection.toPx(point).map((value) => value.toFixed(1)).join(",")).join(" ");
}
