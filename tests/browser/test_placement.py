"""A demonstration, a new placement, and another demonstration: the page alone brings the bag back on the table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.record import RecordPage
from tests.studio import RunningStudio

pytestmark = pytest.mark.browser

PERFORM_S = 180.0
PLACE_IS_DEAD = "document.querySelector('[data-do=place]').ariaDisabled === 'true'"
DONE = "m.store.state.rig.outcome === 'success' && !m.store.state.rig.demonstrating"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """The rig a newcomer gets: physics, a bag and a mug."""
    running = RunningStudio(tmp_path_factory.mktemp("data"), rig="simulator").start()
    yield running
    assert running.stop() == 0


def watch(record: RecordPage) -> None:
    """Press "Watch a demonstration", and wait until it has begun and nobody can place the bag anew."""
    record.page.click("[data-do=demonstrate][aria-disabled=false]")
    record.until(f"m.store.state.rig.demonstrating && {PLACE_IS_DEAD}", PERFORM_S)


def test_after_a_success_a_new_placement_lets_the_next_demonstration_begin(page: Page, studio: RunningStudio) -> None:
    record = RecordPage(page, studio).open()
    watch(record)
    record.until(DONE, PERFORM_S)
    assert record.state["rig"]["outcome"] == "success"

    page.wait_for_selector("[data-do=place][aria-disabled=false]")
    page.keyboard.press("b")
    record.until("m.store.state.rig.outcome !== 'success'")
    page.click("[data-do=place]")
    record.until("!m.store.state.rig.demonstrating")
    watch(record)
    record.until(DONE, PERFORM_S)
    assert record.state["rig"]["outcome"] == "success"


def test_the_menu_puts_the_scene_into_a_recovery_start(page: Page, studio: RunningStudio) -> None:
    record = RecordPage(page, studio).open()
    page.wait_for_selector("[data-do=place][aria-disabled=false]")
    page.keyboard.press("b")
    record.until("m.store.state.rig.outcome !== 'success' && m.store.arm.position[5] < 10")
    page.select_option("scene-controls select", "dropped_beside")
    record.until("m.store.arm.position[5] > 35")  # the claws are open over the mug
    assert page.input_value("scene-controls select") == ""
