"""The Deploy page in Chromium: an export's report, two compared, and an export that runs on the arm for four trials."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.deployed import export_toys
from tests.browser.guided_page import PAD, Gamepad
from tests.browser.record import RecordPage
from tests.datasets.oracle import Oracle
from tests.studio import RunningStudio, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports to put in place when a test wants them; made before Playwright's event loop runs in this thread."""
    made = tmp_path_factory.mktemp("exported")
    export_toys(made, tmp_path_factory.mktemp("work"))
    return made / "exports"


@pytest.fixture(scope="module")
def studio(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """A studio in which nothing was recorded, trained or exported."""
    running = RunningStudio(tmp_path_factory.mktemp("data")).start()
    yield running
    assert running.stop() == 0


def test_an_empty_studio_is_told_what_comes_first_and_a_path_can_still_be_exported(
    page: Page, studio: RunningStudio, tmp_path: Path
) -> None:
    page.goto(f"{studio.url}/deploy")
    expect(page.get_by_role("link", name="Record the first episode")).to_be_visible()
    page.get_by_role("link", name="Export a checkpoint that lies on this machine").click()
    start = page.get_by_role("button", name="Export", exact=True)
    expect(start).to_be_disabled()
    expect(page.locator("[data-part=problem]")).to_contain_text("Type the folder")
    features = {"observation.images.top": {"shape": [3, 480, 640]}}
    (tmp_path / "config.json").write_text(json.dumps({"type": "act", "input_features": features}))
    page.locator("input[name=path]").fill(str(tmp_path))
    page.locator("input[name=path]").blur()
    expect(page.locator(".checklist li")).to_have_count(5)
    expect(page.locator("[data-part=problem]")).to_contain_text("is not here")
    page.get_by_role("button", name="i.MX 95").click()
    expect(page.locator(".checklist")).to_contain_text("NXP's converter maps few operators")
    expect(start).to_be_disabled()


def test_a_report_explains_its_choice_and_two_are_compared(page: Page, studio: RunningStudio, exported: Path) -> None:
    shutil.copytree(exported, studio.data_dir / "models/exports")
    page.goto(f"{studio.url}/deploy")
    expect(page.locator("export-list tbody tr")).to_have_count(2)
    page.get_by_role("link", name="small", exact=True).click()
    expect(page.locator("export-view")).to_contain_text("It is the smallest of the mixes measured")
    expect(page.locator("pareto-plot .mark")).not_to_have_count(0)
    expect(page.locator("pareto-plot .mark[data-mark=chosen]")).to_have_count(1)
    page.get_by_role("button", name="Size").click()
    expect(page.locator("pareto-plot svg")).to_contain_text("MB")
    expect(page.locator("export-view")).to_contain_text("is not known")  # no stated factor for this family
    assert studio.status("/api/exports/small/report.html") == 200

    page.goto(f"{studio.url}/deploy")
    for name in ("fast", "small"):
        page.get_by_label(f"Compare {name}").check()
    page.get_by_role("link", name="Compare 2 exports").click()
    expect(page.locator("export-compare thead").first).to_contain_text("fast")
    expect(page.locator("export-compare")).to_contain_text("Error by joint")

    page.goto(f"{studio.url}/deploy/exports/fast")
    page.locator("[data-delete]").click()
    page.locator("[data-yes]").click()
    page.wait_for_url("**/deploy")
    expect(page.locator("export-list tbody tr")).to_have_count(1)
    (studio.data_dir / "models/exports/small/vision.onnx").unlink()
    page.reload()
    expect(page.locator("export-list")).to_contain_text("vision.onnx is missing")


TASK = "Put the tea bag in the mug."
LONG_MS = 120_000


def policy(studio: RunningStudio) -> dict[str, Any]:
    return studio.get("/api/studio")["policy"]


def moves_since(studio: RunningStudio, before: int | None) -> bool:
    run = policy(studio)["run"]
    return run is not None and run["number"] != before and run["figures"]["steps"] > 3


def begin_trial(page: Page, studio: RunningStudio) -> None:
    """Started, and watched until it moves the arm."""
    before = (policy(studio)["run"] or {}).get("number")
    open_ = page.locator("[data-action=start][aria-disabled=false]")
    asked = page.locator(".feasible .check input:not(:checked)")
    expect(open_.or_(asked).first).to_be_visible(timeout=LONG_MS)
    if asked.is_visible():  # it was timed while the machine stalled: a person says yes to that
        asked.click()
    expect(open_).to_be_visible(timeout=LONG_MS)
    page.locator("#content").focus()
    begun = f"(m.store.state.policy.run?.number ?? null) !== {json.dumps(before)}"
    start = "[data-action=start][aria-disabled=false]"
    RecordPage(page, studio).insist(lambda: page.keyboard.press("Space"), begun, start)
    wait_until(lambda: moves_since(studio, before), 60, "it moves the arm")


def take_over_and_hand_back(page: Page, studio: RunningStudio) -> None:
    """A held driving key takes the arm from the policy, and goes on moving it; T gives it back. So does a stick."""
    expect(page.locator(".drive-note")).to_contain_text("Moving anything here takes it over")
    expect(page.locator("run-figures")).to_contain_text("ms when executed, p50 / p95")
    expect(page.locator("run-figures .run-latency tbody")).to_contain_text(re.compile("a whole look.*vision.*decoder"))
    page.keyboard.down("j")
    expect(page.locator("[data-action=handback]")).to_be_visible(timeout=LONG_MS)
    expect(page.locator(".banner")).to_contain_text("has the arm")
    record = RecordPage(page, studio)
    at = record.tool_mm()
    record.until(f"Math.hypot(...(m.store.arm?.tool_mm ?? []).map((mm, i) => mm - {at}[i])) > 3")
    page.keyboard.up("j")
    page.get_by_role("button", name="Bag slipped out of the claws").click()
    hand_back(page, studio)
    touch_the_stick(page, studio)
    hand_back(page, studio)


def touch_the_stick(page: Page, studio: RunningStudio) -> None:
    """A gamepad's stick, moved while the policy drives, takes the arm by itself; one that rests does not."""
    page.evaluate(PAD)
    pad = Gamepad(page)
    pad.stick(0, 0.05)
    before = policy(studio)["run"]["figures"]["steps"]
    wait_until(lambda: policy(studio)["run"]["figures"]["steps"] > before + 3, 60, "a resting stick changes nothing")
    run = policy(studio)["run"]
    assert (run["phase"], run["takeovers"]) == ("executing", 1)
    pad.stick(0, -1.0)
    expect(page.locator("[data-action=handback]")).to_be_visible(timeout=LONG_MS)
    wait_until(lambda: "(gamepad)" in policy(studio)["run"]["taken_over_by"], 60, "by the gamepad")
    pad.stick(0, 0.0)


def hand_back(page: Page, studio: RunningStudio) -> None:
    page.locator("#content").focus()
    given = "m.store.state.policy.run?.phase !== 'taken_over'"
    RecordPage(page, studio).insist(lambda: page.keyboard.press("t"), given, "[data-action=handback]")
    wait_until(lambda: policy(studio)["run"]["phase"] == "executing", 60, "the policy goes on")


def stop_and_drop(page: Page) -> None:
    """Stopped, and what was recorded discarded: the trial was interrupted, and is run again."""
    page.keyboard.press("Delete")
    expect(page.locator("[data-action=judge]")).to_have_count(3, timeout=LONG_MS)
    page.keyboard.press("Delete")
    expect(page.locator("run-trial")).to_contain_text("Interrupted", timeout=LONG_MS)


def run_trial(page: Page, studio: RunningStudio, judge: str, *, how: str = "") -> None:
    """One trial, judged by key: while it runs, once it was stopped, or after a person took over."""
    begin_trial(page, studio)
    match how:
        case "taken over":
            take_over_and_hand_back(page, studio)
        case "stopped":
            stop_and_drop(page)
            begin_trial(page, studio)
            page.keyboard.press("Delete")
            expect(page.locator("[data-action=judge]")).to_have_count(3, timeout=LONG_MS)
    judged = "m.store.state.policy.run?.phase === 'ended' && !m.store.state.policy.run.take"
    RecordPage(page, studio).insist(lambda: page.keyboard.press(judge), judged)


@pytest.mark.lerobot
def test_an_export_runs_asynchronously_for_four_trials_and_one_is_taken_over(
    page: Page, studio: RunningStudio, exported: Path
) -> None:
    shutil.copytree(exported / "fast", studio.data_dir / "models/exports/four", dirs_exist_ok=True)
    plan = studio.get(f"/api/datasets/bricks/plan/default?task={quote(TASK)}")
    assert studio.ask("/api/datasets/bricks/plan", "PUT", {"plan": plan, "based_on": 0})[0] == 200
    clusters = [one["name"] for one in plan["clusters"] if one["name"] not in plan["held_out"]][:2]
    rule = "The tea bag lies in the mug."
    protocol = {
        "dataset": "bricks",
        "clusters": clusters,
        "training": 2,
        "held_out": 0,
        "judge": "operator",
        "rule": rule,
    }
    entrant = {"key": "four", "policy": "exports/four", "execution": {"mode": "asynchronous"}}
    asked = {"name": "four", "protocol": protocol, "entrants": [entrant]}
    status, answer = studio.ask("/api/evaluations", "POST", asked)
    assert (status, answer.get("planned")) == (201, 4), answer

    page.goto(f"{studio.url}/deploy/run?evaluation=four")
    expect(page.locator(".feasible")).to_have_attribute("data-level", re.compile("ok|warn|block"), timeout=LONG_MS)
    expect(page.locator("run-trial")).to_contain_text(rule)
    for number, judge in enumerate("sfps"):
        expect(page.locator("run-trial")).to_contain_text(f"{4 - number} trial", timeout=LONG_MS)
        run_trial(page, studio, judge, how={1: "stopped", 2: "taken over"}.get(number, ""))
    expect(page.locator("run-trial")).to_contain_text("Every trial was run", timeout=LONG_MS)
    assert policy(studio)["run"]["strategy"].startswith("asynchronous")

    page.get_by_role("link", name="See the results").click()
    expect(page.locator("coverage-map[data-map=success] .mark")).to_have_count(4, timeout=LONG_MS)
    expect(page.locator("coverage-map[data-map=density] svg")).to_be_visible()
    found = studio.get("/api/evaluations/four")
    judged = [trial for trial in found["trials"] if trial["ended"] == "judged"]
    assert [trial["outcome"] for trial in judged] == ["success", "failure", "failure", "success"]
    assert [trial["taken_over"] for trial in judged] == [False, False, True, False]
    assert [(one["number"], one["ended"]) for one in found["results"]["broken"]] == [(2, "interrupted")]
    assert found["results"]["entrants"][0]["all"]["successes"] == 2

    episodes = studio.get("/api/datasets/eval_four/episodes")["episodes"]
    assert [trial["episode"] for trial in judged] == [one["studio"]["uuid"] for one in episodes]
    with page.expect_response("**/api/evaluations/four/report") as report:
        page.goto(f"{studio.url}/api/evaluations/four/report")
    assert "/datasets/eval_four/episodes/1" in report.value.text()
    assert rule in report.value.text()
    page.goto(f"{studio.url}/deploy/evaluations/four")
    page.locator("evaluation-view summary", has_text="taken over: slipped grasp").click()
    page.get_by_role("link", name=re.compile("^Trial 3:")).click()
    expect(page).to_have_url(re.compile("/datasets/eval_four/episodes/2$"))
    assert [one["kind"] for one in episodes] == ["nominal", "nominal", "recovery", "nominal"]
    assert episodes[2]["studio"]["recovery_cause"] == "slipped_grasp"
    opened = Oracle.load().open(studio.data_dir / "datasets/eval_four")
    assert opened.num_episodes == 4
    helped = [float(value) for value in opened.hf_dataset["intervention"]]
    assert 0 < sum(helped) < len(helped)


def test_what_to_record_next_begins_the_operators_queue(page: Page, studio: RunningStudio) -> None:
    """After the trials above: what the plan lacks is put first by one press, and the Record page asks for it."""
    wanted = studio.get("/api/evaluations/four")["results"]["record_next"][0]["clusters"][0]
    page.goto(f"{studio.url}/deploy/evaluations/four")
    page.get_by_role("button", name=re.compile("first in the operator's queue")).click()
    page.wait_for_url("**/record")
    wait_until(lambda: target(studio) == wanted, 60, "the queue begins with it")
    assert studio.get("/api/studio")["recorder"]["dataset"] == "bricks"


def target(studio: RunningStudio) -> str:
    return (studio.get("/api/studio")["guidance"]["target"] or {}).get("cluster", "")


def test_a_pipeline_shows_its_plan_stops_at_a_gate_with_the_reason_and_goes_on(
    page: Page, studio: RunningStudio
) -> None:
    """The trials' own dataset: first it has no plan, then too few episodes; each time the page says so and goes on."""
    page.goto(f"{studio.url}/deploy")
    page.get_by_text("From a dataset to an evaluated policy, in one start").click()
    start = page.locator("pipeline-view [data-part=new]")
    start.locator("select[name=dataset]").select_option("eval_four")
    expect(start.locator(".pipeline li")).to_have_count(5)
    expect(start).to_contain_text("Train eval_four-quick by the preset quick")
    page.get_by_role("button", name="Start all of it").click()
    made = page.locator("pipeline-view [data-pipeline]")
    step = made.locator(".pipeline li")
    expect(step.nth(0)).to_have_attribute("data-level", "warn", timeout=LONG_MS)
    expect(step.nth(0)).to_contain_text("eval_four has no plan. Make one")
    expect(step.nth(1)).to_contain_text("waits")

    plan = studio.get(f"/api/datasets/eval_four/plan/default?task={quote(TASK)}")
    assert studio.ask("/api/datasets/eval_four/plan", "PUT", {"plan": plan, "based_on": 0})[0] == 200
    made.get_by_role("button", name="Go on", exact=True).click(timeout=LONG_MS)  # there once its job has ended
    expect(step.nth(0)).to_contain_text("may be learnt from, and 20 are asked for. Record more", timeout=LONG_MS)
    past = made.get_by_role("button", name="Pass the gate of “check” knowingly")
    expect(past).to_be_enabled(timeout=LONG_MS)
    found = pipeline(studio)
    assert (found["state"], [one["state"] for one in found["steps"]]) == ("stopped", ["stopped"] + ["waiting"] * 4)

    past.click()
    expect(step.nth(0)).to_contain_text("20 are asked for. Passed by decision.", timeout=LONG_MS)
    studio.ask(f"/api/jobs/{pipeline(studio)['job']}/cancel", "POST", None)  # training is not what is shown here
    wait_until(lambda: pipeline(studio)["state"] == "stopped", 60, "its job has ended")


def pipeline(studio: RunningStudio) -> dict[str, Any]:
    return studio.get("/api/pipelines")[0]


UNDER_A_FINGER = """() => {
  const box = document.createElement('div');
  box.style = 'position: fixed; inset: 0; z-index: 9';
  box.dataset.pressed = '';
  box.addEventListener('click', (event) => (box.dataset.pressed += ` ${event.target.dataset.meant}`));
  window.paint = (meant) => (box.innerHTML = `<button data-meant="${meant}">Press</button>`);
  document.body.append(box);
}"""


def test_a_button_painted_anew_under_a_finger_is_pressed_once(page: Page, studio: RunningStudio) -> None:
    """Panels follow the state several times a second, and a press takes a tenth of one."""
    page.goto(f"{studio.url}/deploy/run")
    page.wait_for_selector(".lease[data-kind]")
    page.evaluate(UNDER_A_FINGER)
    page.evaluate("paint('start')")
    page.mouse.move(20, 10)
    for meanwhile in ("", "paint('start')", "paint('stop')", ""):
        page.mouse.down()
        page.evaluate(meanwhile)
        page.mouse.up()
    expect(page.locator("[data-pressed]")).to_have_attribute("data-pressed", " start start stop")
