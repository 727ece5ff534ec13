"""The Record page as a person reads and presses it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.studio import RunningStudio

LIMIT_S = 60.0
START = ".action[data-action=start][aria-disabled=false]"
REFUSALS = """() => {
  if (!window.refusals) {
    window.refusals = [];
    addEventListener('studio-problem', (event) => window.refusals.push(event.detail.text));
  }
  return window.refusals.length;
}"""

# The large picture was drawn once. Whether it is fresh now is the machine's business: a busy one shows it late.
PICTURED = """() => {
  const canvas = document.querySelector('live-camera.main canvas');
  const row = canvas?.getContext('2d').getImageData(0, canvas.height >> 1, canvas.width, 1).data ?? [];
  return row.some((value, i) => i % 4 < 3 && value > 0);
}"""

# Escape as soon as the page counts down. The page waits for it, from before the key is pressed: a countdown is over in
# three seconds, and a busy machine may take as long from one press of Playwright's to the next.
ESCAPE_THE_COUNTDOWN = """() => {
  window.escaped = false;
  const look = () => {
    if (document.querySelector('[data-part=word]')?.textContent !== 'COUNTDOWN') return requestAnimationFrame(look);
    dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape' }));
    window.escaped = true;
  };
  look();
}"""


class RecordPage:
    """Waits are for what the page says, never for time."""

    def __init__(self, page: Page, studio: RunningStudio) -> None:
        self.page = page
        self._studio = studio

    def open(self) -> RecordPage:
        self.page.goto(f"{self._studio.url}/record")
        self.page.wait_for_function(PICTURED, polling=200)
        return self

    @property
    def state(self) -> dict[str, Any]:
        """What the server knows, not what the page shows."""
        return self._studio.get("/api/studio")

    def store(self, path: str) -> Any:
        """What the page knows."""
        return self.page.evaluate(f"import('/static/js/core/studio.js').then((m) => m.store.state.{path})")

    def says(self, word: str) -> None:
        """Wait until the banner's word is this."""
        self.page.wait_for_function(
            "word => document.querySelector('[data-part=word]')?.textContent === word", arg=word
        )

    def text(self, part: str) -> str:
        return self.page.inner_text(f"[data-part={part}]")

    def take_control(self) -> None:
        self.insist(lambda: self.page.keyboard.press("t"), "m.store.state.lease.mine")
        self.page.wait_for_selector(".lease[data-kind=mine]")

    def give_back(self) -> None:
        self.page.keyboard.press("t")
        self.page.wait_for_selector(".lease[data-kind=free]")

    def record(self) -> None:
        """Space, the countdown, and at least one frame."""
        self.begin()
        self.says("RECORDING")
        self.page.wait_for_selector(".action[data-action=save][aria-disabled=false]")

    def discard(self) -> None:
        """Stops a take that records, and throws it away."""
        self.page.keyboard.press("Space")
        self.page.wait_for_selector(".action[data-action=discard][aria-disabled=false]")
        self.page.wait_for_timeout(300)  # the guard against slips
        self.page.keyboard.press("Delete")
        self.page.wait_for_selector(".action[data-action=start][aria-disabled=false]")

    def begin(self, press: Callable[[], None] | None = None) -> None:
        """Space, or another press that starts, once nothing closes Start; a countdown follows, or the checklist."""
        asked = "document.querySelector('checklist-dialog dialog[open]')"
        started = f"m.store.state.recorder.phase !== 'idle' || {asked}"
        self.insist(press or (lambda: self.page.keyboard.press("Space")), started, START)

    def count_down_and_cancel(self, key: str, may: str = "body") -> None:
        """A key that begins a countdown, and Escape in it."""
        self.page.evaluate(ESCAPE_THE_COUNTDOWN)
        self.insist(lambda: self.page.keyboard.press(key), "window.escaped", may)
        self.page.wait_for_selector(START)

    def insist(self, press: Callable[[], None], done: str, may: str = "body") -> None:
        """`press` once `may` is there, until `done` holds for `m.store`. What closes in that very moment is refused
        with its reason, as when a picture is late on a busy machine; then a person presses again.
        """
        for _ in range(10):
            self.page.wait_for_selector(may)
            said = self.page.evaluate(REFUSALS)
            press()
            self.until(f"({done}) || refusals.length > {said}")
            if self.holds(done):
                return
        raise AssertionError(f"refused ten times: {self.page.evaluate('refusals')}")

    def tool_mm(self) -> list[float]:
        """Where the hand is, as soon as the page has heard of it."""
        return self._when("m.store.arm?.tool_mm", LIMIT_S)

    def until(self, condition: str, limit_s: float = LIMIT_S) -> None:
        """Wait until `condition` holds for `m.store`, the page's own state (a promise is no truth: it is awaited)."""
        self._when(f"m.store.state !== null && Boolean({condition})", limit_s)

    def holds(self, condition: str) -> bool:
        return self.page.evaluate(
            f"import('/static/js/core/studio.js').then((m) => m.store.state !== null && Boolean({condition}))"
        )

    def _when(self, value: str, limit_s: float) -> Any:
        """The value of an expression of `m.store`, once it has one."""
        deadline = time.monotonic() + limit_s
        while not (found := self.page.evaluate(f"import('/static/js/core/studio.js').then((m) => {value})")):
            assert time.monotonic() < deadline, f"not within {limit_s} s: {value}"
            self.page.wait_for_timeout(30)
        return found
