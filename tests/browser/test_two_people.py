"""A studio on a network: an operator drives, a viewer only sees, and a stranger gets nothing but STOP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.web.access.door import COOKIE
from tests.accounts.people import PASSWORD, Visitor, add_people
from tests.browser.conftest import SLOW_MS
from tests.studio import Program, RunningStudio, wait_until

pytestmark = pytest.mark.browser
REFUSED = "A viewer cannot move the arm; ask a lead."
# What a page that belongs to nobody gets of frames and sockets: the sockets' ends, and two statuses.
PRY = """async () => {
  const socket = (path) => new Promise((resolve) => {
    const one = new WebSocket(`ws://${location.host}${path}`);
    one.onopen = () => resolve("open");
    one.onmessage = () => resolve("message");
    one.onclose = () => resolve("closed");
  });
  const status = async (path) => (await fetch(path)).status;
  return [await socket("/ws/studio"), await socket("/ws/live"), await status("/api/studio"),
    await status("/api/datasets/x/episodes/0/video/top")];
}"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    data = tmp_path_factory.mktemp("data")
    add_people(data)
    running = RunningStudio(data, options=["--sign-in"]).start()
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def people(studio: RunningStudio) -> dict[str, Visitor]:
    """Who is signed in already; made before Chromium's loop runs, in which nothing of the studio's may block."""
    return {name: Visitor(studio, name) for name in ("vera", "ada")}


@pytest.fixture(autouse=True)
def at_rest() -> None:
    """This studio lets nobody in who could look; it is used by one test."""


@pytest.fixture
def rooms(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Three browsers that share nothing."""
    opened = [browser.new_context(viewport={"width": 1280, "height": 800}) for _ in range(3)]
    for one in opened:
        one.set_default_timeout(SLOW_MS)
    yield opened
    for one in opened:
        one.close()


def signed_in(context: BrowserContext, who: Visitor) -> Page:
    context.add_cookies([{"name": COOKIE, "value": who.cookie, "url": who.studio.url, "httpOnly": True}])
    page = context.new_page()
    page.goto(f"{who.studio.url}/record")
    return page


def reach(admin: Visitor) -> list[float]:
    """Where the arm is, joint by joint."""
    url = f"{admin.studio.url.replace('http', 'ws', 1)}/ws/studio?client=looker"
    with Program(url, admin.headers) as program:
        program.read(lambda: bool(program.arm))
        return program.arm["position"]


def test_a_viewer_cannot_move_the_arm_and_a_stranger_gets_neither_page_nor_frame_nor_socket(
    studio: RunningStudio, people: dict[str, Visitor], rooms: list[BrowserContext]
) -> None:
    admin = people["ada"]

    stranger = rooms[0].new_page()
    stranger.goto(f"{studio.url}/record")
    expect(stranger).to_have_url(f"{studio.url}/login?next=%2Frecord")
    assert stranger.locator("live-camera, canvas, video").count() == 0
    assert stranger.evaluate(PRY) == ["closed", "closed", 401, 401]

    viewer = signed_in(rooms[1], people["vera"])
    expect(viewer.locator("lease-card [data-do=control]")).to_have_attribute("title", REFUSED)
    expect(viewer.locator("live-camera canvas").first).to_be_visible()

    operator = rooms[2].new_page()
    operator.goto(f"{studio.url}/record")
    operator.fill("input[name=name]", "otto")
    operator.fill("input[name=password]", PASSWORD)
    operator.get_by_role("button", name="Sign in").click()
    operator.wait_for_url("**/record")
    operator.locator("lease-card [data-do=control][aria-disabled=false]").click()
    expect(viewer.locator("lease-card b")).to_contain_text("otto")

    start = reach(admin)
    viewer.bring_to_front()
    viewer.locator("#content").click(position={"x": 5, "y": 5})
    for key in ("t", "i", "q"):
        viewer.keyboard.down(key)
    told = viewer.evaluate("""() => fetch("/api/command", {method: "POST", headers: {"Content-Type": "application/json",
        "X-CSRF-Token": document.querySelector("meta[name=csrf]").content}, body: '{"type": "home"}'})
        .then((answer) => answer.json())""")
    assert told["title"] == REFUSED
    assert reach(admin) == pytest.approx(start, abs=0.5)
    expect(viewer.locator("lease-card b")).to_contain_text("otto")

    operator.bring_to_front()
    operator.keyboard.down("i")
    operator.keyboard.down("q")
    wait_until(lambda: max(abs(a - b) for a, b in zip(reach(admin), start, strict=True)) > 1, 60, "the arm moves")
    operator.keyboard.up("q")
    operator.keyboard.up("i")

    stranger.bring_to_front()
    stranger.get_by_role("button", name="STOP").click()
    wait_until(lambda: admin.ask("/api/studio")[1]["rig"]["phase"] == "stopped", 60, "anybody stops the arm")
    expect(stranger.locator(".stop")).to_contain_text("arm is stopped")
