"""The real server and real Chromium: one of each for a module, a fresh page for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.studio import RunningStudio, wait_until

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SLOW_MS = 60_000
expect.set_options(timeout=SLOW_MS)  # its own five seconds are what a busy machine takes for a page


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("data")).start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser: its own storage, at the size that the screens were designed for.

    Playwright's own waiting evaluates text, which the studio's policy forbids; test_two_people.py keeps the policy.
    """
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    opened.set_default_timeout(SLOW_MS)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def at_rest(studio: RunningStudio) -> Iterator[None]:
    """Whatever a test leaves, also a failing one: the next finds no take and no stop."""
    yield
    wait_until(lambda: _rests(studio), 60, "the recorder is idle and no stop is latched")


def _rests(studio: RunningStudio) -> bool:
    """Whether it does; else one step towards it. What is refused, as a countdown that has ended, is looked at anew."""
    state = studio.get("/api/studio")
    match state["recorder"]["phase"], state["rig"]["phase"]:
        case "countdown", _:
            step = "record.cancel"
        case "recording" | "paused" | "deciding", _:
            step = "record.discard"
        case "idle", "stopped":
            step = "stop.reset"
        case phase, _:
            return phase == "idle"
    studio.ask("/api/command", "POST", {"type": step})
    return False


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page whose script errors fail the test."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert errors == []
