import assert from "node:assert/strict";
import { test } from "node:test";
import { changes, controlsOf, freshDraft, rigOf, sweep, unsaveable } from "../../../static/js/model/station.js";

const port = (/** @type {string} */ path) => ({ path, device: path, adapter: path, vendor: "", product: "", serial: "" });

test("the adapter that was pulled out tells which one it is", () => {
  const [a, b] = [port("/a"), port("/b")];
  assert.deepEqual(changes([a, b], [b]), { gone: [a], come: [] });
  assert.deepEqual(changes([b], [a, b]), { gone: [], come: [a] });
});

test("a joint is good once it was turned from stop to stop; one without stops always is", () => {
  const pan = { name: "shoulder_pan", servo: 1, good_deg: 180, turns: false };
  assert.equal(sweep(pan, undefined, 4096).good, false);
  assert.equal(sweep(pan, { now: 0, low: 1000, high: 2024 }, 4096).degrees, 90);
  assert.ok(sweep(pan, { now: 0, low: 900, high: 3100 }, 4096).good);
  assert.equal(sweep(pan, { now: 0, low: 0, high: 4095, passed: true }, 4096).good, false);
  assert.ok(sweep({ ...pan, turns: true }, undefined, 4096).good);
});

test("what cannot be saved says why, and what can becomes a rig file", () => {
  const draft = freshDraft();
  assert.match(unsaveable(draft), /follower's port/);
  draft.follower.port = "/a";
  assert.match(unsaveable(draft), /Name a camera/);
  draft.cameras = [{ path: "/v", name: "top", lock: { exposure: 120 } }, { path: "/w", name: "top", lock: {} }];
  assert.match(unsaveable(draft), /same name/);
  draft.cameras[1].name = "gripper";
  assert.equal(unsaveable(draft), "");
  const rig = rigOf(draft);
  assert.deepEqual(rig.cameras[0], { name: "top", path: "/v", lock: { exposure: 120 } });
  draft.cameras[1] = { path: "virtual-2", name: "gripper", lock: {}, driver: "virtual" };
  assert.deepEqual(rigOf(draft).cameras[1], { name: "gripper", driver: "virtual", path: "virtual-2" });
  assert.equal("leader" in rig, false);
  assert.deepEqual(controlsOf("exposure=120,gain=3"), { exposure: 120, gain: 3 });
});
