import assert from "node:assert/strict";
import { test } from "node:test";
import { buttons } from "../../../static/js/model/actionbar.js";
import { advance, gate } from "../../../static/js/model/gate.js";
import { SAVED, TAKE, view } from "./state.js";

const PHASES = /** @type {const} */ (["idle", "countdown", "recording", "paused", "deciding", "saving"]);
const ACTIONS = /** @type {const} */ ([
  "start", "cancel", "stop", "pause", "resume", "save", "finish", "again", "discard", "undo", "recovery", "advance", "setup",
]);

/** What the recorder's transition table allows, phase by phase. */
const ALLOWED = {
  idle: ["start", "advance", "setup"],
  countdown: ["cancel"],
  recording: ["cancel", "stop", "pause", "save", "finish", "again", "discard", "recovery", "advance"],
  paused: ["cancel", "stop", "resume", "save", "finish", "again", "discard", "advance"],
  deciding: ["save", "finish", "again", "discard", "advance"],
  saving: [],
};

test("each phase allows exactly the actions of the transition table", () => {
  for (const phase of PHASES) {
    const take = phase === "idle" || phase === "countdown" ? null : TAKE;
    const allowed = ACTIONS.filter((action) => gate(view({ phase, take }), action).enabled);
    assert.deepEqual(allowed.sort(), [...ALLOWED[phase]].sort(), phase);
  }
});

test("whatever is disabled says why, and what is enabled says nothing", () => {
  for (const phase of PHASES) {
    for (const action of ACTIONS) {
      const { enabled, reason } = gate(view({ phase }), action);
      assert.equal(reason === "", enabled, `${action} while ${phase}: "${reason}"`);
    }
  }
});

test("nothing is possible without a connection", () => {
  for (const action of [...ACTIONS, /** @type {const} */ ("control"), /** @type {const} */ ("reset")]) {
    assert.equal(gate({ ...view(), connected: false }, action).enabled, false, action);
    assert.equal(gate({ connected: true, state: null }, action).enabled, false, action);
  }
});

test("a blocked Start carries the server's reason", () => {
  assert.deepEqual(gate(view({ start_blocked: "Plug camera left in." }), "start"), { enabled: false, reason: "Plug camera left in." });
});

test("a take without a frame cannot be saved", () => {
  assert.equal(gate(view({ phase: "recording", take: { ...TAKE, rows: 0 } }), "save").enabled, false);
});

test("undo needs a save that may be undone", () => {
  assert.equal(gate(view({ last_saved: SAVED }), "undo").enabled, true);
  assert.equal(gate(view({ last_saved: { ...SAVED, undoable: false } }), "undo").enabled, false);
  assert.equal(gate(view({ last_saved: SAVED, phase: "recording", take: TAKE }), "undo").enabled, false);
});

test("Space goes one step forward in every phase", () => {
  assert.equal(advance(view()), "start");
  assert.equal(advance(view({ phase: "recording" })), "stop");
  assert.equal(advance(view({ phase: "paused" })), "resume");
  assert.equal(advance(view({ phase: "deciding" })), "save");
});

test("a stopped arm can neither be driven nor taken, only reset", () => {
  const stopped = view({}, { phase: "stopped" }, { held: true, mine: true });
  assert.equal(gate(stopped, "drive").enabled, false);
  assert.equal(gate(stopped, "control").enabled, false);
  assert.equal(gate(stopped, "start").enabled, false, "also before the server says so in start_blocked");
  assert.equal(gate(stopped, "reset").enabled, true);
  assert.equal(gate(view(), "reset").enabled, false);
});

test("driving needs control, and a person's control is not taken by the demonstrator", () => {
  assert.equal(gate(view(), "drive").reason, "Take control first");
  assert.equal(gate(view({}, {}, { held: true, mine: true }), "drive").enabled, true);
  assert.equal(gate(view({}, {}, { held: true, rank: "person", label: "Jo" }), "demonstrate").reason, "Jo has control");
});

test("a new placement waits for the take, the demonstrator and another person", () => {
  assert.equal(gate(view(), "place").enabled, true);
  assert.equal(gate(view({}, {}, { held: true, mine: true, rank: "person" }), "place").enabled, true);
  assert.equal(gate(view({}, {}, { held: true, rank: "person", label: "Jo" }), "place").reason, "Jo has control");
  assert.equal(gate(view({}, {}, { held: true, rank: "program", label: "A policy" }), "place").reason, "A policy has control");
  assert.equal(gate(view({}, { demonstrating: true }), "place").reason, "The demonstrator is at work");
  assert.equal(gate(view({}, { phase: "stopped" }), "place").reason, "Stopped: reset first");
  assert.match(gate(view({}, { simulated: false }), "place").reason, /by hand/);
  for (const phase of PHASES) {
    assert.equal(gate(view({ phase, take: phase === "idle" ? null : TAKE }), "place").enabled, phase === "idle", phase);
  }
});

test("after a success a demonstration may start where the bag may be put back first", () => {
  assert.equal(gate(view({}, { outcome: "success" }), "demonstrate").enabled, true);
  const recording = view({ phase: "recording", take: TAKE }, { outcome: "success" });
  assert.equal(gate(recording, "demonstrate").reason, "The bag is in the mug");
  assert.equal(gate(view({ phase: "recording", take: TAKE }), "demonstrate").enabled, true);
});

test("every button of the bar follows the gate and keeps its place", () => {
  for (const phase of PHASES) {
    const current = view({ phase, take: TAKE, last_saved: SAVED });
    const list = buttons(current);
    const places = [...new Set(list.map((button) => button.place))];
    assert.deepEqual(places, ["forward", "back", "side", "pause", "recovery"], phase);
    for (const button of list) {
      const { enabled, reason } = gate(current, button.action);
      assert.deepEqual([button.enabled, button.reason], [enabled, reason], `${button.label} while ${phase}`);
    }
  }
});

test("the leader arm is followed by whoever has control, and says why it is not", () => {
  const leader = { name: "leader a", following: false, problem: "" };
  assert.equal(gate(view(), "lead").reason, "This rig has no leader arm");
  assert.equal(gate(view({}, { leader }), "lead").reason, "Take control first");
  assert.ok(gate(view({}, { leader }, { held: true, mine: true }), "lead").enabled);
  const silent = { ...leader, problem: "The leader's wrist_roll does not answer." };
  assert.equal(gate(view({}, { leader: silent }, { held: true, mine: true }), "lead").reason, silent.problem);
  assert.ok(gate(view({}, { leader: { ...silent, following: true } }, { held: true, mine: true }), "lead").enabled, "letting go");
});
