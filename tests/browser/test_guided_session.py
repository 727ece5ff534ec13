"""A plan recorded to its end in real Chromium, following the targets; one camera is nudged, found and mended.

The scripted demonstrator drives; everything else is pressed on the page. What
the dataset says afterwards is read with pyarrow and with LeRobot.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, expect

from app.guidance.plan import Plan
from app.guidance.targets import all_targets
from tests.browser.record import RecordPage
from tests.datasets.oracle import Oracle
from tests.guided import PLAN, give_plan
from tests.studio import RunningStudio

pytestmark = [pytest.mark.browser, pytest.mark.alone]

DATASET = "guided"
LONG_S = 90.0
NUDGED_BEFORE = 4
KEYS = {"success": "s", "partial": "p", "failure": "f"}
PLACED = "m.store.state.guidance.target?.state === 'in_place'"
MENDED = """m.store.state.checks.lights.flatMap((light) => light.findings)
  .some((one) => one.check === 'camera_moved' && one.subject === 'top' && one.level === 'ok')"""
SHORT = {"clusters": (PLAN.cluster("a"), PLAN.cluster("d")), "held_out": ("d",)}
"""Two clusters of two positions, one held out, and a recovery: five takes, each kind of them there."""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("data"), rig="simulator").start()
    yield running
    assert running.stop() == 0


class GuidedPage(RecordPage):
    """The Record page of somebody who follows the plan."""

    def lay(self) -> None:
        """ "Place it for me", as soon as the arm is home, until the page is green and Start is open."""
        if not self.holds(PLACED):
            self.insist(lambda: self.page.keyboard.press("b"), PLACED, "[data-do=place][aria-disabled=false]")
        self.page.wait_for_selector("guide-bar[data-tone=in_place]", timeout=1000 * LONG_S)
        self.until("!m.store.state.guidance.homing && !m.store.state.recorder.start_blocked", LONG_S)

    def perform(self) -> str:
        """A take of one demonstration; the outcome as the simulator judges it, by which it is saved."""
        self.begin()
        self.says("RECORDING")
        self.page.click("[data-do=demonstrate][aria-disabled=false]")
        self.until("m.store.state.rig.demonstrating", LONG_S)
        self.until("!m.store.state.rig.demonstrating && m.store.state.rig.outcome", LONG_S)
        outcome = self.store("rig.outcome")
        saved = self.store("recorder.saved_episodes")
        filled = self.store("guidance.progress.done") + (outcome != "failure")
        self.page.keyboard.press(KEYS[outcome])
        self.until(f"m.store.state.recorder.saved_episodes === {saved + 1}", LONG_S)
        self.until(f"m.store.state.guidance.progress.done === {filled}", LONG_S)
        return outcome

    def answer_checklist(self) -> None:
        """The first Start of a session asks; six times yes."""
        self.begin()
        for answered in range(1, len(self.store("guidance.checklist")) + 1):
            self.page.keyboard.press("Space")
            self.until(f"m.store.state.guidance.checklist.filter((line) => line.answer).length === {answered}")
        self.page.wait_for_selector("checklist-dialog dialog:not([open])", state="attached")

    def nudge_and_mend(self) -> None:
        """The top camera turns by a degree: the page says so and Start is closed, until it is turned back."""
        self.page.click("try-checks summary")
        self.page.click("[data-trial='nudge.top']")
        self.page.wait_for_selector(".ready-row[data-key='camera.top'][data-level=block]", timeout=1000 * LONG_S)
        self.says("NOT READY")
        expect(self.page.locator("[data-part=detail]")).to_contain_text("top camera has moved")
        self.page.keyboard.press("Space")
        expect(self.page.locator(".action-problem")).to_contain_text("top camera has moved")
        assert self.state["recorder"]["phase"] == "idle"
        assert self.store("checks.disturbances") == [{"name": "nudge.top", "amount": 1, "unit": "°"}]
        self.page.click("[data-trial='nudge.top']")
        self.until(MENDED, LONG_S)


@pytest.fixture(scope="module")
def asked() -> list[tuple]:
    """What the page asked for, take by take: the first test records it, the second reads it back."""
    return []


@pytest.mark.timeout(600)
def test_a_plan_is_recorded_to_its_end_and_the_dataset_says_exactly_what_happened(
    page: Page, studio: RunningStudio, asked: list[tuple]
) -> None:
    with ThreadPoolExecutor(1) as elsewhere:  # Playwright's loop runs in this thread, and the stores use the disk
        plan = elsewhere.submit(lambda: give_plan(studio, DATASET, **SHORT)).result()
    record = GuidedPage(page, studio).open()
    setup = {"type": "record.setup", "dataset": DATASET, "operator": "Ada"}
    assert studio.ask("/api/command", "POST", setup)[0] == 200
    record.until("m.store.state.checks.reference.present && !m.store.state.checks.reference.capturing", LONG_S)
    record.lay()
    record.answer_checklist()
    outcomes = []
    while (target := record.store("guidance")["target"]) is not None:
        assert len(asked) < 2 * plan.total_takes, f"the plan does not end: {asked}"
        asked.append((target["cluster"], target["position"], target["kind"], target["cause"]))
        expect(page.locator("guide-bar [data-part=instruction]")).not_to_be_empty()
        if len(asked) == NUDGED_BEFORE:
            record.nudge_and_mend()
        record.lay()
        outcomes.append(record.perform())
    assert "fulfilled" in record.store("guidance.off")
    assert record.store("guidance.progress.share.by_episodes") == plan.recovery_takes / plan.total_takes
    folder = studio.data_dir / "datasets" / DATASET
    check_columns(folder, plan, asked, outcomes)


@pytest.mark.lerobot
def test_lerobot_reads_the_same_columns(studio: RunningStudio, asked: list[tuple]) -> None:
    assert asked, "recorded by the test before this one"
    dataset = Oracle.load().open(studio.data_dir / "datasets" / DATASET)
    assert dataset.num_episodes == len(asked)
    episodes = dataset.meta.episodes
    columns = [f"studio/{name}" for name in ("cluster", "position", "kind", "recovery_cause")]
    assert [tuple(episode[column] for column in columns) for episode in episodes] == asked
    assert len(dataset) == sum(episodes["length"])
    last = dataset[len(dataset) - 1]
    assert last["episode_index"].item() == len(asked) - 1
    assert last["observation.images.top"].shape == (3, 480, 640)


def check_columns(folder: Path, plan: Plan, asked: list[tuple], outcomes: list[str]) -> None:
    """Every column of every episode against what was asked for on the page, in its order."""
    files = sorted((folder / "meta/episodes").rglob("*.parquet"))
    rows = [row for file in files for row in pq.read_table(file).to_pylist()]
    rows.sort(key=lambda row: row["episode_index"])
    told = [{name.removeprefix("studio/"): row[name] for name in row if name.startswith("studio/")} for row in rows]
    assert [(t["cluster"], t["position"], t["kind"], t["recovery_cause"]) for t in told] == asked
    assert [t["outcome"] for t in told] == outcomes
    counted = [ask for ask, outcome in zip(asked, outcomes, strict=True) if outcome != "failure"]
    wanted = {(t.cluster, t.position, str(t.kind), t.cause): t for t in all_targets(plan)}
    assert sorted(counted) == sorted(wanted), "each target once, the held-out cluster among them"
    for facts in told:
        target = wanted[facts["cluster"], facts["position"], facts["kind"], facts["recovery_cause"]]
        check_one(facts, plan, target)


def check_one(facts: dict[str, Any], plan: Plan, target: Any) -> None:
    mark = target.placement
    assert (facts["plan_version"], facts["operator"], facts["driver"]) == (1, "Ada", "demonstrator")
    assert (facts["target_x_cm"], facts["target_y_cm"]) == (mark.x_cm, mark.y_cm)
    assert facts["target_yaw_deg"] == mark.yaw_deg
    assert facts["placed_source"] in ("seen", "simulator")
    assert facts["override_reason"] == ""
    checks = json.loads(facts["checks"])
    assert checks["camera_moved:top"]["level"] == "ok", "the nudged camera was mended before anything was recorded"
    assert checks["rows_and_frames"]["level"] == "ok"
    assert {"light_level:top", "gripper_use", "missed_ticks", "calibration", "start_pose"} <= set(checks)
    if facts["kind"] == "nominal":
        off_cm = math.hypot(facts["placed_x_cm"] - mark.x_cm, facts["placed_y_cm"] - mark.y_cm)
        assert off_cm <= plan.tolerance.position_cm
        assert checks["start_pose"]["level"] == "ok"
