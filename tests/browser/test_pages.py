"""What every page must be: within its window, light, on its own server, and never live where it is not."""

from __future__ import annotations

import os
import signal

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.record import RecordPage
from tests.studio import RunningStudio

pytestmark = pytest.mark.browser

SIZES = [(1024, 768), (1280, 800), (1920, 1080)]
PATHS = ["/record", "/datasets", "/train", "/deploy", "/setup"]
FIRST_PAGE_BYTES = 300_000


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_fits_its_window(page: Page, studio: RunningStudio, width: int, height: int, theme: str):
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(f"localStorage.setItem('understudy.theme', '{theme}')")
    for path in PATHS:
        page.goto(studio.url + path)
        page.wait_for_selector("stop-button .stop")
        page.wait_for_selector("studio-banner:not([data-kind=offline])", state="attached")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} px wide at {width}"
        outside = page.evaluate(
            """() => [...document.querySelectorAll('.action, .stop, .sign, .word, .count')]
              .filter((one) => { const box = one.getBoundingClientRect();
                return box.right > innerWidth + 1 || box.left < -1 || one.scrollWidth > one.clientWidth + 2; })
              .map((one) => one.className + ' ' + one.textContent.trim().slice(0, 40))"""
        )
        assert outside == [], f"{path} at {width}x{height}"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_a_finger_presses_is_44_px(page: Page, studio: RunningStudio, width: int, height: int):
    page.set_viewport_size({"width": width, "height": height})
    RecordPage(page, studio).open()
    page.click("[data-input=touch]")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button:not([hidden]), .row-link')]
          .map((one) => [one.getBoundingClientRect(), one])
          .filter(([box]) => box.width > 0 && (box.height < 42 || box.width < 42))
          .map(([box, one]) => `${one.textContent.trim()} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_the_first_page_is_light_and_asks_nobody_else(page: Page, studio: RunningStudio):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    RecordPage(page, studio).open()
    size = page.evaluate(
        """performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
          .reduce((sum, one) => sum + one.transferSize, 0)"""
    )
    assert 20_000 < size <= FIRST_PAGE_BYTES
    assert [url for url in asked if not url.startswith((studio.url, studio.url.replace("http", "ws", 1)))] == []


def test_a_silent_camera_never_looks_live(page: Page, studio: RunningStudio):
    """The cameras' process is halted, as a hung driver halts: no frame says so, only the clock can."""
    RecordPage(page, studio).open()
    cameras = studio.companion_pid("cameras")
    os.kill(cameras, signal.SIGSTOP)
    try:
        page.wait_for_function("document.querySelectorAll('live-camera:not([stale])').length === 0")
        assert page.inner_text("live-camera.main .camera-stamp").startswith(("STALE", "LOST"))
        assert page.inner_text("live-camera.main .camera-fps") == "-"
    finally:
        os.kill(cameras, signal.SIGCONT)
    page.wait_for_selector("live-camera.main:not([stale])")


def test_offline_is_said_with_no_live_picture_and_mends_itself(page: Page, studio: RunningStudio):
    """Both sockets die and stay dead for a while, as behind a pulled cable."""
    page.add_init_script(
        """window.sockets = []; window.cut = false; const Real = WebSocket;
        window.WebSocket = class extends Real { constructor(url) { super(window.cut ? 'ws://127.0.0.1:9/' : url);
          window.sockets.push(this); } };"""
    )
    record = RecordPage(page, studio).open()
    page.evaluate("window.cut = true; window.sockets.forEach((one) => one.close())")
    record.says("OFFLINE")
    page.wait_for_selector("connection-bar:not([hidden]):has-text('reconnects by itself')")
    page.wait_for_function("document.querySelectorAll('live-camera:not([stale])').length === 0")
    page.wait_for_selector(".action[data-action=start][aria-disabled=true]")
    page.evaluate("window.cut = false")
    page.wait_for_selector("live-camera.main:not([stale])")
    page.wait_for_selector("connection-bar", state="hidden")
    page.wait_for_selector(".action[data-action=start][aria-disabled=false]")


def test_two_tabs_never_share_a_client(context: BrowserContext, page: Page, studio: RunningStudio):
    record = RecordPage(page, studio).open()
    client = "import('/static/js/core/studio.js').then((m) => m.client)"
    first = record.page.evaluate(client)
    copy = context.new_page()
    copy.add_init_script(f"sessionStorage.setItem('understudy.client', '{first}')")
    copy.goto(f"{studio.url}/record")
    assert copy.evaluate(client) != first
    copy.close()


def test_an_empty_studio_shows_the_next_step(page: Page, studio: RunningStudio):
    page.goto(f"{studio.url}/datasets")
    page.wait_for_selector("dataset-list .empty, dataset-list table")
    if studio.get("/api/datasets") == []:
        assert page.get_attribute("dataset-list a.primary", "href") == "/record"


def test_a_saved_episode_plays_in_step_with_its_plots(page: Page, studio: RunningStudio):
    record = RecordPage(page, studio).open()
    record.record()
    record.until("m.store.state.recorder.take?.rows > 20")
    page.keyboard.press("s")
    record.says("SAVED")
    saved = record.state["recorder"]["last_saved"]
    page.goto(f"{studio.url}/datasets/{saved['dataset']}/episodes/{saved['episode_index']}")
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('video')];"
        " return all.length === 3 && all.every((one) => one.readyState >= 2 && !one.seeking); }"
    )
    page.wait_for_selector("figure.plot canvas")
    assert page.locator("figure.plot").count() == len(record.state["rig"]["joints"]) + 2  # following error, ages
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    shows = "words => document.querySelector('[data-part=frame]')?.textContent.startsWith(words)"
    page.wait_for_function(shows, arg="frame 6 /")  # painted with the next animation frame
    page.wait_for_function("[...document.querySelectorAll('video')].every((one) => !one.seeking)")
    frames = page.evaluate("[...document.querySelectorAll('video')].map((one) => Math.floor(one.currentTime * 30))")
    spans = [
        span["from_s"]
        for span in studio.get(f"/api/datasets/{saved['dataset']}/episodes/{saved['episode_index']}")["videos"].values()
    ]
    assert [frame - round(start * 30) for frame, start in zip(frames, spans, strict=True)] == [5, 5, 5]
    page.keyboard.press("End")
    page.wait_for_function(shows, arg=f"frame {saved['rows']} / {saved['rows']}")
