"""A session on two arms as one: led by two leaders, recorded, driven by keys one at a time; on four emulated buses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from app.devices.bimanual import TWO_SO101
from tests.browser.guided_page import PAD, Gamepad
from tests.browser.record import RecordPage
from tests.real.station import degrees, emulated_two
from tests.studio import RunningStudio, wait_until
from tests.wire.bus import ServoBus

pytestmark = [pytest.mark.browser, pytest.mark.lerobot]
LIMIT_S = 180.0  # LeRobot alone takes a minute to be imported on a busy machine
Two = tuple[RunningStudio, dict[str, ServoBus]]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    with emulated_two(tmp_path_factory.mktemp("two")) as station:
        yield station


@pytest.fixture(scope="module")
def studio(two: Two) -> RunningStudio:
    return two[0]


def test_both_arms_are_led_and_recorded_and_keys_move_the_one_that_was_chosen(page: Page, two: Two) -> None:
    studio, buses = two
    setup = {"type": "record.setup", "dataset": "two", "operator": "Ada"}
    assert studio.ask("/api/command", "POST", setup)[0] == 200
    record = RecordPage(page, studio).open()
    record.until("m.store.state.rig.phase === 'holding'", LIMIT_S)
    record.take_control()
    buses["ll"].turn(1, 2048 + 228)  # 20 degrees to the left
    buses["lr"].turn(1, 2048 - 114)  # 10 to the right
    page.wait_for_selector("[data-do=lead][aria-disabled=false]")
    page.keyboard.press("e")
    for name in ("ll", "lr"):
        wait_until(lambda name=name: abs(degrees(buses[name], 1)) < 3, LIMIT_S, "the leader was driven to its follower")
    page.wait_for_selector(".lease-text small:has-text('Follows the leader arm')")
    leaders = [*buses["ll"].servos, *buses["lr"].servos]
    wait_until(lambda: not any(servo.memory[40] for servo in leaders), LIMIT_S, "and let go of")
    assert abs(degrees(buses["fl"], 1)) < 4, "the followers stayed, but for the 3 degrees that a leader may be off"
    buses["ll"].turn(1, 2048 + 228)
    buses["lr"].turn(1, 2048 - 114)
    wait_until(lambda: abs(degrees(buses["fl"], 1) - 20) < 2, LIMIT_S, "the left follower is where its leader is")
    wait_until(lambda: abs(degrees(buses["fr"], 1) + 10) < 2, LIMIT_S, "the right follower is where its leader is")
    record.record()
    record.until("m.store.state.recorder.take?.rows > 15", LIMIT_S)
    page.keyboard.press("s")
    record.says("SAVED")
    page.keyboard.press("e")
    page.wait_for_selector("[data-do=lead]:has-text('Follow')")

    expect(page.locator("[data-part=arms] [aria-pressed=true]")).to_have_text("Left arm")
    page.keyboard.press("9")
    page.wait_for_selector("[data-part=arms] [aria-pressed=true]:has-text('Right arm')")
    left, right = degrees(buses["fl"], 2), degrees(buses["fr"], 2)
    page.keyboard.down("q")
    wait_until(lambda: abs(degrees(buses["fr"], 2) - right) > 4, LIMIT_S, "the right hand rises in a straight line")
    page.keyboard.up("q")
    assert degrees(buses["fl"], 2) == pytest.approx(left, abs=1), "the left arm stays"
    by_pad_and_touch(page, buses)


def by_pad_and_touch(page: Page, buses: dict[str, ServoBus]) -> None:
    """A stick moves the arm that was chosen, a finger on the screen the other one once that is chosen."""
    page.evaluate(PAD)
    pad, right = Gamepad(page), degrees(buses["fr"], 1)
    pad.stick(0, -1.0)
    wait_until(lambda: degrees(buses["fr"], 1) - right > 4, LIMIT_S, "the pad's left is the right arm's left")
    pad.stick(0, 0.0)
    page.click("[data-input=touch]")
    page.click("[data-side=left]")
    page.wait_for_selector("[data-side=left][aria-pressed=true]")
    left, right = degrees(buses["fl"], 2), degrees(buses["fr"], 2)
    page.hover("touch-pad [data-hold=up]")
    page.mouse.down()
    wait_until(lambda: abs(degrees(buses["fl"], 2) - left) > 4, LIMIT_S, "the finger moves the left arm")
    page.mouse.up()
    assert degrees(buses["fr"], 2) == pytest.approx(right, abs=1), "the right arm stays"


def test_lerobot_opens_it_with_twelve_joints(two: Two) -> None:
    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    dataset = LeRobotDataset("local/two", root=two[0].data_dir / "datasets" / "two")
    assert dataset.meta.robot_type == "bi_so_follower"
    for column in ("observation.state", "action"):
        names = dataset.meta.features[column]["names"]
        assert [name.removesuffix(".pos") for name in names] == list(TWO_SO101.joint_names)
    assert dataset[0]["observation.state"][[0, 6]].tolist() == pytest.approx([20, -10], abs=3)
    assert dataset.meta.episodes[0]["studio/input"] == "leader"
