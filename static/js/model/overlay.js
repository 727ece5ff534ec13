// Where the target is drawn on the picture. Points are the server's, in pixels whose centres are whole numbers.

/** @typedef {[number, number]} Point */
/** @typedef {{path: string, centre: Point, front: Point, radius: number}} Drawn */

/** How far the ring lies around an object's corners. */
export const RING = 1.85;
/** The share of the picture's height that the line over it may take. */
const STRIP = 0.18;

/** The box in which a point of the picture is itself: half a pixel is the distance from a pixel's corner to its centre.
 * @param {number} width @param {number} height */
export function viewBox(width, height) {
  return `-0.5 -0.5 ${width} ${height}`;
}

/** @param {readonly (readonly number[])[]} outline @returns {string} a closed SVG path, "" for no outline */
export function path(outline) {
  return outline.length < 3 ? "" : `M${outline.map(([x, y]) => `${x} ${y}`).join("L")}Z`;
}

/** @param {readonly (readonly number[])[]} outline @returns {Point} */
export function centre(outline) {
  const n = Math.max(1, outline.length);
  return [outline.reduce((sum, point) => sum + point[0], 0) / n, outline.reduce((sum, point) => sum + point[1], 0) / n];
}

/**
 * An object's outline, with the way it looks: its yaw points from the middle through the side between corners 1 and 2.
 * @param {readonly (readonly number[])[]} outline four corners, counter-clockwise @returns {Drawn | null}
 */
export function drawn(outline) {
  if (outline.length < 4) return null;
  const middle = centre(outline);
  const side = centre([outline[1], outline[2]]);
  const radius = Math.max(...outline.map(([x, y]) => Math.hypot(x - middle[0], y - middle[1])));
  const far = Math.hypot(side[0] - middle[0], side[1] - middle[1]) || 1;
  const reach = 0.95 * RING * radius;
  return {
    path: path(outline),
    centre: middle,
    front: [middle[0] + ((side[0] - middle[0]) / far) * reach, middle[1] + ((side[1] - middle[1]) / far) * reach],
    radius,
  };
}

/**
 * A tick that shows the heading: a line from the middle, and its head.
 * @param {Drawn} object @returns {string}
 */
export function tick({ centre: [x, y], front: [fx, fy], radius }) {
  const length = Math.hypot(fx - x, fy - y) || 1;
  const [ux, uy] = [(fx - x) / length, (fy - y) / length];
  const head = 0.45 * radius;
  const [bx, by] = [fx - ux * head, fy - uy * head];
  const wing = 0.6 * head;
  return `M${x} ${y}L${fx} ${fy}M${bx - uy * wing} ${by + ux * wing}L${fx} ${fy}L${bx + uy * wing} ${by - ux * wing}`;
}

/**
 * The way from where the object is seen to where it goes, from rim to rim; "" when they touch.
 * @param {Drawn} from @param {Drawn} to
 */
export function way(from, to) {
  const [dx, dy] = [to.centre[0] - from.centre[0], to.centre[1] - from.centre[1]];
  const length = Math.hypot(dx, dy);
  const [begin, end] = [1.15 * from.radius, 1.9 * to.radius];
  if (length <= begin + end + 4) return "";
  const at = (/** @type {number} */ d) => `${from.centre[0] + (dx / length) * d} ${from.centre[1] + (dy / length) * d}`;
  return `M${at(begin)}L${at(length - end)}`;
}

/** Corner brackets of a cluster: its border, without covering what lies on it. @param {readonly (readonly number[])[]} outline */
export function brackets(outline) {
  const share = 0.22;
  return outline
    .map((corner, i) => {
      const before = outline[(i + outline.length - 1) % outline.length];
      const after = outline[(i + 1) % outline.length];
      const towards = (/** @type {readonly number[]} */ other) =>
        `${corner[0] + (other[0] - corner[0]) * share} ${corner[1] + (other[1] - corner[1]) * share}`;
      return `M${towards(before)}L${corner[0]} ${corner[1]}L${towards(after)}`;
    })
    .join("");
}

/** Whether the upper strip of the picture is wanted by the target, its ring included. @param {readonly (readonly number[])[]} outline @param {number} height */
export function isHigh(outline, height) {
  const object = drawn(outline);
  return object !== null && object.centre[1] - RING * object.radius < STRIP * height;
}
