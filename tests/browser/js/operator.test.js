// The operator's page: what it says and draws, as pure functions of the state.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buttons } from "../../../static/js/model/actionbar.js";
import { counted } from "../../../static/js/model/banner.js";
import { chosenCause, isOpen, nextOption, NONE, options } from "../../../static/js/model/cause.js";
import { current, isDue, previous } from "../../../static/js/model/checklist.js";
import { heard, known } from "../../../static/js/model/cues.js";
import { gate } from "../../../static/js/model/gate.js";
import { guideLine } from "../../../static/js/model/guideline.js";
import { cells, worstOf } from "../../../static/js/model/lights.js";
import { miniMap } from "../../../static/js/model/minimap.js";
import { brackets, centre, drawn, isHigh, path, tick, viewBox, way } from "../../../static/js/model/overlay.js";
import { aboutTime, episodeWords, shareBars, timeWords } from "../../../static/js/model/progress.js";
import { numberWords, verdictOf } from "../../../static/js/model/verdict.js";
import { guidedState, OUTLINE, TAKE, TARGET } from "./state.js";

/** @param {ReturnType<typeof guidedState>} state */
const shown = (state) => ({ connected: true, state });
const line = (/** @type {any[]} */ ...parts) => guideLine(shown(guidedState(...parts)));
const RECOVERY = { ...TARGET, kind: "recovery", cause: "slipped_grasp", start: "slipped_grasp", instruction: "The bag slipped away." };
const PROGRESS = {
  done: 12, planned: 48, remaining: 36, station_remaining: 36, pace_s: 52, time_left_s: 1872,
  share: { planned: 0.2, by_episodes: 0.1, by_frames: 0.18, episodes: 20, recovery_episodes: 2, frames: 5000, recovery_frames: 900 },
};

test("the line says where the object goes, and turns green in place", () => {
  assert.deepEqual([line().tone, line().text], ["place", "4 cm towards the mug, turn left 30 degrees"]);
  const there = line({ target: { ...TARGET, state: "in_place", instruction: "in place" } });
  assert.deepEqual([there.tone, there.text, there.word], ["in_place", "In place", ""]);
  assert.match(line().detail, /Cluster 2, position 1/);
});

test("vision that is unsure says why and asks for the operator's word", () => {
  const target = {
    ...TARGET, state: "unseen", seen: null, placed_source: "", reason: "The arm hides part of the table.",
    instruction: "The arm hides part of the table. Put the tea bag 8 cm ahead of the arm.",
  };
  const unsure = line({ target });
  assert.deepEqual([unsure.tone, unsure.word, unsure.text], ["unsure", "give", "Put the tea bag 8 cm ahead of the arm"]);
  assert.match(unsure.detail, /unsure: the arm hides part/);
  assert.equal(gate(shown(guidedState({ target })), "word").enabled, true);
  const given = line({ target: { ...target, state: "in_place", word_given: true, placed_source: "operator" } });
  assert.deepEqual([given.tone, given.word, given.text], ["word", "take_back", "In place by your word"]);
});

test("the word does not count where the camera sees the object elsewhere", () => {
  assert.match(gate(shown(guidedState()), "word").reason, /sees it elsewhere/);
});

test("a recovery is asked for with its cause and its start state", () => {
  const asked = line({ target: { ...RECOVERY, state: "unseen", seen: null } });
  assert.deepEqual([asked.tone, asked.start, asked.text], ["arrange", "slipped_grasp", "The bag slipped away"]);
  assert.match(asked.detail, /^Recovery in cluster 2/);
});

test("while a take runs the line is silent but for a recovery and for trouble", () => {
  const during = { level: "fail", text: "The arm does not follow.", todo: "Let go.", key: "", check: "", label: "", numbers: [], subject: "", hard: true, snoozed: false };
  assert.equal(line({}, {}, { phase: "recording", take: TAKE }).tone, "none");
  assert.equal(line({}, {}, { phase: "recording", take: { ...TAKE, recovery_open: true } }).tone, "recovering");
  assert.deepEqual(line({}, { during: [during] }, { phase: "recording", take: TAKE }).text, "The arm does not follow.");
});

test("the verdict is said of the take that waits, reasons first", () => {
  const verdict = { uuid: "u", colour: "amber", reasons: ["It stood still.", "The path is long."], findings: [] };
  const deciding = { phase: "deciding", take: TAKE };
  const said = verdictOf(guidedState({}, { verdict }, deciding));
  assert.deepEqual([said?.colour, said?.first, said?.more], ["amber", "It stood still.", ["The path is long."]]);
  assert.equal(line({}, { verdict }, deciding).tone, "amber");
  assert.equal(verdictOf(guidedState({}, { verdict: { ...verdict, uuid: "another" } }, deciding))?.colour, "looking");
  assert.equal(verdictOf(guidedState({}, { verdict })), null, "a decided take has no verdict to decide by");
  assert.equal(numberWords({ name: "", label: "", value: 2.418, unit: "px" }), "2.42 px");
});

test("a recovery that was marked waits for its cause, one that was asked for has it", () => {
  const deciding = { phase: "deciding", take: { ...TAKE, recovery_rows: 20 } };
  const marked = guidedState({}, {}, deciding);
  assert.equal(isOpen(marked, NONE), true);
  const list = options(marked, NONE);
  assert.deepEqual(list.map(({ number, chosen }) => [number, chosen]), [[1, false], [2, false]]);
  const chosen = { uuid: "u", name: nextOption(list)?.name ?? "", pending: null };
  assert.equal(chosenCause(marked, chosen), "dropped_beside");
  assert.equal(nextOption(options(marked, chosen))?.name, "slipped_grasp");
  assert.equal(chosenCause(marked, { ...chosen, uuid: "the take before" }), "", "a choice is for one take");
  const asked = guidedState({ target: RECOVERY }, {}, { phase: "deciding", take: TAKE });
  assert.equal(isOpen(asked, NONE), false);
  assert.equal(chosenCause(asked, NONE), "slipped_grasp");
  assert.equal(options(guidedState({}, {}, { phase: "deciding", take: TAKE }), NONE).length, 0, "no recovery, no question");
  const cause = buttons(shown(marked)).find((button) => button.place === "recovery");
  assert.deepEqual([cause?.action, cause?.enabled], ["cause", true]);
});

test("the queue's wishes wait for the take, and need a plan", () => {
  const actions = /** @type {const} */ (["skip", "pin", "place"]);
  for (const action of actions) {
    assert.equal(gate(shown(guidedState()), action).enabled, true, action);
    assert.equal(gate(shown(guidedState({}, {}, { phase: "recording", take: TAKE })), action).enabled, false, action);
  }
  assert.match(gate(shown(guidedState()), "earlier").reason, /No earlier target/);
  assert.equal(gate(shown(guidedState({ place_for_me: "The reference is being captured." })), "place").reason, "The reference is being captured.");
  assert.equal(gate(shown(guidedState({ plan: null, target: null })), "skip").reason, "This dataset has no plan");
  assert.equal(gate(shown(guidedState({ plan: null, target: null })), "plan").enabled, true);
});

test("the drive home after a take does not hold up the next placement, a person does", () => {
  const lease = { ...guidedState().lease, held: true, rank: /** @type {const} */ ("program"), label: "Drive home" };
  assert.equal(gate(shown({ ...guidedState({ homing: true }), lease }), "place").enabled, true);
  assert.equal(gate(shown({ ...guidedState(), lease }), "place").reason, "Drive home has control");
});

test("a hard check closes Start before the recorder's section arrives, but not in practice", () => {
  const blocked = "The top camera has moved by 9.6 px. Turn it back.";
  assert.equal(gate(shown(guidedState({}, { blocked })), "start").reason, blocked);
  assert.equal(gate(shown(guidedState({}, { blocked }, { practice: true })), "start").enabled, true);
});

test("one light a thing: the worse of readiness and checks, always in the same order", () => {
  const ready = /** @type {const} */ ([
    { key: "arm", label: "Arm", level: "ok", text: "holding", todo: "" },
    { key: "camera.top", label: "Camera top", level: "ok", text: "30 fps", todo: "" },
    { key: "checks", label: "Checks", level: "block", text: "moved", todo: "" },
    { key: "writer", label: "Dataset", level: "ok", text: "d", todo: "" },
  ]);
  const top = { key: "camera.top", label: "Camera top", level: "fail", text: "It has moved.", todo: "Turn it back.", subject: "top", snoozed: 0, findings: [] };
  const light = { key: "light", label: "Light", level: "ok", text: "as before", todo: "", subject: "", snoozed: 0, findings: [] };
  const state = { ...guidedState({}, { lights: [top, light] }), ready };
  const all = cells(/** @type {any} */ (state));
  assert.deepEqual(all.map(({ key, level }) => [key, level]), [["arm", "ok"], ["camera.top", "block"], ["light", "ok"], ["writer", "ok"]]);
  assert.equal(worstOf(all)?.key, "camera.top");
  const mended = cells(/** @type {any} */ ({ ...state, checks: { ...state.checks, lights: [{ ...top, level: "ok" }, light] } }));
  assert.deepEqual(mended.map(({ key }) => key), all.map(({ key }) => key));
  assert.equal(mended[1].text, "30 fps");
  const taking = { ...state, recorder: { ...state.recorder, phase: "recording" }, checks: { ...state.checks, lights: [top] } };
  const during = cells(/** @type {any} */ (taking), all);
  assert.deepEqual(during.map(({ key }) => key), all.map(({ key }) => key), "no light leaves its place while a take runs");
  assert.deepEqual([during[2].level, during[2].text], ["unsure", "rests"]);
});

test("the checklist is asked at the first Start with a plan, once", () => {
  const items = [{ key: "a", text: "A", why: "", answer: true }, { key: "b", text: "B", why: "", answer: null }];
  assert.equal(isDue(guidedState({ checklist: items }), false), true);
  assert.equal(isDue(guidedState({ checklist: items }), true), false);
  assert.equal(isDue(guidedState({ checklist: items }, {}, { practice: true }), false), false);
  assert.equal(isDue(guidedState({ checklist: [items[0]] }), false), false);
  assert.equal(current(items), 1);
  assert.equal(previous(items)?.key, "a");
});

test("the map shows the table as the camera does: ahead is up, left is left", () => {
  const cluster = { size_x_cm: 10, size_y_cm: 10, outline_px: [], held_out: false, nominal: 3, nominal_planned: 10, recovery: 1, recovery_planned: 2, rejected: 0, pinned: false, first: null };
  const clusters = [{ ...cluster, name: "1", x_cm: 30, y_cm: 10 }, { ...cluster, name: "2", x_cm: 20, y_cm: -10, held_out: true, nominal: 10, recovery: 2 }];
  const map = miniMap(guidedState({ clusters }).guidance);
  assert.ok(map);
  const [far, near] = map.tiles;
  assert.ok(far.y < near.y && far.x < near.x);
  assert.deepEqual([far.count, far.done, near.done, near.heldOut, near.current], ["4", false, true, true, true]);
  assert.match(near.title, /10 of 10.*held out for validation/);
});

test("episodes, time and shares have their units and their counts", () => {
  assert.equal(episodeWords(PROGRESS), "Episode 13 of 48");
  assert.equal(timeWords(PROGRESS, ""), "31 min left at 52 s each");
  assert.equal(timeWords({ ...PROGRESS, station_remaining: 12 }, "2/3"), "31 min left at 52 s each, 12 of them here");
  assert.equal(aboutTime(7000), "1 h 57 min");
  const [episodes, frames] = shareBars(PROGRESS.share);
  assert.deepEqual([episodes.text, episodes.level], ["10 % (2 of 20)", "behind"]);
  assert.deepEqual([frames.text, frames.level], ["18 % (900 of 5000)", "ok"]);
  assert.deepEqual(counted(guidedState({ progress: PROGRESS })), { text: "12 / 48", label: "of the plan, 12 saved" });
});

test("the drawing keeps the server's pixels: a pixel's middle is a whole number", () => {
  assert.equal(viewBox(640, 480), "-0.5 -0.5 640 480");
  assert.equal(path(OUTLINE), "M100 210L110 210L110 200L100 200Z");
  assert.deepEqual(centre(OUTLINE), [105, 205]);
  const object = drawn(OUTLINE);
  assert.ok(object && object.front[0] > 110 && object.front[1] === 205, "the heading leaves through the front side");
  assert.match(tick(object), /^M105 205L/);
  const target = drawn(OUTLINE.map(([x, y]) => [x + 200, y]));
  assert.ok(target);
  const [begin, end] = way(object, target).slice(1).split("L").map((pair) => Number(pair.split(" ")[0]));
  assert.ok(105 < begin && begin < end && end < 305);
  assert.equal(way(object, object), "");
  assert.equal(brackets(OUTLINE).match(/M/g)?.length, 4);
  assert.equal(isHigh(OUTLINE.map(([x, y]) => [x, y - 180]), 480), true);
  assert.equal(isHigh(OUTLINE, 480), false);
});

test("in place, a failed check and the verdict are heard once, and nothing when a page opens", () => {
  const before = known(guidedState());
  assert.equal(heard(null, guidedState()), null);
  assert.equal(heard(before, guidedState()), null);
  const there = guidedState({ target: { ...TARGET, state: "in_place" } });
  assert.deepEqual(heard(before, there), { cue: "in_place", say: "In place" });
  assert.equal(heard(known(there), there), null);
  const blocked = guidedState({}, { blocked: "The top camera has moved." });
  assert.deepEqual(heard(before, blocked), { cue: "check", say: "The top camera has moved." });
  const next = heard(before, guidedState({ target: { ...TARGET, key: "3/0", cluster: "3" } }));
  assert.equal(next?.say, "Cluster 3, position 1. 4 cm towards the mug, turn left 30 degrees");
  const verdict = { uuid: "u", colour: "red", reasons: ["The camera moved."], findings: [] };
  const deciding = { phase: "deciding", take: TAKE };
  const said = heard(known(guidedState({}, {}, deciding)), guidedState({}, { verdict }, deciding));
  assert.deepEqual(said, { cue: "verdict_red", say: "Bad take. The camera moved." });
});
