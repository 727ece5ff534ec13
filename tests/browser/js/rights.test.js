import assert from "node:assert/strict";
import { test } from "node:test";
import { gate } from "../../../static/js/model/gate.js";
import { actionRefusal, brief, refusal } from "../../../static/js/model/rights.js";
import { idleState } from "./state.js";

const WHY = "A viewer cannot move the arm; ask a lead.";
const viewer = () => ({ ...idleState(), identity: { user: "v", role: "viewer", client: "t", denied: [{ right: "drive", why: WHY }, { right: "record", why: "A viewer cannot record; ask a lead." }] } });

test("a dead button says the studio's own sentence", () => {
  const view = { connected: true, state: viewer() };
  for (const action of /** @type {const} */ (["control", "drive", "home", "reset", "place"])) assert.deepEqual(gate(view, action), { enabled: false, reason: WHY });
  assert.equal(gate(view, "start").reason, "A viewer cannot record; ask a lead.");
});

test("whoever has the right is not refused, and an unknown state refuses nothing", () => {
  assert.equal(actionRefusal(idleState(), "control"), "");
  assert.equal(refusal(viewer(), "look"), "");
  assert.equal(refusal(null, "drive"), "");
});

test("where there is little room, whom to ask is enough", () => {
  assert.equal(brief(WHY), "ask a lead");
  assert.equal(brief("An operator cannot manage accounts; ask an admin."), "ask an admin");
  assert.equal(brief("No take is running"), "No take is running");
});
