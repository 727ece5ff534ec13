import assert from "node:assert/strict";
import { test } from "node:test";
import { holder } from "../../../static/js/model/lease.js";
import { view } from "./state.js";

test("who has control is said to everybody", () => {
  assert.equal(holder(view()).text, "Nobody has control");
  assert.equal(holder(view({}, {}, { held: true, mine: true, label: "Ana" })).text, "You have control");
  const other = holder(view({}, {}, { held: true, rank: "person", label: "Jo" }));
  assert.equal(`${other.text} ${other.detail}`, "Jo has control");
  assert.equal(holder({ ...view(), connected: false }).kind, "unknown");
});

test("a leader that is driven to the arm is said to come, and then to be followed", () => {
  const mine = { held: true, mine: true };
  const leader = { name: "a", driven: true, following: true, problem: "" };
  const says = (/** @type {any} */ rig) => holder(view({}, { leader, ...rig }, mine)).detail;
  assert.match(says({ phase: "holding" }), /the leader comes to it/);
  assert.equal(says({ phase: "following" }), "Follows the leader arm");
});

test("a person is asked, a program is taken over from", () => {
  assert.equal(holder(view({}, {}, { held: true, rank: "person", label: "Jo" })).verb, "Ask for control");
  assert.equal(holder(view({}, {}, { held: true, rank: "program", label: "Demonstrator" })).verb, "Take over");
  assert.match(holder(view({}, {}, { held: true, rank: "person", label: "Jo", asked_by_me: true })).detail, /waiting/);
});

test("the holder sees who asks", () => {
  const asked = holder(view({}, {}, { held: true, mine: true, asked_label: "Jo" }));
  assert.equal(asked.asked, true);
  assert.equal(`${asked.text} ${asked.detail}`, "Jo asks for control");
});
