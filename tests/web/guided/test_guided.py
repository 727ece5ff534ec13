"""Guided recording over the wire: the simulated studio, its own cameras, and what the dataset says afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.datasets import Review, ReviewLog, ReviewVerdict
from tests.guided import PLAN, columns, give_plan, guided, marked, placed, rows, saved
from tests.studio import Program, RunningStudio

FAR = ((15.0, -5.0), (70.0, -5.0), (70.0, 20.0), (15.0, 20.0))

pytestmark = [pytest.mark.serial, pytest.mark.alone]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("guided"), "simulator").start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def ada(studio: RunningStudio) -> Iterator[Program]:
    with studio.program("ada") as program:
        yield program
        if program.state["recorder"]["phase"] not in ("idle", "countdown"):
            program.must("record.discard")
        for command in ({"type": "disturb", "name": "clear"}, {"type": "checks.override", "reason": ""}):
            program.must(command.pop("type"), **command)


@pytest.fixture
def name() -> str:
    return f"d-{uuid.uuid4().hex[:8]}"


def light(program: Program, key: str) -> dict:
    """One of the row; unsure while it has not been looked."""
    found = [light for light in program.state["checks"]["lights"] if light["key"] == key]
    return found[0] if found else {"level": "unsure", "findings": []}


def test_without_a_plan_it_records_as_before_and_says_so(studio: RunningStudio, ada: Program, name: str) -> None:
    ada.must("record.setup", dataset=name)
    ada.read(lambda: name in ada.state["guidance"]["off"])
    assert ada.state["guidance"]["target"] is None
    ada.read(lambda: bool(ada.state["checks"]["lights"]))
    assert ada.state["checks"]["blocked"] == ""
    refused = ada.ask("target.skip")
    assert refused["code"] == "not_guided"
    ada.begin()
    rows(ada, 20)
    verdict = saved(ada)
    assert verdict["colour"] in ("amber", "green")
    found = columns(studio, name, 0)
    assert (found["plan_version"], found["cluster"], found["position"]) == (0, "", -1)
    assert found["placed_source"] == "simulator"
    assert found["checks"]["rows_and_frames"]["level"] == "ok"


def test_a_take_carries_its_target_where_the_object_was_seen_and_what_the_checks_said(
    studio: RunningStudio, ada: Program, name: str
) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    ada.must("target.pin", cluster="b")
    placed(ada)
    target = ada.state["guidance"]["target"]
    assert target["cluster"] == "b"
    assert target["placed_source"] == "seen"
    with studio.program("bob") as bob:
        assert bob.state["guidance"]["target"]["key"] == target["key"], "one studio, one target"
    ada.begin()
    rows(ada, 20)
    verdict = saved(ada)
    found = columns(studio, name, 0)
    assert (found["plan_version"], found["cluster"], found["position"]) == (1, "b", target["position"])
    mark = target["place"]
    assert (found["target_x_cm"], found["target_y_cm"], found["target_yaw_deg"]) == tuple(mark.values())
    assert found["placed_source"] == "seen"
    assert abs(found["placed_x_cm"] - mark["x_cm"]) < 1.0
    assert (found["kind"], found["recovery_cause"], found["override_reason"]) == ("nominal", "", "")
    stored = found["checks"]
    assert {finding["key"] for finding in verdict["findings"]} == set(stored)
    assert stored["object_in_place"]["level"] == "ok"
    assert stored["gripper_use"]["level"] == "warn", "the claws never moved in this take"
    assert verdict["colour"] == "amber"
    ada.read(lambda: ada.state["guidance"]["progress"]["done"] == 1)
    following = ada.state["guidance"]["target"]
    assert following["key"] != target["key"]
    assert ada.state["recorder"]["planned_episodes"] == 8
    ada.must("record.undo")
    ada.read(lambda: ada.state["guidance"]["progress"]["done"] == 0)
    ada.must("target.back")
    assert ada.state["guidance"]["target"]["key"] == target["key"], "an undone episode opens its place again"


def test_the_queue_takes_wishes_and_stands_still_during_a_take(studio: RunningStudio, ada: Program, name: str) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    first = ada.state["guidance"]["target"]["key"]
    ada.must("target.skip")
    assert ada.state["guidance"]["target"]["key"] != first
    assert len(ada.state["guidance"]["queue"]["skipped"]) == 1
    assert ada.state["guidance"]["queue"]["back_possible"]
    ada.must("target.back")
    assert ada.state["guidance"]["target"]["key"] == first
    ada.must("target.prioritise", clusters=["d", "a"])
    assert ada.state["guidance"]["target"]["cluster"] == "d"
    assert ada.state["guidance"]["target"]["held_out"]
    assert ada.ask("target.pin", cluster="z")["code"] == "unknown_cluster"
    placed(ada)
    ada.begin()
    rows(ada, 3)
    assert not ada.ask("target.skip")["ok"]
    assert not ada.ask("place.for_me")["ok"]
    ada.must("record.discard")
    assert ada.state["guidance"]["target"]["cluster"] == "d", "a discarded take is asked for again"


def test_a_nudged_camera_closes_start_until_it_is_mended_or_a_lead_takes_it_upon_them(
    studio: RunningStudio, ada: Program, name: str
) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    placed(ada)
    ada.must("disturb", name="nudge.left", amount=1.0)
    ada.read(lambda: "left camera has moved" in ada.state["recorder"]["start_blocked"])
    assert ada.state["checks"]["disturbances"] == [{"name": "nudge.left", "amount": 1.0, "unit": "°"}]
    assert light(ada, "camera.left")["level"] == "fail"
    refused = ada.ask("record.start", skip_countdown=True)
    assert refused["code"] == "cannot_start"
    assert "Turn it back" in refused["text"]
    assert ada.ask("checks.snooze", key="camera_moved:left")["code"] == "not_soft"
    ada.must("checks.override", reason="The mount is being printed.")
    ada.read(lambda: ada.state["recorder"]["start_blocked"] == "")
    ada.begin()
    rows(ada, 10)
    assert saved(ada)["colour"] == "red"
    found = columns(studio, name, 0)
    assert found["override_reason"] == "The mount is being printed."
    assert found["checks"]["camera_moved:left"]["level"] == "fail"
    ada.must("checks.override", reason="")
    ada.must("disturb", name="nudge.left", amount=0.0)
    ada.read(lambda: light(ada, "camera.left")["level"] != "fail")


TROUBLES = {
    "blur.top": (2.5, "camera.top", "focus:top"),
    "freeze.left": (1.0, "camera.left", "camera_frozen:left"),
    "colour": (3800.0, "light", "light_colour:top"),
    "intruder": (1.0, "table", "intruder"),
    "unplug.left": (1.0, "camera.left", "camera_alive:left"),
}


def test_each_trouble_lights_its_own_light_and_goes_out_when_it_is_mended(
    studio: RunningStudio, ada: Program, name: str
) -> None:
    limits = replace(PLAN.thresholds, camera_dead_s=2.0)
    give_plan(studio, name, recovery_share=0.0, thresholds=limits)
    guided(ada, name)
    placed(ada)

    def found(key: str, check: str) -> bool:
        return any(f["key"] == check and f["level"] in ("warn", "fail") for f in light(ada, key)["findings"])

    for disturbance, (amount, key, check) in TROUBLES.items():
        ada.must("disturb", name=disturbance, amount=amount)
        ada.read(lambda key=key, check=check: found(key, check), 60)
        ada.must("disturb", name=disturbance, amount=0.0)
        ada.read(lambda key=key, check=check: not found(key, check), 60)


def test_what_goes_wrong_during_a_take_is_said_at_once_and_in_its_verdict(
    studio: RunningStudio, ada: Program, name: str
) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    placed(ada)
    ada.begin()
    rows(ada, 45)
    ada.must("disturb", name="light", amount=-20.0)
    ada.must("disturb", name="nudge.left", amount=1.0)

    def told() -> set[str]:
        return {finding["key"] for finding in ada.state["checks"]["during"]}

    ada.read(lambda: {"light_jump:top", "moved_in_take:left"} <= told(), 60)
    verdict = saved(ada, "failure")
    assert verdict["colour"] == "red"
    stored = columns(studio, name, 0)["checks"]
    assert stored["moved_in_take:left"]["level"] == "fail"
    assert stored["light_jump:top"]["level"] == "warn"
    assert stored["light_jump:top"]["numbers"]["jump"] > 0.1
    ada.read(lambda: ada.state["guidance"]["progress"]["done"] == 0)
    assert sum(cluster["rejected"] for cluster in ada.state["guidance"]["clusters"]) == 1, "a failed attempt"


def test_a_warning_is_snoozed_for_the_session_and_the_take_says_so(
    studio: RunningStudio, ada: Program, name: str
) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    ada.must("disturb", name="light", amount=12.0)
    ada.read(lambda: light(ada, "light")["level"] == "warn")
    for finding in light(ada, "light")["findings"]:
        if finding["level"] == "warn":
            ada.must("checks.snooze", key=finding["key"])
    ada.read(lambda: any(f["snoozed"] for f in light(ada, "light")["findings"]))
    placed(ada)
    ada.begin()
    rows(ada, 5)
    saved(ada)
    stored = columns(studio, name, 0)["checks"]
    assert any(check.get("snoozed") for check in stored.values())


def test_after_a_stop_the_arm_drives_home_unless_told_not_to(studio: RunningStudio, ada: Program, name: str) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    homes = [joint["home"] for joint in ada.state["rig"]["joints"]]

    def away_deg() -> float:
        return max(abs(at - home) for at, home in zip(ada.arm["position"], homes, strict=True))

    for home_after_stop in (False, True):
        placed(ada)
        ada.must("home_after_stop", on=home_after_stop)
        ada.must("lease.acquire", label="Ada")
        ada.begin()
        ada.drive_until(lambda: away_deg() > 8.0, linear_m_s=[0.0, 0.12, 0.05])
        ada.must("lease.release")
        ada.must("record.stop")
        taken = ada.state["recorder"]["take"]["rows"]
        if home_after_stop:
            ada.read(lambda: away_deg() < 1.5 and not ada.state["guidance"]["homing"])
        else:
            ada.listen(0.5)
            assert away_deg() > 4.0
            assert ada.state["guidance"]["homing"] is False
        assert ada.state["recorder"]["take"]["rows"] == taken, "the drive is not part of the take"
        ada.must("record.discard")
        if not home_after_stop:
            ada.must("lease.acquire", label="Ada")
            while away_deg() > 1.5:  # an order that came late is dropped
                ada.tell("beat")
                ada.must("home")
                ada.drive(2.0)
            ada.must("lease.release")
    ada.read(lambda: not ada.state["lease"]["held"])


def test_hands_free_starts_when_the_object_lies_still_in_place(studio: RunningStudio, ada: Program, name: str) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    ada.must("hands_free", on=True)
    ada.read(lambda: ada.state["guidance"]["hands_free"])
    assert ada.state["recorder"]["phase"] == "idle"
    ada.must("place.for_me")
    ada.read(lambda: ada.state["recorder"]["phase"] == "countdown")
    ada.must("record.cancel")
    ada.must("hands_free", on=False)


def test_a_recovery_is_arranged_by_the_simulator_and_recorded_with_its_cause(
    studio: RunningStudio, ada: Program, name: str
) -> None:
    give_plan(studio, name, recovery_share=0.5, positions_per_cluster=1)
    guided(ada, name)
    placed(ada)
    ada.begin()
    rows(ada, 5)
    saved(ada)
    ada.read(lambda: ada.state["guidance"]["target"]["kind"] == "recovery")
    target = ada.state["guidance"]["target"]
    assert target["request"].startswith("Recovery, cluster")
    ada.must("place.for_me")
    ada.read(lambda: ada.state["guidance"]["target"]["state"] == "in_place")
    ada.begin()
    rows(ada, 5)
    ada.must("record.recovery", open=True)
    marked(ada, 3)
    ada.must("record.recovery", open=False)
    saved(ada)
    found = columns(studio, name, 1)
    assert (found["kind"], found["recovery_cause"]) == ("recovery", target["cause"])
    ada.read(lambda: ada.state["guidance"]["progress"]["share"]["recovery_episodes"] == 1)
    assert 0 < ada.state["guidance"]["progress"]["share"]["by_frames"] < 1


def test_the_cause_of_a_marked_recovery_is_chosen_after_the_stop(
    studio: RunningStudio, ada: Program, name: str
) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    placed(ada)
    ada.begin()
    rows(ada, 3)
    ada.must("record.recovery", open=True)
    marked(ada, 3)
    ada.must("record.recovery", open=False, cause="slipped")
    ada.must("record.stop")
    ada.must("record.recovery", open=False, cause="dropped")
    assert not ada.ask("record.recovery", open=True)["ok"], "rows are not marked once the take has ended"
    ada.must("record.save", outcome="success")
    found = columns(studio, name, 0)
    assert (found["kind"], found["recovery_cause"]) == ("recovery", "dropped")
    ada.read(lambda: ada.state["guidance"]["progress"]["share"]["recovery_episodes"] == 1)
    share = ada.state["guidance"]["progress"]["share"]
    assert 0 < share["recovery_frames"] < share["frames"]


def test_the_word_is_refused_where_the_camera_sees_otherwise(studio: RunningStudio, ada: Program, name: str) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    mark = ada.state["guidance"]["target"]["place"]
    ada.must("place", x_cm=25.0 if mark["x_cm"] < 22 else 18.0, y_cm=12.0 if mark["y_cm"] < 5 else -3.0, yaw_deg=0.0)
    ada.read(lambda: ada.state["guidance"]["target"]["seen"] is not None)
    ada.read(lambda: ada.state["guidance"]["target"]["state"] == "move")
    assert ada.ask("target.word")["code"] == "seen_elsewhere"


def test_a_dataset_gets_the_default_plan_with_one_click(studio: RunningStudio, ada: Program, name: str) -> None:
    ada.must("record.setup", dataset=name)
    assert ada.state["guidance"]["off"]
    ada.must("plan.default")
    assert ada.state["guidance"]["dataset"] == name
    assert len(ada.state["guidance"]["clusters"]) == 11
    assert ada.state["recorder"]["planned_episodes"] == 138
    assert ada.ask("plan.default")["code"] == "plan_changed"


def test_a_plan_out_of_reach_is_said_before_anything_is_recorded(
    studio: RunningStudio, ada: Program, name: str
) -> None:
    give_plan(studio, name, clusters=(*PLAN.clusters[1:], replace(PLAN.clusters[0], x_cm=60.0)), workspace=FAR)
    ada.must("record.setup", dataset=name)
    assert "cannot be recorded to" in ada.state["guidance"]["off"]
    ada.read(lambda: not ada.state["checks"]["reference"]["capturing"])
    refused = ada.ask("record.start", skip_countdown=True)
    assert refused["code"] == "cannot_start"
    assert "plan page" in refused["text"]


def test_a_rejected_episode_is_asked_for_again(studio: RunningStudio, ada: Program, name: str) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    placed(ada)
    ada.begin()
    rows(ada, 5)
    saved(ada)
    ada.read(lambda: ada.state["guidance"]["progress"]["done"] == 1)
    uuid_ = columns(studio, name, 0)["uuid"]
    ReviewLog(studio.data_dir / "datasets" / name).add(Review(uuid_, ReviewVerdict.rejected, reviewer="Grace"))
    ada.read(lambda: ada.state["guidance"]["progress"]["done"] == 0)
    assert sum(cluster["rejected"] for cluster in ada.state["guidance"]["clusters"]) == 1


def test_the_checklist_is_answered_once_a_session(ada: Program) -> None:
    keys = [line["key"] for line in ada.state["guidance"]["checklist"]]
    for key in keys:
        ada.must("checklist.answer", key=key, answer=True)
    assert all(line["answer"] for line in ada.state["guidance"]["checklist"])
    ada.must("checklist.answer", key=keys[0], answer=None)
    assert ada.state["guidance"]["checklist"][0]["answer"] is None
    assert not ada.ask("checklist.answer", key="moon", answer=True)["ok"]


def test_practice_is_guided_and_stores_nothing(studio: RunningStudio, ada: Program, name: str) -> None:
    give_plan(studio, name, recovery_share=0.0)
    guided(ada, name)
    target = ada.state["guidance"]["target"]["key"]
    ada.must("record.setup", practice=True)
    ada.begin()
    rows(ada, 10)
    assert saved(ada)["uuid"]
    assert ada.state["guidance"]["target"]["key"] == target
    ada.must("record.setup", practice=False)
    assert not list((Path(studio.data_dir) / "datasets" / name / "data").rglob("*.parquet"))
