"""A whole session on a real rig's file: LeRobot's SO-101 pair on emulated servos, two cameras, one fault of each."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.datasets import DatasetStore, EpisodeFacts
from app.devices.so101 import SO101
from tests.browser.guided_page import PAD, Gamepad
from tests.browser.record import RecordPage
from tests.policies import artifacts
from tests.real.station import Station, degrees, emulated_pair
from tests.studio import Program, RunningStudio, wait_until
from tests.wire.bus import ServoBus
from tests.wire.servo import OVERLOAD

pytestmark = [pytest.mark.browser, pytest.mark.lerobot]
LIMIT_S = 180.0  # LeRobot alone takes a minute to be imported on a busy machine


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    with emulated_pair(tmp_path_factory.mktemp("station")) as pair:
        yield pair


@pytest.fixture(scope="module")
def studio(station: Station) -> RunningStudio:
    return station.studio


def test_episodes_are_led_recorded_and_kept_through_a_servo_fault_and_a_camera_unplug(
    page: Page, station: Station
) -> None:
    studio = station.studio
    assert studio.ask("/api/command", "POST", {"type": "record.setup", "dataset": "real", "operator": "Ada"})[0] == 200
    record = RecordPage(page, studio).open()
    record.until("m.store.state.rig.phase === 'holding'", LIMIT_S)
    assert record.text("sign") == "REAL"
    record.take_control()

    station.leader.turn(1, 2048 + 228)  # 20 degrees to the left
    page.wait_for_selector("[data-do=lead][aria-disabled=false]")  # it is being connected
    page.keyboard.press("e")
    page.wait_for_selector("[data-do=lead]:has-text('Hold')")
    wait_until(lambda: abs(degrees(station.follower, 1) - 20.0) < 2.0, LIMIT_S, "the follower is where the leader is")

    record.record()
    record.until("m.store.state.recorder.take?.rows > 30", LIMIT_S)
    station.follower.silent = {3}
    record.says("DECIDE")
    detail = page.locator("[data-part=detail]")
    expect(detail).to_contain_text("elbow_flex (servo 3) does not answer. Check its cables on both sides.")
    expect(detail).to_contain_text("kept up to there")
    assert station.follower[1].memory[40], "the other servos hold"
    page.wait_for_selector("[data-do=lead][aria-disabled=true]")
    station.follower.silent = set()
    record.until("m.store.state.rig.phase === 'holding'", LIMIT_S)
    page.keyboard.press("s")
    record.says("SAVED")
    assert record.state["recorder"]["last_saved"]["rows"] > 30

    page.wait_for_selector("[data-do=lead][aria-disabled=false]")
    page.keyboard.press("e")
    page.wait_for_selector("[data-do=lead]:has-text('Hold')")
    record.record()
    station.unplugged.touch()
    page.wait_for_selector("live-camera[name=gripper] .camera-stamp:has-text('LOST')")
    station.leader.turn(1, 2048 - 228)
    wait_until(lambda: abs(degrees(station.follower, 1) + 20.0) < 2.0, LIMIT_S, "it follows on without that camera")
    station.unplugged.unlink()
    record.until("!m.store.state.cameras[1].lost", LIMIT_S)
    page.keyboard.press("s")
    record.says("SAVED")
    assert record.state["recorder"]["last_saved"]["repeated"] > 0, "the gap is marked, not invented"
    page.keyboard.press("e")
    page.wait_for_selector("[data-do=lead]:has-text('Follow the leader')")
    height = record.tool_mm()[2]
    page.keyboard.down("q")
    record.until(f"m.store.arm.tool_mm[2] - {height} > 10", LIMIT_S)
    page.keyboard.up("q")
    page.evaluate(PAD)
    pad, before = Gamepad(page), degrees(station.follower, 1)
    pad.stick(0, -1.0)
    wait_until(lambda: degrees(station.follower, 1) - before > 4, LIMIT_S, "the pad's left is the arm's left")
    pad.stick(0, 0.0)
    told = [note for note in record.state["notes"] if "elbow_flex (servo 3) does not answer" in note["text"]]
    assert len(told) == 1, "one message a fault"


def test_lerobot_opens_what_was_recorded(station: Station) -> None:
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    folder = station.studio.data_dir / "datasets" / "real"
    dataset = LeRobotDataset("local/real", root=folder)
    assert dataset.meta.robot_type == "so_follower"
    assert dataset.meta.total_episodes == 2
    names = dataset.meta.features["observation.state"]["names"]
    assert [name.removesuffix(".pos") for name in names] == list(SO101.joint_names)
    assert set(dataset.meta.camera_keys) == {"observation.images.top", "observation.images.gripper"}
    assert dataset[0]["observation.state"][0] == pytest.approx(20.0, abs=3.0)
    assert dataset[-1]["observation.state"][0] == pytest.approx(-20.0, abs=3.0)
    assert dataset[0]["observation.images.top"].shape == (3, 240, 320)
    assert dataset.meta.episodes[0]["studio/input"] == "leader"
    told = json.loads((folder / "meta/studio/rig.json").read_text(encoding="utf-8"))
    assert told["cameras_locked"] == {"gripper": {"exposure": 120.0, "white_balance_k": 4600.0, "gain": 10.0}}


def overload(bus: ServoBus) -> None:
    with bus.held():
        bus[1].error |= OVERLOAD


FAULTS: dict[str, tuple[Callable[[ServoBus], None], Callable[[ServoBus], None], str]] = {
    "garbage": (
        lambda bus: bus.garbled.add(4),
        lambda bus: bus.garbled.clear(),
        "wrist_flex (servo 4) garbles what it says. Check its cables on both sides.",
    ),
    "overload": (overload, lambda bus: None, "shoulder_pan switched itself off: overload. Free what blocks it"),
    "brown-out": (ServoBus.brown_out, lambda bus: None, "servos went limp: their power failed for a moment. Check the"),
    "unplugged": (ServoBus.unplug, ServoBus.plug, "is gone. Plug its USB cable in again."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_the_bus_is_one_sentence_and_the_take_is_kept_up_to_it(station: Station, fault: str) -> None:
    happens, ends, words = FAULTS[fault]
    with station.studio.program("ada") as ada:
        ada.must("record.setup", dataset="faults", operator="Ada")
        ada.read(lambda: ada.state["rig"]["phase"] == "holding", LIMIT_S)
        ada.begin()
        ada.read(lambda: (ada.state["recorder"]["take"] or {"rows": 0})["rows"] > 5, LIMIT_S)
        known = {note["id"] for note in ada.state["notes"]}

        def told() -> list[dict]:
            return [one for one in ada.state["notes"] if one["id"] not in known and one["level"] == "error"]

        happens(station.follower)
        ada.read(lambda: ada.state["recorder"]["phase"] == "deciding", LIMIT_S)
        assert words in ada.state["recorder"]["fault"]
        assert "kept up to there" in ada.state["recorder"]["fault"]
        ends(station.follower)
        ada.read(lambda: ada.state["rig"]["phase"] == "holding", LIMIT_S)
        ada.read(lambda: bool(told()) and all(note["cleared"] for note in told()), LIMIT_S)
        assert sum(words in note["text"] for note in told()) == 1, "one message a fault, over with its cause"
        ada.must("record.save", outcome="partial")
        ada.read(lambda: ada.state["recorder"]["phase"] == "idle", LIMIT_S)
    assert station.studio.get("/api/datasets/faults")["episodes"] == list(FAULTS).index(fault) + 1


def first_episode(studio: RunningStudio, name: str) -> tuple[EpisodeFacts, dict]:
    dataset = DatasetStore(studio.data_dir / "datasets").open(name)
    return dataset.episode(0).facts, dict(dataset.signals(0))


def moving_the_leader(ada: Program, station: Station, taken: Callable[[], bool]) -> None:
    """A hand moves it to and fro, two degrees at a time, while the page beats; until the arm is `taken`."""
    way = itertools.cycle([*range(0, 30, 2), *range(30, 0, -2)])
    for pan in itertools.islice(way, 2000):
        if taken():
            return
        station.leader.turn(1, 2048 + pan * 4096 / 360)
        ada.drive(0.05)
    raise AssertionError("moving the leader did not take over")


def test_a_hand_on_the_leader_takes_over_from_a_running_policy_and_hands_back(station: Station) -> None:
    with ThreadPoolExecutor(1) as beside:  # Playwright's event loop runs in this thread
        beside.submit(artifacts.sweep, station.studio.data_dir / "models/exports/sweep").result()
    station.leader.turn(1, 2048)
    with station.studio.program("ada") as ada:

        def phase() -> str:
            return (ada.state["policy"]["run"] or {"phase": ""})["phase"]

        ada.read(lambda: ada.state["rig"]["phase"] == "holding", LIMIT_S)
        ada.must("policy.open", policy="exports/sweep")
        ada.read(lambda: ada.state["policy"]["phase"] in ("ready", "failed"), LIMIT_S)
        ada.must("policy.choose", dataset="fixes", threshold=0.5)
        ada.must("policy.start", accept_red=True)
        ada.read(lambda: phase() == "executing" and ada.state["policy"]["run"]["figures"]["steps"] > 5, LIMIT_S)
        moving_the_leader(ada, station, lambda: phase() == "taken_over")
        assert ada.state["policy"]["run"]["takeovers"] == 1
        station.leader.turn(1, 2048 - 228)  # 20 degrees to the right, where the policy never goes
        for _ in itertools.takewhile(lambda _: abs(degrees(station.follower, 1) + 20.0) > 2.0, range(600)):
            ada.drive(0.1)
        assert degrees(station.follower, 1) == pytest.approx(-20.0, abs=2.0), "the follower is where the leader is"
        ada.must("policy.hand_back")
        ada.read(lambda: phase() == "executing", LIMIT_S)
        ada.must("policy.finish", outcome="success", cause="too far left")
        ada.read(lambda: phase() == "ended", LIMIT_S)
        ada.must("policy.close")
    with ThreadPoolExecutor(1) as beside:
        facts, columns = beside.submit(first_episode, station.studio, "fixes").result()
    assert (facts.kind, facts.recovery_cause, facts.driver) == ("recovery", "too far left", "policy")
    by_hand = np.asarray(columns["intervention"], bool).ravel()
    assert by_hand.any()
    assert not by_hand[0]
    pan = np.asarray(columns["observation.state"], np.float64)[:, 0]
    assert pan[by_hand].min() < -15.0, "the leader's way"


def test_the_table_is_calibrated_and_the_reference_captured_on_the_real_rig(station: Station) -> None:
    """What the set-up leaves for the running rig: four clicked corners, the arm home, and how it should look."""
    studio = station.studio
    clicked = [
        {"x_px": x_px, "y_px": y_px, "x_cm": x_cm, "y_cm": y_cm}
        for x_px, y_px, x_cm, y_cm in ((55, 15, 40, 15), (265, 15, 40, -15), (265, 225, 10, -15), (55, 225, 10, 15))
    ]
    status, fit = studio.ask("/api/table/corners", "POST", {"corners": clicked, "save": True})
    assert (status, fit.get("truth_mm")) == (200, None), fit
    assert studio.get("/api/table")["calibration"]["points"] == 4
    with studio.program("ada") as ada:
        ada.must("record.setup", dataset="planned", operator="Ada")
        ada.must("plan.default")
        ada.read(lambda: ada.state["rig"]["phase"] == "holding", LIMIT_S)
        ada.must("lease.acquire", label="Ada")
        ada.tell("beat")
        ada.tell("home")
        for _ in itertools.takewhile(lambda _: ada.state["checks"]["reference"]["blocked"], range(600)):
            ada.drive(0.1)
        ada.must("reference.capture")
        ada.read(lambda: ada.state["checks"]["reference"]["present"], LIMIT_S)
        assert set(ada.state["checks"]["reference"]["cameras"]) == {"top", "gripper"}
        ada.must("lease.release")
