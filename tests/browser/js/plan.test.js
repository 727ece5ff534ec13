import assert from "node:assert/strict";
import { test } from "node:test";
import * as plans from "../../../static/js/model/plan.js";
import { inverse, pictureProjection, plainProjection } from "../../../static/js/model/projection.js";

/** @returns {any} */
const draft = () => ({
  format: 1, version: 1, task: "t", workspace: [[10, -10], [30, -10], [30, 10], [10, 10]],
  clusters: [{ name: "1", x_cm: 15, y_cm: 5, size_x_cm: 10, size_y_cm: 10 }, { name: "2", x_cm: 25, y_cm: 5, size_x_cm: 10, size_y_cm: 10 }],
  held_out: ["2"], positions_per_cluster: 10, takes_per_position: 1, orientations: [], recovery_share: 0.2, causes: [], seed: 0, margin_cm: 1.5,
  tolerance: { position_cm: 1, yaw_deg: 10 }, object: { name: "bag", length_cm: 4, width_cm: 3, height_cm: 1, symmetry_deg: 180 },
  goal: { name: "mug", x_cm: 10, y_cm: -22, radius_cm: 4.6 }, thresholds: {},
});
const RING = { inner_cm: 10, outer_cm: 40, pan_deg: 100 };

test("a cluster moves on a grid of half centimetres and the draft before stays as it was", () => {
  const before = draft();
  const after = plans.moveCluster(before, "1", 16.26, 4.74);
  assert.deepEqual([after.clusters[0].x_cm, after.clusters[0].y_cm], [16.5, 4.5]);
  assert.equal(before.clusters[0].x_cm, 15);
});

test("resizing keeps the opposite corner and never goes below the least size", () => {
  const larger = plans.resizeCluster(draft(), "1", 22, 12);
  assert.deepEqual(plans.corners(larger.clusters[0])[0], [10, 0]);
  assert.deepEqual([larger.clusters[0].size_x_cm, larger.clusters[0].size_y_cm], [12, 12]);
  const least = plans.resizeCluster(draft(), "1", 0, 0);
  assert.deepEqual([least.clusters[0].size_x_cm, least.clusters[0].size_y_cm], [plans.LEAST_SIZE_CM, plans.LEAST_SIZE_CM]);
});

test("renaming a held-out cluster keeps it held out; removing it does not leave its name behind", () => {
  assert.deepEqual(plans.editCluster(draft(), "2", { name: "far" }).held_out, ["far"]);
  assert.deepEqual(plans.removeCluster(draft(), "2").held_out, []);
  assert.deepEqual(plans.toggleHeldOut(draft(), "1").held_out, ["2", "1"]);
});

test("a new cluster lies in the reach, touches no other, is clear of the mug, and the workspace takes it in", () => {
  let plan = draft();
  for (let n = 0; n < 5; n += 1) {
    const added = plans.addCluster(plan, RING);
    assert.ok(added);
    plan = added.plan;
  }
  assert.equal(plan.clusters.length, 7);
  for (const cluster of plan.clusters.slice(2)) {
    for (const [x, y] of plans.corners(cluster)) {
      assert.ok(plans.inRing(RING, x, y));
      const [[x0, y0], , [x1, y1]] = [plan.workspace[0], plan.workspace[1], plan.workspace[2]];
      assert.ok(x >= x0 && x <= x1 && y >= y0 && y <= y1);
    }
  }
  for (const one of plan.clusters) {
    for (const other of plan.clusters) {
      if (one !== other) assert.ok(Math.abs(one.x_cm - other.x_cm) >= 10 || Math.abs(one.y_cm - other.y_cm) >= 10);
    }
  }
});

test("no room for a further cluster is said, not forced", () => {
  assert.equal(plans.addCluster(draft(), { inner_cm: 10, outer_cm: 18, pan_deg: 20 }), null);
});

test("the workspace fits its clusters, takes a corner on its longest edge and keeps three", () => {
  assert.deepEqual(plans.fitWorkspace(draft()).workspace, [[10, 0], [30, 0], [30, 10], [10, 10]]);
  const five = plans.addCorner({ ...draft(), workspace: [[0, 0], [20, 0], [20, 5], [0, 5]] });
  assert.deepEqual(five.workspace[1], [10, 0]);
  assert.equal(plans.removeCorner({ ...draft(), workspace: [[0, 0], [1, 0], [1, 1]] }, 0).workspace.length, 3);
});

test("a plan differs by what it asks for, not by its version", () => {
  assert.equal(plans.differs({ ...draft(), version: 3 }, draft()), false);
  assert.equal(plans.differs({ ...draft(), seed: 1 }, draft()), true);
  assert.equal(plans.differs(draft(), null), true);
});

test("amounts are one sentence, and time only where a pace is known", () => {
  assert.equal(plans.totals(draft(), { recovery_takes: 5, total_takes: 25 }), "2 clusters × 10 positions + 5 recoveries = 25 takes");
  assert.equal(plans.duration(120, 45), "about 1.5 h at this pace");
  assert.equal(plans.duration(12, 45), "about 9 min at this pace");
  assert.equal(plans.duration(12, null), "");
});

test("Save says why it does nothing", () => {
  const view = { changed: true, checked: true, problems: /** @type {any[]} */ ([]), saving: false };
  assert.equal(plans.saveBlocked(view), "");
  assert.equal(plans.saveBlocked({ ...view, changed: false }), "Nothing changed");
  assert.equal(plans.saveBlocked({ ...view, checked: false }), "Checking the change");
  assert.equal(plans.saveBlocked({ ...view, problems: [{}, {}] }), "2 things are wrong");
});

test("problems are found by cluster and by field, not by names that begin alike", () => {
  const problems = [{ where: "clusters[1]", text: "a", todo: "" }, { where: "clusters[11]", text: "b", todo: "" }, { where: "tolerance.yaw_deg", text: "c", todo: "" }];
  assert.deepEqual(plans.problemsAt(problems, plans.clusterKey("1")).map((one) => one.text), ["a"]);
  assert.deepEqual(plans.problemsAt(problems, "tolerance").map((one) => one.text), ["c"]);
});

test("projections go there and back", () => {
  const skewed = pictureProjection({ width: 640, height: 480, to_cm: [0.01, -0.09, 45, -0.1, 0.004, 31, 0.0001, 0.0004, 1] });
  for (const projection of [skewed, plainProjection()]) {
    for (const point of /** @type {[number, number][]} */ ([[10, -20], [25, 0], [38.5, 12.25]])) {
      const [x, y] = projection.toCm(projection.toPx(point));
      assert.ok(Math.abs(x - point[0]) < 1e-9 && Math.abs(y - point[1]) < 1e-9);
    }
  }
  const [px, py] = plainProjection().toPx([30, 10]);
  const [qx, qy] = plainProjection().toPx([20, -10]);
  assert.ok(px < qx && py < qy, "ahead is up, left is left");
  assert.deepEqual(inverse([2, 0, 0, 0, 4, 0, 0, 0, 1]), [0.5, 0, 0, 0, 0.25, 0, 0, 0, 1]);
});
