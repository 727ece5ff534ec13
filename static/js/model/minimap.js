// The plan's clusters as a small map: the table as the top camera shows it, the arm below, left to the left.

/** @typedef {import("../core/messages.js").GuidanceState} GuidanceState */
/** @typedef {import("../core/messages.js").ClusterState} ClusterState */
/**
 * @typedef {{name: string, x: number, y: number, width: number, height: number, count: string, done: boolean, current: boolean,
 *   heldOut: boolean, pinned: boolean, first: number | null, title: string}} Tile
 * @typedef {{viewBox: string, width: number, height: number, tiles: Tile[], goal: {x: number, y: number, r: number}, arm: {x: number, y: number}}} Map
 */

const MARGIN_CM = 1.5;

/** @param {GuidanceState} guidance @returns {Map | null} in centimetres; null without a plan */
export function miniMap({ plan, clusters, target }) {
  if (!plan || !clusters.length) return null;
  const tiles = clusters.map((cluster) => tile(cluster, target?.cluster === cluster.name));
  const goal = { x: -plan.goal_y_cm, y: -plan.goal_x_cm, r: plan.goal_radius_cm };
  const arm = { x: 0, y: 0 };
  const xs = [...tiles.flatMap((one) => [one.x, one.x + one.width]), goal.x - goal.r, goal.x + goal.r, arm.x];
  const ys = [...tiles.flatMap((one) => [one.y, one.y + one.height]), goal.y - goal.r, goal.y + goal.r, arm.y];
  const [left, top] = [Math.min(...xs) - MARGIN_CM, Math.min(...ys) - MARGIN_CM];
  const [width, height] = [Math.max(...xs) + MARGIN_CM - left, Math.max(...ys) + MARGIN_CM - top];
  return { viewBox: `${left} ${top} ${width} ${height}`, width, height, tiles, goal, arm };
}

/** @param {ClusterState} cluster @param {boolean} current @returns {Tile} */
function tile(cluster, current) {
  const has = cluster.nominal + cluster.recovery;
  const wants = cluster.nominal_planned + cluster.recovery_planned;
  return {
    name: cluster.name,
    x: -cluster.y_cm - cluster.size_y_cm / 2,
    y: -cluster.x_cm - cluster.size_x_cm / 2,
    width: cluster.size_y_cm,
    height: cluster.size_x_cm,
    count: String(has),
    done: cluster.nominal >= cluster.nominal_planned && cluster.recovery >= cluster.recovery_planned,
    current,
    heldOut: cluster.held_out,
    pinned: cluster.pinned,
    first: cluster.first,
    title:
      `Cluster ${cluster.name}: ${cluster.nominal} of ${cluster.nominal_planned}, ` +
      `recoveries ${cluster.recovery} of ${cluster.recovery_planned}` +
      `${has < wants ? "" : ", done"}${cluster.held_out ? "; held out for validation" : ""}` +
      `${cluster.rejected ? `; ${cluster.rejected} rejected` : ""}${cluster.pinned ? "; pinned" : ""}`,
  };
}
