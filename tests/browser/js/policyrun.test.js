// What may be done with a policy on the arm, and what its figures are called.

import assert from "node:assert/strict";
import { test } from "node:test";
import { banner } from "../../../static/js/model/banner.js";
import { emulatedWords, policyHolds, runBanner, runButtons, runFigures, runPress, runWord, spans, startReason } from "../../../static/js/model/policyrun.js";
import { ruleOf, scoreWords, successAnswer, trialOf } from "../../../static/js/model/evaluations.js";
import { inputOf, pushOf, STILL } from "../../../static/js/model/jog.js";
import { idleState } from "./state.js";

const FIGURES = {
  queue: 5, horizon: 20, steps: 40, looks: 4, refused: 0, starved_ticks: 0, longest_stall_s: 0, late_rows: 2, age_p50_ms: 60, age_p95_ms: 90, age_max_ms: 95,
  policy_hz: 1.2, control_hz: 60, latency: [{ stage: "", p50_ms: 20, p95_ms: 30, looks: 4 }], smoothness: { seams: 3, seam_p95: 1, seam_max: 2, inside_p95: 0.8, inside_max: 1, jerk: 1234.5 }, warnings: [],
};
const RUN = { number: 1, phase: "executing", reason: "", policy: "exports/a", strategy: "asynchronous", fallback: "hold", emulated: "", by: "me", taken_over_by: "", takeovers: 0, elapsed_s: 3, dataset: "", take: false, episodes: 0, figures: FIGURES };
const FEASIBLE = { colour: "green", measured: true, p50_s: 0.02, p95_s: 0.05, execute_s: 2, delay_steps: 1, smallest_threshold: 0.05, highest_hz: 200, rate_hz: 10, sentences: ["Fine."], remedies: [], emulated: "" };

/** @param {any} run @param {any} [policy] @param {any} [lease] */
function view(run, policy = {}, lease = {}) {
  const state = /** @type {any} */ (idleState());
  state.policy = { phase: "ready", start_blocked: "", feasibility: FEASIBLE, opened: { name: "exports/a" }, choice: {}, ...policy, run };
  state.lease = { ...state.lease, ...lease };
  return { connected: true, state };
}
const actions = (/** @type {any} */ of, yes = false) => runButtons(of, yes).map((one) => one.action);
const press = (/** @type {string} */ action, outcome = undefined) => /** @type {any} */ ({ action, outcome });

test("nothing runs: only Start, with its reason, and red needs a yes", () => {
  assert.deepEqual(actions(view(null)), ["start"]);
  assert.equal(runButtons(view(null, { start_blocked: "Open a policy first." }), false)[0].reason, "Open a policy first");
  const red = view(null, { feasibility: { ...FEASIBLE, colour: "red" } });
  assert.match(startReason(/** @type {any} */ (red.state).policy, false), /say yes/);
  assert.equal(startReason(/** @type {any} */ (red.state).policy, true), "");
});

test("while it runs a person may judge, take over, pause and stop; whoever took over hands back", () => {
  assert.deepEqual(actions(view(RUN)), ["finish", "finish", "finish", "takeover", "pause", "stop"]);
  assert.ok(actions(view({ ...RUN, phase: "held" })).includes("resume"));
  const over = { ...RUN, phase: "taken_over", taken_over_by: "Ann", takeovers: 1 };
  assert.equal(runButtons(view(over, {}, { mine: true }), false).find((one) => one.action === "handback")?.enabled, true);
  assert.equal(runButtons(view(over, {}, { held: true }), false).find((one) => one.action === "handback")?.reason, "Ann has the arm");
  assert.equal(runButtons(view(over, {}, { held: false }), false).find((one) => one.action === "handback")?.enabled, true, "Ann let go of it");
});

test("keys mean what stands on the buttons, and another recording key means nothing", () => {
  assert.equal(runPress(press("advance"), view(null), false)?.action, "start");
  assert.equal(runPress(press("advance"), view(RUN), false)?.action, "pause");
  assert.equal(runPress(press("control"), view(RUN), false)?.action, "takeover");
  assert.equal(runPress(press("save", /** @type {any} */ ("partial")), view(RUN), false)?.outcome, "partial");
  assert.equal(runPress(press("again"), view(RUN), false), null);
  assert.equal(runPress(press("save", /** @type {any} */ ("success")), view(null), false), null);
});

test("the banner says what the policy does, and an injected latency is always named", () => {
  assert.equal(banner(view(RUN)).word, "RUNNING");
  assert.equal(banner(view({ ...RUN, phase: "ended" })).word, "READY");
  assert.match(banner(view({ ...RUN, phase: "starved", emulated: "2.86 s a look, emulated (i.MX 95)" })).detail, /EMULATED: 2.86 s a look \(i.MX 95\)/);
  assert.equal(runWord(/** @type {any} */ (view({ ...RUN, phase: "taken_over", taken_over_by: "Ann" }).state))?.word, "TAKEN OVER");
  assert.equal(emulatedWords("2.86 s a look, emulated (x)"), "2.86 s a look (x)");
});

test("a rate outside what is wanted is marked", () => {
  const marked = runFigures(/** @type {any} */ (RUN)).filter((one) => one.warn).map((one) => one.label);
  assert.deepEqual(marked, ["Policy rate"]);
});

test("the picture of feasibility has no queue where the arm stops to think", () => {
  const kinds = (/** @type {string} */ mode) => spans(/** @type {any} */ (FEASIBLE), 0.5, mode).map((one) => one.kind);
  assert.deepEqual(kinds("asynchronous"), ["chunk", "left", "p95", "p50"]);
  assert.deepEqual(kinds("synchronous"), ["chunk", "p95", "p50"]);
});

test("a trial in which a person took over is a failure of the policy", () => {
  const planned = { number: 3, entrant: "a", place: /** @type {any} */ ({ key: "1/0", cluster: "1" }) };
  const alone = trialOf(planned, /** @type {any} */ (RUN), "success", "");
  assert.deepEqual([alone.outcome, alone.measured.taken_over, alone.measured.latency_p95_ms], ["success", false, 30]);
  const helped = trialOf(planned, /** @type {any} */ ({ ...RUN, takeovers: 1 }), "success", "slipped_grasp");
  assert.deepEqual([helped.outcome, helped.measured.story], ["failure", "taken over: slipped grasp"]);
});

test("success on the map is of judged trials of that policy, and a cluster that was not tried says so", () => {
  const score = { successes: 1, trials: 2, share: 0.5, low: 0.1, high: 0.9, partial: 0, broken: 0, strict_share: 0.5, strict_low: 0, strict_high: 1 };
  const ground = /** @type {any} */ ({ survey: { layer: "density", clusters: [{ name: "1", held_out: false }, { name: "2", held_out: true }], cells: { i: [1] } } });
  const place = { key: "p", x_cm: 20, y_cm: 1, yaw_deg: 0 };
  const trial = (/** @type {any} */ more) => ({ number: 1, entrant: "a", place: "p", ended: "judged", outcome: "success", story: "", taken_over: false, ...more });
  const detail = /** @type {any} */ ({ summary: { eval_dataset: "eval_x" }, evaluation: { places: [place] }, results: { entrants: [{ key: "a", clusters: [{ name: "1", score }] }], failures: [] }, trials: [trial({}), trial({ number: 2, ended: "crashed", outcome: "" }), trial({ number: 3, entrant: "b" })] });
  const { survey } = successAnswer(ground, detail, "a");
  assert.equal(survey.marks.of, 1);
  assert.deepEqual(survey.clusters.map((one) => [one.filled, one.planned]), [[1, 2], [0, 0]]);
  assert.match(survey.clusters[1].words ?? "", /not tried/);
  assert.equal(scoreWords(score), "1 of 2, 50 %");
});

test("a protocol's rule is the simulator's choice or the lead's words, and an empty field is the default", () => {
  const typed = { limit: "", success: "held_over", seconds: "2", rule: " In the cup. " };
  assert.deepEqual(ruleOf("simulator", typed), { success: "held_over", success_s: 2 });
  assert.deepEqual(ruleOf("operator", { ...typed, limit: "20" }), { limit_s: 20, rule: "In the cup." });
  assert.deepEqual(ruleOf("simulator", { ...typed, success: "in_goal", seconds: "" }), { success: "in_goal", success_s: 0 });
});

test("a stopped run waits for its word, and the keys that judge say it", () => {
  const stopped = view({ ...RUN, phase: "ended", take: true });
  assert.deepEqual(actions(stopped), ["judge", "judge", "judge", "drop"]);
  assert.equal(runPress(press("save", /** @type {any} */ ("failure")), stopped, false)?.outcome, "failure");
  assert.equal(runPress(press("discard"), stopped, false)?.action, "drop");
  assert.deepEqual(actions(view({ ...RUN, phase: "ended", take: false })), ["start"]);
});

test("moving an input takes the arm only from a policy, and says what it came from", () => {
  const held = { held: true, rank: "program", mine: false };
  assert.equal(policyHolds(view(RUN, {}, held)), true);
  assert.equal(policyHolds(view({ ...RUN, phase: "ended" }, {}, held)), false);
  assert.equal(policyHolds(view(RUN, {}, { ...held, rank: "person" })), false);
  assert.equal(policyHolds({ ...view(RUN, {}, held), connected: false }), false);
  assert.equal(pushOf({ ...STILL, up: -0.4, grip: 0.1 }), 0.4);
  assert.equal(inputOf({ ...STILL, up: 0.1 }, new Set(), "keyboard"), "gamepad");
  assert.equal(inputOf(STILL, new Set(["up"]), "keyboard"), "touch");
  assert.equal(inputOf(STILL, new Set(), "gamepad"), "gamepad");
});

test("where policies are run the banner's key starts the policy, or the reason why not stands there", () => {
  const ready = view(null).state;
  assert.deepEqual([runBanner(banner(view(null)), ready.policy, false).next, runBanner(banner(view(null)), ready.policy, false).detail], ["[Space] starts the policy", ""]);
  const closed = view(null, { start_blocked: "Open a policy first." });
  const told = runBanner(banner(closed), closed.state.policy, false);
  assert.deepEqual([told.word, told.next, told.detail], ["READY", "", "Open a policy first"]);
  const going = view(RUN);
  assert.deepEqual(runBanner(banner(going), going.state.policy, false), banner(going), "a run has its own words");
});
