import assert from "node:assert/strict";
import { test } from "node:test";
import {
  axesOfPad, movedControl, PAD_ACTIONS, PAD_AXES, pressedActions, readMap, shape, sourceName, STANDARD_MAP, withButton,
} from "../../../static/js/model/gamepad.js";

const REST = new Array(17).fill(0);

test("a resting stick that is not quite centred moves nothing", () => {
  assert.equal(shape(0.14), 0);
  assert.equal(shape(-0.14), 0);
  assert.equal(shape(1), 1);
  assert.ok(shape(0.3) > 0 && shape(0.3) < 0.1, "a small push is slow");
});

test("the standard map: stick up is ahead, stick left is left, triggers work the claws", () => {
  assert.equal(axesOfPad(STANDARD_MAP, [0, -1, 0, 0], REST).ahead, 1);
  assert.equal(axesOfPad(STANDARD_MAP, [-1, 0, 0, 0], REST).left, 1);
  const close = [...REST];
  close[7] = 1;
  assert.equal(axesOfPad(STANDARD_MAP, [0, 0, 0, 0], close).grip, -1);
});

test("a missing axis or button is rest", () => {
  assert.deepEqual(Object.values(axesOfPad(STANDARD_MAP, [], [])), [0, 0, 0, 0, 0, 0]);
});

test("a button acts once when it goes down", () => {
  const down = [...REST];
  down[9] = 1;
  assert.deepEqual(pressedActions(STANDARD_MAP, REST, down), ["advance"]);
  assert.deepEqual(pressedActions(STANDARD_MAP, down, down), []);
});

test("a whole session works with the pad alone", () => {
  for (const name of /** @type {const} */ (["advance", "success", "partial", "failure", "again", "control", "estop"])) {
    assert.notEqual(STANDARD_MAP.buttons[name], null, name);
  }
  for (const { name } of PAD_AXES) assert.notEqual(STANDARD_MAP.axes[name], null, name);
});

test("no button of the standard map has two meanings", () => {
  const pairs = Object.values(STANDARD_MAP.axes).flatMap((source) => (source && "plus" in source ? [source.plus, source.minus] : []));
  const used = [...Object.values(STANDARD_MAP.buttons).filter((index) => index !== null), ...pairs];
  assert.equal(new Set(used).size, used.length);
});

test("a stored map comes back; a broken one is the standard map", () => {
  const own = withButton(STANDARD_MAP, "undo", 4);
  assert.deepEqual([own.buttons.undo, own.buttons.arrange], [4, null], "a button means one thing");
  assert.deepEqual(readMap(JSON.stringify(own)), own);
  for (const text of [null, "", "{", "{}", '{"version":2}', JSON.stringify({ ...own, axes: { ahead: { axis: "x", sign: 1 } } })]) {
    assert.equal(readMap(text), STANDARD_MAP);
  }
});

test("a map of before there were more actions gets their buttons, unless they are taken", () => {
  const { arrange: _a, skip: _s, ...known } = STANDARD_MAP.buttons;
  const old = { ...STANDARD_MAP, buttons: { ...known, undo: 4 } };
  const { buttons } = readMap(JSON.stringify(old));
  assert.deepEqual([buttons.undo, buttons.arrange, buttons.skip], [4, null, 5]);
});

test("teaching hears the control that moved most", () => {
  assert.deepEqual(movedControl([0, 0], [0.1, -0.9], REST), { axis: 1, sign: -1 });
  assert.equal(movedControl([0, -0.9], [0, -0.9], REST), null, "a stick that always stood there did not move");
  const down = [...REST];
  down[3] = 1;
  assert.deepEqual(movedControl([0, 0], [0, 0], down), { button: 3 });
});

test("every source has a name on the screen", () => {
  for (const { name } of PAD_AXES) assert.match(sourceName(STANDARD_MAP.axes[name], true), /stick|D-|LT|RT/);
  assert.equal(sourceName(null, true), "none");
  assert.equal(sourceName({ axis: 7, sign: 1 }, false), "axis 7");
  assert.equal(PAD_ACTIONS.length, Object.keys(STANDARD_MAP.buttons).length);
});
