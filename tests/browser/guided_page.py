"""The operator's page as one reads it with a plan, and the inputs that a whole session can be worked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.record import RecordPage

PAD = """() => {
  const button = () => ({ value: 0, pressed: false });
  window.pad = { id: 'Test pad', connected: true, mapping: 'standard', axes: [0, 0, 0, 0],
                 buttons: Array.from({ length: 17 }, button) };
  navigator.getGamepads = () => [window.pad];
}"""
PRESS = """async (button) => {
  const { gamepad } = await import('/static/js/core/gamepad.js');
  const read = () => new Promise((resolve) => gamepad.addEventListener('reading', resolve, { once: true }));
  for (const value of [1, 0]) {
    window.pad.buttons[button] = { value, pressed: value > 0 };
    await read();
    await read();
  }
}"""
A, LB, RB, MENU, L_STICK = 0, 4, 5, 9, 10
GO, KEEP, PLACE = "PageDown", "PageUp", "End"
LONG_MS = 750


class GuidedPage(RecordPage):
    """Waits are for what the page says, never for time."""

    @property
    def target(self) -> dict[str, Any]:
        return self.state["guidance"]["target"]

    def light(self, key: str, level: str) -> None:
        """Wait until that light is at that level."""
        self.page.wait_for_selector(f'.ready-row[data-key="{key}"][data-level="{level}"]')

    def unblocked(self, key: str) -> None:
        """Wait until that light closes nothing: a camera's rate on a busy machine is a warning."""
        self.page.wait_for_selector(f'.ready-row[data-key="{key}"]:not([data-level="block"])')

    def in_place(self) -> None:
        """The line is green, the arm at home, and nothing closes Start."""
        self.page.wait_for_selector('guide-bar[data-tone="in_place"]')
        self.until("!m.store.state.guidance.homing && m.store.state.recorder.phase === 'idle'", 60)
        self.page.wait_for_selector(".action[data-action=start][aria-disabled=false]")

    def some_rows(self) -> None:
        self.until("m.store.state.recorder.take?.rows > 8", 60)

    def answer_checklist(self, answer: Callable[[], None]) -> None:
        """The first Start of a session asks six lines; `answer` says yes to one."""
        self.page.wait_for_selector("checklist-dialog dialog[open]")
        for done in range(6):
            self.page.wait_for_function(
                "n => document.querySelectorAll('checklist-dialog li[data-level=ok]').length === n", arg=done
            )
            answer()
        self.page.wait_for_selector("checklist-dialog dialog:not([open])", state="attached")

    def saved_now(self, before: int) -> None:
        """One episode more than before, and the plan has counted it."""
        self.until(f"m.store.state.recorder.saved_episodes === {before + 1}", 60)
        self.until(f"m.store.state.guidance.progress.done === {before + 1}", 60)


class Gamepad:
    """Button numbers of the standard layout."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, button: int) -> None:
        """Down until the page has read it, and up again until it has read that."""
        self._page.evaluate(PRESS, button)

    def stick(self, axis: int, value: float) -> None:
        self._page.evaluate("([a, v]) => { window.pad.axes[a] = v; }", [axis, value])


class Pedals:
    """Three keys, nothing else."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def tap(self, key: str) -> None:
        self._page.keyboard.press(key)

    def hold(self, key: str) -> None:
        self._page.keyboard.press(key, delay=LONG_MS)
