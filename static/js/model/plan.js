// A plan while it is edited: every change gives a new draft, so that undo and "changed?" are comparisons.

/**
 * @typedef {{name: string, x_cm: number, y_cm: number, size_x_cm: number, size_y_cm: number}} Cluster
 * @typedef {{name: string, yaw_deg: number, spread_deg: number}} Orientation
 * @typedef {{name: string, start: string, words: string}} Cause
 * @typedef {{
 *   format: 1, version: number, task: string, workspace: [number, number][], clusters: Cluster[], held_out: string[],
 *   positions_per_cluster: number, takes_per_position: number, orientations: Orientation[], recovery_share: number,
 *   causes: Cause[], seed: number, margin_cm: number, tolerance: {position_cm: number, yaw_deg: number},
 *   object: {name: string, length_cm: number, width_cm: number, height_cm: number, symmetry_deg: number},
 *   goal: {name: string, x_cm: number, y_cm: number, radius_cm: number}, thresholds: Record<string, number>
 * }} Plan
 * @typedef {{where: string, text: string, todo: string}} Problem
 * @typedef {{inner_cm: number, outer_cm: number, pan_deg: number}} Ring
 */

export const SNAP_CM = 0.5;
export const LEAST_SIZE_CM = 4;
const TABLE = { x: [0, 50], y: [-50, 50] };

/** @param {number} value @param {number} [step] */
export const snap = (value, step = SNAP_CM) => Number((Math.round(value / step) * step).toFixed(3));

/** @param {Cluster} cluster @returns {[number, number][]} its corners, counter-clockwise from the nearest on the right */
export function corners({ x_cm, y_cm, size_x_cm, size_y_cm }) {
  const [dx, dy] = [size_x_cm / 2, size_y_cm / 2];
  return [[x_cm - dx, y_cm - dy], [x_cm + dx, y_cm - dy], [x_cm + dx, y_cm + dy], [x_cm - dx, y_cm + dy]];
}

/** @param {Cluster} one @param {Cluster} other */
function overlap(one, other) {
  return (
    Math.abs(one.x_cm - other.x_cm) < (one.size_x_cm + other.size_x_cm) / 2 - 0.01 &&
    Math.abs(one.y_cm - other.y_cm) < (one.size_y_cm + other.size_y_cm) / 2 - 0.01
  );
}

/** @param {Plan} plan @param {string} name @param {Partial<Cluster>} change @returns {Plan} */
function withCluster(plan, name, change) {
  return { ...plan, clusters: plan.clusters.map((one) => (one.name === name ? { ...one, ...change } : one)) };
}

/** Its middle goes to (x, y), on the grid of half centimetres. @param {Plan} plan @param {string} name @param {number} x_cm @param {number} y_cm */
export function moveCluster(plan, name, x_cm, y_cm, step = SNAP_CM) {
  return withCluster(plan, name, { x_cm: snap(x_cm, step), y_cm: snap(y_cm, step) });
}

/** The corner that is farthest ahead on the left goes to (x, y); the opposite one stays. @param {Plan} plan @param {string} name @param {number} x_cm @param {number} y_cm */
export function resizeCluster(plan, name, x_cm, y_cm) {
  const cluster = plan.clusters.find((one) => one.name === name);
  if (!cluster) return plan;
  const [[near, right]] = corners(cluster);
  const size_x_cm = Math.max(LEAST_SIZE_CM, snap(x_cm - near));
  const size_y_cm = Math.max(LEAST_SIZE_CM, snap(y_cm - right));
  return withCluster(plan, name, { x_cm: near + size_x_cm / 2, y_cm: right + size_y_cm / 2, size_x_cm, size_y_cm });
}

/** @param {Plan} plan @param {string} name @param {Partial<Cluster>} change numbers typed by hand */
export function editCluster(plan, name, change) {
  const renamed = change.name !== undefined && change.name !== name;
  const held_out = renamed ? plan.held_out.map((one) => (one === name ? String(change.name) : one)) : plan.held_out;
  return { ...withCluster(plan, name, change), held_out };
}

/** @param {Plan} plan @param {string} name @returns {Plan} */
export function removeCluster(plan, name) {
  return { ...plan, clusters: plan.clusters.filter((one) => one.name !== name), held_out: plan.held_out.filter((one) => one !== name) };
}

/** @param {Plan} plan @param {string} name @returns {Plan} */
export function toggleHeldOut(plan, name) {
  const held = plan.held_out.includes(name);
  return { ...plan, held_out: held ? plan.held_out.filter((one) => one !== name) : [...plan.held_out, name] };
}

/**
 * Another cluster where there is room, as near the arm's middle reach as may be.
 * @param {Plan} plan @param {Ring | null} ring @returns {{plan: Plan, name: string} | null} null when nothing fits
 */
export function addCluster(plan, ring) {
  const size = plan.clusters.at(-1)?.size_x_cm ?? 10;
  const name = freeName(plan);
  const middle = ring ? (ring.inner_cm + ring.outer_cm) / 2 : 25;
  /** @type {{cluster: Cluster, far: number} | null} */
  let best = null;
  for (let x = TABLE.x[0] + size / 2; x <= TABLE.x[1] - size / 2; x += 1) {
    for (let y = TABLE.y[0] + size / 2; y <= TABLE.y[1] - size / 2; y += 1) {
      const cluster = { name, x_cm: x, y_cm: y, size_x_cm: size, size_y_cm: size };
      if (!fits(plan, cluster, ring)) continue;
      const far = Math.abs(Math.hypot(x, y) - middle) + Math.abs(y) / 4;
      if (!best || far < best.far) best = { cluster, far };
    }
  }
  if (!best) return null;
  const clusters = [...plan.clusters, best.cluster];
  return { plan: widened({ ...plan, clusters }, best.cluster), name };
}

/** @param {Plan} plan @param {Cluster} cluster @param {Ring | null} ring */
function fits(plan, cluster, ring) {
  if (plan.clusters.some((other) => overlap(cluster, other))) return false;
  const { goal } = plan;
  const nearest = Math.hypot(
    Math.max(0, Math.abs(cluster.x_cm - goal.x_cm) - cluster.size_x_cm / 2),
    Math.max(0, Math.abs(cluster.y_cm - goal.y_cm) - cluster.size_y_cm / 2),
  );
  if (nearest < goal.radius_cm + 1) return false;
  return corners(cluster).every(([x, y]) => inRing(ring, x, y));
}

/** @param {Ring | null} ring @param {number} x @param {number} y */
export function inRing(ring, x, y) {
  if (!ring) return true;
  const radius = Math.hypot(x, y);
  return radius >= ring.inner_cm && radius <= ring.outer_cm && Math.abs((Math.atan2(y, x) * 180) / Math.PI) <= ring.pan_deg;
}

/** @param {Plan} plan */
function freeName(plan) {
  const names = new Set(plan.clusters.map((one) => one.name));
  let number = 1;
  while (names.has(String(number))) number += 1;
  return String(number);
}

/** A rectangular workspace grows with a cluster that was added beyond it. @param {Plan} plan @param {Cluster} cluster @returns {Plan} */
function widened(plan, cluster) {
  const inside = corners(cluster).every(([x, y]) => inRectangle(plan.workspace, x, y));
  return inside ? plan : fitWorkspace(plan);
}

/** @param {[number, number][]} workspace @param {number} x @param {number} y */
function inRectangle(workspace, x, y) {
  const xs = workspace.map((one) => one[0]);
  const ys = workspace.map((one) => one[1]);
  return x >= Math.min(...xs) && x <= Math.max(...xs) && y >= Math.min(...ys) && y <= Math.max(...ys);
}

/** The rectangle around all clusters. @param {Plan} plan @returns {Plan} */
export function fitWorkspace(plan) {
  const all = plan.clusters.flatMap(corners);
  if (!all.length) return plan;
  const xs = all.map((one) => one[0]);
  const ys = all.map((one) => one[1]);
  const [left, right, near, ahead] = [Math.max(...ys), Math.min(...ys), Math.min(...xs), Math.max(...xs)];
  return { ...plan, workspace: [[near, right], [ahead, right], [ahead, left], [near, left]] };
}

/** @param {Plan} plan @param {number} index @param {number} x_cm @param {number} y_cm @returns {Plan} */
export function moveCorner(plan, index, x_cm, y_cm) {
  return { ...plan, workspace: plan.workspace.map((one, i) => (i === index ? [snap(x_cm), snap(y_cm)] : one)) };
}

/** A new corner in the middle of the longest edge. @param {Plan} plan @returns {Plan} */
export function addCorner(plan) {
  const { workspace } = plan;
  const length = (/** @type {number} */ i) => {
    const [a, b] = [workspace[i], workspace[(i + 1) % workspace.length]];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  const longest = workspace.map((_, i) => i).reduce((best, i) => (length(i) > length(best) ? i : best), 0);
  const [a, b] = [workspace[longest], workspace[(longest + 1) % workspace.length]];
  /** @type {[number, number]} */
  const middle = [snap((a[0] + b[0]) / 2), snap((a[1] + b[1]) / 2)];
  return { ...plan, workspace: [...workspace.slice(0, longest + 1), middle, ...workspace.slice(longest + 1)] };
}

/** @param {Plan} plan @param {number} index @returns {Plan} a workspace keeps three corners */
export function removeCorner(plan, index) {
  return plan.workspace.length <= 3 ? plan : { ...plan, workspace: plan.workspace.filter((_, i) => i !== index) };
}

/** @param {Plan} one @param {Plan | null} other whether they differ in more than their version */
export function differs(one, other) {
  if (!other) return true;
  return JSON.stringify({ ...one, version: 0 }) !== JSON.stringify({ ...other, version: 0 });
}

/** Problems of one cluster, or of one field. @param {Problem[]} problems @param {string} where */
export const problemsAt = (problems, where) => problems.filter((one) => one.where === where || one.where.startsWith(`${where}.`) || one.where.startsWith(`${where}[`));

/** @param {string} name */
export const clusterKey = (name) => `clusters[${name}]`;

/**
 * The amounts in one sentence: "11 clusters x 10 positions + 28 recoveries = 138 takes".
 * @param {Plan} plan @param {{recovery_takes: number, total_takes: number}} said
 */
export function totals(plan, said) {
  const count = plan.clusters.length;
  const places = `${count} ${count === 1 ? "cluster" : "clusters"} × ${plan.positions_per_cluster} positions`;
  const times = plan.takes_per_position > 1 ? ` × ${plan.takes_per_position} takes` : "";
  const recoveries = said.recovery_takes ? ` + ${said.recovery_takes} recoveries` : "";
  return `${places}${times}${recoveries} = ${said.total_takes} takes`;
}

/** @param {number} takes @param {number | null} pace_s "about 1.5 h at this pace", "" while no pace is known */
export function duration(takes, pace_s) {
  if (pace_s === null || !takes) return "";
  const hours = (takes * pace_s) / 3600;
  return hours < 1 ? `about ${Math.max(1, Math.round(hours * 60))} min at this pace` : `about ${hours.toFixed(1)} h at this pace`;
}

/** Why Save does nothing now, "" when it saves. @param {{changed: boolean, problems: Problem[], checked: boolean, saving: boolean}} view */
export function saveBlocked({ changed, problems, checked, saving }) {
  if (saving) return "Saving now";
  if (!changed) return "Nothing changed";
  if (!checked) return "Checking the change";
  if (problems.length) return problems.length === 1 ? "One thing is wrong" : `${problems.length} things are wrong`;
  return "";
}
