"""A person records by hand in real Chromium; the server is asked what really happened."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.record import START, RecordPage
from tests.studio import RunningStudio

pytestmark = pytest.mark.browser
READ_TWICE = """async () => {
  const { gamepad } = await import('/static/js/core/gamepad.js');
  for (const _ of [1, 2]) await new Promise((resolve) => gamepad.addEventListener('reading', resolve, { once: true }));
}"""


@pytest.fixture
def record(page: Page, studio: RunningStudio) -> RecordPage:
    return RecordPage(page, studio).open()


def test_two_presses_record_and_save_what_was_driven_by_hand(record: RecordPage):
    before = record.state["recorder"]["saved_episodes"]
    record.take_control()
    start = record.tool_mm()
    record.record()
    record.page.keyboard.down("i")
    record.page.wait_for_selector(".cap[data-name=ahead][down]")
    record.until(f"m.store.arm.tool_mm[0] - {start[0]} > 20")
    record.page.keyboard.up("i")
    record.page.wait_for_timeout(300)  # the guard against slips
    record.page.keyboard.press("s")
    record.says("SAVED")
    recorder = record.state["recorder"]
    saved = recorder["last_saved"]
    assert recorder["saved_episodes"] == before + 1
    assert saved["outcome"] == "success"
    assert saved["rows"] > 0
    assert f"Episode {saved['episode_index'] + 1}," in record.text("detail")
    assert f"{saved['repeated']} of {saved['rows']} rows repeated" in record.text("detail")
    record.page.wait_for_selector(f".recent-list a[href$='/episodes/{saved['episode_index']}']")
    record.page.keyboard.press("u")
    record.page.wait_for_function(
        "n => document.querySelector('[data-part=count]')?.textContent === String(n)", arg=before
    )
    assert record.state["recorder"]["saved_episodes"] == before
    record.give_back()


def test_keys_walk_through_every_phase_and_nothing_is_left(record: RecordPage):
    record.count_down_and_cancel("Space", START)
    record.record()
    record.page.keyboard.press("y")
    record.says("PAUSED")
    record.page.keyboard.press("Space")
    record.says("RECORDING")
    record.page.keyboard.press("v")
    record.page.wait_for_selector("text=End recovery")
    record.page.keyboard.press("Space")
    record.says("DECIDE")
    record.count_down_and_cancel("r")
    assert record.state["recorder"]["take"] is None


def test_a_slip_beside_a_driving_key_does_not_end_the_take(record: RecordPage):
    record.take_control()
    record.record()
    record.page.keyboard.down("j")
    record.page.keyboard.press("n")
    record.page.wait_for_selector(".action-problem:has-text('Let go of the driving keys')", state="attached")
    assert record.state["recorder"]["phase"] == "recording"
    record.page.keyboard.up("j")
    record.page.keyboard.press("Space")
    record.says("DECIDE")
    record.page.wait_for_timeout(300)  # the guard against slips
    record.page.keyboard.press("Delete")
    record.page.wait_for_selector(".action[data-action=start][aria-disabled=false]")
    record.give_back()


def test_keys_are_dead_while_typing_but_stop_works(record: RecordPage):
    record.page.click(".setup-main")
    record.page.fill("[name=task]", "")
    record.page.type("[name=task]", "s p f n r")
    assert record.page.input_value("[name=task]") == "s p f n r"
    assert record.state["recorder"]["phase"] == "idle"
    record.page.keyboard.press("F8")
    record.says("STOPPED")
    assert record.state["rig"]["phase"] == "stopped"
    record.page.keyboard.press("Escape")
    record.page.wait_for_selector(".action[data-action=start][aria-disabled=true]")
    expect(record.page.locator(".action[data-action=start] .action-reason")).not_to_be_empty()


def test_a_second_hurried_press_on_stop_is_not_a_reset(record: RecordPage):
    for _ in range(3):
        record.page.click(".stop-wide .stop")
    record.says("STOPPED")
    assert record.state["rig"]["phase"] == "stopped"
    record.page.click("[data-part=reset]")
    record.page.wait_for_selector(".action[data-action=start][aria-disabled=false]")
    assert record.state["rig"]["phase"] != "stopped"


def test_another_page_asks_and_the_holder_decides(record: RecordPage, context: BrowserContext, studio: RunningStudio):
    record.take_control()
    other = RecordPage(context.new_page(), studio).open()
    other.page.click("[data-do=control]")
    record.page.click("[data-do=refuse]")
    other.page.wait_for_selector(".lease[data-kind=other]")
    assert record.state["lease"]["held"]
    other.page.wait_for_selector("[data-do=control][aria-disabled=false]")
    other.page.click("[data-do=control]")
    record.page.click("[data-do=grant]")
    other.page.wait_for_selector(".lease[data-kind=mine]")
    record.page.wait_for_selector(".lease[data-kind=other]")
    other.page.close()
    record.page.wait_for_selector(".lease[data-kind=free]")


def test_a_hidden_page_lets_go_of_the_arm(record: RecordPage):
    record.take_control()
    record.page.evaluate(
        """() => {
          Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
          document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    record.page.wait_for_selector(".lease[data-kind=free]")
    assert not record.state["lease"]["held"]


def test_a_gamepad_map_survives_a_reload(record: RecordPage):
    pad = """() => {
      const button = () => ({ value: 0, pressed: false });
      window.pad = { id: 'Test pad', connected: true, mapping: 'standard', axes: [0, 0, 0, 0],
                     buttons: Array.from({ length: 17 }, button) };
      navigator.getGamepads = () => [window.pad];
    }"""
    record.page.add_init_script(f"({pad})()")
    record.open()
    record.page.click("[data-input=gamepad]")
    assert "none" in record.page.inner_text("[data-teach=undo]")
    record.page.click("[data-teach=undo]")
    record.page.wait_for_selector("[data-teach=undo]:has-text('move it')")
    record.page.evaluate(READ_TWICE)  # the pad rests first
    record.page.evaluate("window.pad.buttons[4] = { value: 1, pressed: true }")
    record.page.wait_for_selector("[data-teach=undo]:has-text('LB')")
    record.open()
    record.page.wait_for_selector("[data-teach=undo]:has-text('LB')")


def test_cameras_swap_and_enlarge(record: RecordPage):
    first = record.page.get_attribute("live-camera.main", "name")
    record.page.keyboard.press("Tab")
    record.page.wait_for_function(
        "name => document.querySelector('live-camera.main')?.getAttribute('name') !== name", arg=first
    )
    record.page.click(f"live-camera[name={first}]")
    record.page.wait_for_function(
        "name => document.querySelector('live-camera.main')?.getAttribute('name') === name", arg=first
    )
    record.page.dblclick("live-camera.main")
    record.page.wait_for_selector("camera-wall[enlarged]")
    box = record.page.locator("live-camera.main").bounding_box()
    assert box is not None
    assert box["width"] == 1280
    record.page.keyboard.press("Escape")
    record.page.wait_for_selector("camera-wall:not([enlarged])")
