import assert from "node:assert/strict";
import { test } from "node:test";
import { armJoints, axesOfKeys, isStill, jointJog, SPEEDS, speedStep, STILL, sumAxes, toolJog } from "../../../static/js/model/jog.js";
import { idleState } from "./state.js";

test("keys move along the table's axes: ahead is x, left is y, up is z", () => {
  assert.deepEqual(toolJog(axesOfKeys(new Set(["ahead"])), 2).linear_m_s, [0.1, 0, 0]);
  assert.deepEqual(toolJog(axesOfKeys(new Set(["left"])), 2).linear_m_s, [0, 0.1, 0]);
  assert.deepEqual(toolJog(axesOfKeys(new Set(["down"])), 2).linear_m_s, [0, 0, -0.1]);
});

test("opposite keys cancel, and a diagonal is not faster", () => {
  assert.ok(isStill(axesOfKeys(new Set(["left", "right"]))));
  const [x, y, z] = toolJog(axesOfKeys(new Set(["ahead", "left", "up"])), 4).linear_m_s;
  assert.ok(Math.abs(Math.hypot(x, y, z) - SPEEDS[4].linear) < 1e-5);
});

test("letting go is one exact zero, without negative zeros", () => {
  assert.deepEqual(toolJog(STILL, 2), { linear_m_s: [0, 0, 0], pitch_deg_s: 0, roll_deg_s: 0, gripper_per_s: 0 });
  for (const value of toolJog(STILL, 2).linear_m_s) assert.ok(Object.is(value, 0));
});

test("speed steps stay within their range and rise", () => {
  assert.equal(speedStep(0, -1), 0);
  assert.equal(speedStep(SPEEDS.length - 1, 1), SPEEDS.length - 1);
  for (let i = 1; i < SPEEDS.length; i += 1) assert.ok(SPEEDS[i].linear > SPEEDS[i - 1].linear);
});

test("joint mode moves the chosen joint only, and the gripper always", () => {
  const { joints } = idleState().rig;
  assert.deepEqual(jointJog(axesOfKeys(new Set(["ahead"])), 2, joints, 0), [37.5, 0]);
  assert.deepEqual(jointJog(axesOfKeys(new Set(["open"])), 4, joints, 0), [0, 120], "not beyond the joint's own speed");
  assert.deepEqual(jointJog(axesOfKeys(new Set(["back", "close"])), 2, joints, 0), [-37.5, -100]);
});

test("of two arms the one that was chosen moves, and its gripper alone", () => {
  const { joints } = idleState().rig;
  const pair = ["left", "right"].flatMap((side) => joints.map((joint) => ({ ...joint, name: `${side}_${joint.name}` })));
  assert.deepEqual(armJoints(pair, "right").map((joint) => joint.name), pair.slice(2).map((joint) => joint.name));
  assert.deepEqual(jointJog(axesOfKeys(new Set(["ahead", "open"])), 2, pair, 0, "right"), [0, 0, 37.5, 100]);
  assert.deepEqual(jointJog(axesOfKeys(new Set(["ahead"])), 2, pair, 0, "left"), [37.5, 0, 0, 0]);
});

test("inputs add up and stay within one", () => {
  const both = sumAxes({ ...STILL, ahead: 1 }, { ...STILL, ahead: 0.7, up: -0.4 });
  assert.equal(both.ahead, 1);
  assert.equal(both.up, -0.4);
});
