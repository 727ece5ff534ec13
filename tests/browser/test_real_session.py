"""A whole session on a real rig's file: LeRobot's SO-101 pair on emulated servos, two cameras, one fault of each."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.devices.so101 import SO101
from tests.browser.guided_page import PAD, Gamepad
from tests.browser.record import RecordPage
from tests.real.station import Station, degrees, emulated_pair
from tests.studio import RunningStudio, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.lerobot]
LIMIT_S = 60.0


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
    told = [note for note in record.state["notes"] if "servo 3" in note["text"]]
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
