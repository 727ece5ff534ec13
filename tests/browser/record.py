"""The Record page as a person reads and presses it."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page

from tests.studio import RunningStudio


class RecordPage:
    """Waits are for what the page says, never for time."""

    def __init__(self, page: Page, studio: RunningStudio) -> None:
        self.page = page
        self._studio = studio

    def open(self) -> RecordPage:
        self.page.goto(f"{self._studio.url}/record")
        self.page.wait_for_selector("live-camera.main:not([stale])")
        return self

    @property
    def state(self) -> dict[str, Any]:
        """What the server knows, not what the page shows."""
        return self._studio.get("/api/studio")

    def says(self, word: str) -> None:
        """Wait until the banner's word is this."""
        self.page.wait_for_function(
            "word => document.querySelector('[data-part=word]')?.textContent === word", arg=word
        )

    def text(self, part: str) -> str:
        return self.page.inner_text(f"[data-part={part}]")

    def take_control(self) -> None:
        self.page.keyboard.press("t")
        self.page.wait_for_selector(".lease[data-kind=mine]")

    def give_back(self) -> None:
        self.page.keyboard.press("t")
        self.page.wait_for_selector(".lease[data-kind=free]")

    def record(self) -> None:
        """Space, the countdown, and at least one frame."""
        self.page.keyboard.press("Space")
        self.says("RECORDING")
        self.page.wait_for_selector(".action[data-action=save][aria-disabled=false]")

    def discard(self) -> None:
        """Stops a take that records, and throws it away."""
        self.page.keyboard.press("Space")
        self.page.wait_for_selector(".action[data-action=discard][aria-disabled=false]")
        self.page.wait_for_timeout(300)  # the guard against slips
        self.page.keyboard.press("Delete")
        self.page.wait_for_selector(".action[data-action=start][aria-disabled=false]")

    def tool_mm(self) -> list[float]:
        self.until("m.store.arm")
        return self.page.evaluate("import('/static/js/core/studio.js').then((m) => m.store.arm.tool_mm)")

    def until(self, condition: str, limit_s: float = 30.0) -> None:
        """Wait until `condition` holds for `m.store`, the page's own state (a promise is no truth: it is awaited)."""
        deadline = time.monotonic() + limit_s
        met = f"import('/static/js/core/studio.js').then((m) => m.store.state !== null && Boolean({condition}))"
        while not self.page.evaluate(met):
            assert time.monotonic() < deadline, f"not within {limit_s} s: {condition}"
            self.page.wait_for_timeout(30)
