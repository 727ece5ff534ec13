"""The operator's page as one reads it with a plan, and the inputs that a whole session can be worked with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

from tests.browser.record import START, RecordPage

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
TAP = """(code) => {
  for (const kind of ['keydown', 'keyup'])
    document.activeElement.dispatchEvent(new KeyboardEvent(kind, { code, key: code, bubbles: true, cancelable: true }));
}"""
A, LB, RB, MENU, L_STICK = 0, 4, 5, 9, 10
GO, KEEP, PLACE = "PageDown", "PageUp", "End"


class GuidedPage(RecordPage):
    """Waits are for what the page says, never for time."""

    @property
    def target(self) -> dict[str, Any]:
        return self.store("guidance.target")

    def another_target(self, press: Callable[[], None]) -> None:
        first = self.target["key"]
        self.insist(press, f"m.store.state.guidance.target?.key !== '{first}'")

    def lay(self, press: Callable[[], None]) -> None:
        """`press` has the simulator place the object; then it lies there and nothing closes Start."""
        placed = "m.store.state.guidance.target?.state === 'in_place'"
        self.insist(press, placed, "[data-do=place][aria-disabled=false]")
        self.in_place()

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
        self.page.wait_for_selector(START)

    def some_rows(self) -> None:
        self.until("m.store.state.recorder.take?.rows > 8", 60)

    def answer_checklist(self, answer: Callable[[], None]) -> None:
        """The first Start of a session asks six lines; `answer` is the press that starts, and says yes to one."""
        self.begin(answer)
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
    """Three keys, nothing else; how long one is down is never left to the machine."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def tap(self, key: str) -> None:
        """Down and up in one breath of the page: a machine that stalls between makes no long press of it."""
        self._page.evaluate(TAP, key)

    @contextmanager
    def held(self, key: str) -> Iterator[None]:
        """Down until what it does when held has been seen."""
        self._page.keyboard.down(key)
        yield
        self._page.keyboard.up(key)
