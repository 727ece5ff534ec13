"""One whole episode by hand: a person at the keyboard puts the tea bag in the mug and saves the take."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.record import RecordPage
from tests.studio import RunningStudio

pytestmark = [pytest.mark.browser, pytest.mark.alone]

BAG_MM = (248.0, -60.0)  # the tool beside the bag at (250, -50): between open claws it lies away from the fixed one
MUG_MM = (100.0, -220.0)
SPEED_MM_S = 100.0
START_MS = 40.0  # a jog eases in: a shorter press moves nothing
AHEAD, LEFT, UP = 0, 1, 2
KEYS = {AHEAD: ("k", "i"), LEFT: ("l", "j"), UP: ("a", "q")}  # towards smaller, towards larger


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """The rig a newcomer gets: rendered pictures, physics, a bag and a mug."""
    running = RunningStudio(tmp_path_factory.mktemp("data"), rig="simulator").start()
    yield running
    assert running.stop() == 0


class Hand:
    """Presses keys as a person does: about as long as the way is, looks, and presses again."""

    def __init__(self, record: RecordPage) -> None:
        self._record = record
        self._page = record.page

    def move(self, axis: int, target_mm: float, within_mm: float = 6.0) -> None:
        for _ in range(20):
            off = target_mm - self._record.tool_mm()[axis]
            if abs(off) <= within_mm:
                return
            held_ms = START_MS + 0.8 * 1000 * abs(off) / SPEED_MM_S
            self._page.keyboard.press(KEYS[axis][off > 0], delay=held_ms)
            self._page.wait_for_timeout(400)  # the arm comes to rest
        raise AssertionError(f"axis {axis} is at {target_mm - off:.1f} mm, not within {within_mm} mm of {target_mm}")

    def claws(self, key: str, condition: str) -> None:
        """Hold the key until `condition` on the page's store `m.store` is true."""
        self._page.keyboard.down(key)
        self._record.until(condition)
        self._page.keyboard.up(key)


def test_a_person_puts_the_bag_in_the_mug_and_saves_the_take(page: Page, studio: RunningStudio) -> None:
    status, answer = studio.ask(
        "/api/command", "POST", {"type": "place", "x_cm": 25, "y_cm": -5, "yaw_deg": 20, "start": "nominal"}
    )
    assert status == 200, answer
    record = RecordPage(page, studio).open()
    hand = Hand(record)
    record.take_control()
    record.record()

    hand.claws(".", "m.store.arm.position[5] > 80")
    hand.move(AHEAD, BAG_MM[0])
    hand.move(LEFT, BAG_MM[1])
    hand.move(UP, 40)
    hand.move(AHEAD, BAG_MM[0], 4)
    hand.move(LEFT, BAG_MM[1], 4)
    hand.move(UP, 10, 1)  # as low as the gate lets it: a bag held by its upper edge slips on the way
    hand.claws(",", "m.store.arm.target[5] < 3")
    assert record.state["rig"]["outcome"] != "success"
    hand.move(UP, 130)
    hand.move(LEFT, -120)
    hand.move(AHEAD, MUG_MM[0])
    hand.move(LEFT, MUG_MM[1])
    hand.move(AHEAD, MUG_MM[0])
    hand.claws(".", "m.store.arm.position[5] > 80")
    record.until("m.store.state.rig.outcome === 'success'")
    page.wait_for_timeout(300)  # the guard against slips
    page.keyboard.press("s")
    record.says("SAVED")

    saved = record.state["recorder"]["last_saved"]
    episode = studio.get(f"/api/datasets/{saved['dataset']}/episodes/{saved['episode_index']}")
    assert episode["outcome"] == "success"
    assert episode["studio"]["driver"] == "person"
    assert episode["input"] == "keyboard"
    assert abs(episode["studio"]["placed_x_cm"] - 25) < 1
    signals = studio.get(f"/api/datasets/{saved['dataset']}/episodes/{saved['episode_index']}/signals")
    gripper = signals["state"][5]
    assert max(gripper) > 70
    assert min(gripper[len(gripper) // 3 :]) < 40
