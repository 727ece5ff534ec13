"""The operator's page on a guided dataset, in real Chromium on the simulator."""

from __future__ import annotations

import io
import math
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.simulation.cameras import known_mounts
from tests.browser.guided_page import GO, KEEP, L_STICK, LB, MENU, PAD, PLACE, RB, A, Gamepad, GuidedPage, Pedals
from tests.browser.record import START
from tests.guided import PLAN, columns, give_plan, guided
from tests.studio import RunningStudio, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.alone]

WITHIN_PX = 2.0
TOP = known_mounts()["top"]
DRAWN = """() => {
  const path = document.querySelector('target-overlay [data-outline]'), to = path?.getScreenCTM();
  if (!to) return null;
  const { left, top, width, height } = document.querySelector('live-camera[name=top] canvas').getBoundingClientRect();
  const corners = path.getAttribute('d').slice(1, -1).split('L').map((pair) => {
    const [x, y] = pair.split(' ').map(Number), at = new DOMPoint(x, y).matrixTransform(to);
    return [at.x, at.y];
  });
  return [corners, [left, top, width, height]];
}"""
"""Corners of the mark and the canvas beneath it, of one moment; null while no mark is drawn."""


PLACES = """() => Object.fromEntries(
  [...document.querySelectorAll('live-camera, ready-panel, .ready-row, guide-panel, drive-panel, .action-place, .stop')]
    .map((one, i) => [`${i} ${one.tagName} ${one.dataset.key ?? ''}`, one.getBoundingClientRect()])
    .map(([name, { x, y, width, height }]) => [name, [x, y, width, height]]))"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("data"), rig="simulator").start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def dataset(studio: RunningStudio) -> str:
    """A planned dataset with its reference, a table in order, and a session that answered nothing yet."""
    name = f"d-{uuid.uuid4().hex[:8]}"
    with ThreadPoolExecutor(1) as beside:  # Playwright's loop runs in this thread, and a plan is written to the disk
        beside.submit(give_plan, studio, name, recovery_share=0.0).result()
    with studio.program("lead") as lead:
        lead.must("disturb", name="clear")
        guided(lead, name)
        for item in lead.state["guidance"]["checklist"]:
            lead.must("checklist.answer", key=item["key"], answer=None)
    return name


@pytest.fixture
def operator(page: Page, studio: RunningStudio, dataset: str) -> GuidedPage:
    page.add_init_script("localStorage.setItem('understudy.hint', 'done')")
    guided_page = GuidedPage(page, studio)
    guided_page.open()
    page.wait_for_selector("guide-panel[data-plan=yes]")
    return guided_page


def corners_px(place: dict[str, float]) -> np.ndarray:
    """Where a pinhole where the simulator's top camera stands sees the object's top, (4, 2) pixels of 640x480."""
    assert TOP is not None
    yaw = math.radians(place["yaw_deg"])
    along = PLAN.object.length_cm / 2 * np.array([math.cos(yaw), math.sin(yaw), 0])
    across = PLAN.object.width_cm / 2 * np.array([-math.sin(yaw), math.cos(yaw), 0])
    middle = np.array([place["x_cm"], place["y_cm"], PLAN.object.height_cm])
    corners = np.array(
        [middle - along - across, middle + along - across, middle + along + across, middle - along + across]
    )
    seen = corners @ np.reshape(TOP.rotation, (3, 3)).T + np.array(TOP.translation_cm)
    return TOP.focal_px * seen[:, :2] / seen[:, 2:] + np.array([319.5, 239.5])


def on_screen(pixels: np.ndarray, canvas: list[float]) -> np.ndarray:
    """Picture pixels where `object-fit: contain` shows them; a pixel's middle is half a pixel from its corner."""
    left, top, width, height = canvas
    scale = min(width / 640, height / 480)
    return (pixels + 0.5) * scale + np.array([left + (width - 640 * scale) / 2, top + (height - 480 * scale) / 2])


def drawn(page: Page) -> tuple[np.ndarray, list[float]] | None:
    found = page.evaluate(DRAWN)
    return found and (np.array(found[0]), found[1])


def fits(page: Page, pixels: np.ndarray) -> bool:
    """Whether the mark lies over those pixels of the picture."""
    found = drawn(page)
    return found is not None and bool(np.abs(found[0] - on_screen(pixels, found[1])).max() < WITHIN_PX)


def yellow_centre(page: Page, around: np.ndarray) -> np.ndarray | None:
    """The middle of the yellow bag in what the browser shows now, None where it shows none."""
    shown = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    (left, top), (right, bottom) = around.min(axis=0) - 25, around.max(axis=0) + 25
    part = shown[int(top) : int(bottom), int(left) : int(right)]
    rows, columns_ = np.nonzero(
        (part[..., 0] > 110) & (part[..., 0] - part[..., 2] > 60) & (part[..., 1] - part[..., 2] > 40)
    )
    if rows.size <= 100:
        return None
    edges = np.array([(columns_.min() + columns_.max()) / 2, (rows.min() + rows.max()) / 2])
    return edges + 0.5 + np.array([int(left), int(top)])


def test_the_mark_lies_on_the_picture_where_the_target_is(operator: GuidedPage, studio: RunningStudio):
    page, place = operator.page, operator.target["place"]
    with studio.program("hand") as hand:
        hand.must("place", **place, start="nominal")
    operator.in_place()
    expected = corners_px(place)
    wait_until(lambda: fits(page, expected), 30, "it fits the large picture")
    page.dblclick("live-camera.main")
    page.wait_for_selector("camera-wall[enlarged]")
    wait_until(lambda: fits(page, expected), 30, "it fits over the whole body, with bars at its sides")
    page.keyboard.press("Tab")
    page.wait_for_selector("live-camera[name=top]:not(.main)")
    wait_until(lambda: fits(page, expected), 30, "it fits the small picture beside another")
    page.keyboard.press("Escape")
    page.click("live-camera[name=top]")
    page.wait_for_selector("live-camera.main[name=top]")
    wait_until(lambda: fits(page, expected), 30, "it fits the large picture again")
    marked = on_screen(expected, drawn_canvas(page))
    page.add_style_tag(content="target-overlay, .over { visibility: hidden !important }")  # nothing over the picture
    wait_until(lambda: bag_lies_at(page, marked), 30, "the bag is seen where the mark is")


def drawn_canvas(page: Page) -> list[float]:
    box = page.locator("live-camera[name=top] canvas").bounding_box()
    assert box is not None
    return [box["x"], box["y"], box["width"], box["height"]]


def bag_lies_at(page: Page, marked: np.ndarray) -> bool:
    """The picture shown may be an older, or on a busy machine a smaller one: it is looked at until it is not."""
    found = yellow_centre(page, marked)
    return found is not None and bool(np.abs(found - marked.mean(axis=0)).max() < 2 * WITHIN_PX)


def test_a_nudged_camera_stops_start_and_says_why_until_it_is_mended(operator: GuidedPage, studio: RunningStudio):
    page = operator.page
    operator.unblocked("camera.top")
    page.wait_for_selector(".action[data-action=start][aria-disabled=false]")
    page.click("try-checks summary")
    page.click('[data-trial="nudge.top"]')
    operator.light("camera.top", "block")
    operator.says("NOT READY")
    expect(page.locator(".action[data-action=start][aria-disabled=true]")).to_contain_text("top camera")
    page.keyboard.press("w")
    page.wait_for_selector("check-detail .finding[data-level=block] .todo")
    page.keyboard.press("Space")
    expect(page.locator(".action-problem")).to_contain_text("top camera")
    assert operator.state["recorder"]["phase"] == "idle"
    page.fill("check-detail input[name=reason]", "the mount is being changed today")
    page.click("check-detail form button")
    page.wait_for_selector("check-detail", state="hidden")  # it closes by itself, once the studio has agreed
    page.wait_for_selector(".action[data-action=start][aria-disabled=false]")
    assert operator.state["checks"]["override"]["reason"] == "the mount is being changed today"
    page.keyboard.press("w")
    page.click("check-detail [data-lift]")
    operator.says("NOT READY")
    page.click('[data-trial="clear"]')
    operator.unblocked("camera.top")
    page.wait_for_selector(".action[data-action=start][aria-disabled=false]")


def test_a_take_is_judged_and_its_recovery_gets_a_cause_by_number(
    operator: GuidedPage, studio: RunningStudio, dataset: str
):
    page = operator.page
    operator.lay(lambda: page.keyboard.press("b"))
    operator.answer_checklist(lambda: page.keyboard.press("Space"))
    operator.light("checklist", "ok")
    page.wait_for_selector(START)
    places = page.evaluate(PLACES)
    operator.begin()
    operator.says("RECORDING")
    operator.some_rows()
    assert page.evaluate(PLACES) == places, "nothing shifts while recording"
    page.wait_for_selector("guide-bar", state="hidden")  # the picture belongs to driving
    page.keyboard.press("v")
    page.wait_for_selector('guide-bar[data-tone="recovering"]')
    operator.until("m.store.state.recorder.take?.recovery_rows > 5")
    page.keyboard.press("v")
    page.keyboard.press("s")
    operator.says("DECIDE")
    page.wait_for_selector("guide-bar:is([data-tone=green], [data-tone=amber], [data-tone=red]) [data-part=verdict]")
    page.click("verdict-card summary")
    page.wait_for_selector("verdict-card .numbers li >> nth=5")
    expect(page.locator(".cause")).to_have_count(len(PLAN.causes))
    page.keyboard.press("2")
    operator.says("SAVED")
    found = columns(studio, dataset, 0)
    assert (found["kind"], found["recovery_cause"], found["outcome"]) == ("recovery", PLAN.causes[1].name, "success")


def test_a_session_by_gamepad_alone(page: Page, studio: RunningStudio, dataset: str):
    page.add_init_script(f"localStorage.setItem('understudy.hint', 'done'); ({PAD})()")
    operator = GuidedPage(page, studio)
    operator.open()
    page.wait_for_selector("guide-panel[data-plan=yes]")
    pad = Gamepad(page)
    operator.another_target(lambda: pad.press(RB))
    operator.lay(lambda: pad.press(LB))
    operator.answer_checklist(lambda: pad.press(MENU))
    operator.insist(lambda: pad.press(L_STICK), "m.store.state.lease.mine")
    page.wait_for_selector(".lease[data-kind=mine]")
    operator.begin(lambda: pad.press(MENU))
    operator.says("RECORDING")
    height = operator.tool_mm()[2]
    pad.stick(3, 1.0)
    operator.until(f"m.store.arm?.tool_mm[2] < {height} - 10")
    pad.stick(3, 0.0)
    operator.some_rows()
    pad.press(MENU)
    operator.says("DECIDE")
    pad.press(A)
    operator.saved_now(0)
    done = operator.target["key"]
    operator.lay(lambda: pad.press(LB))
    operator.begin(lambda: pad.press(MENU))
    operator.says("RECORDING")
    operator.some_rows()
    pad.press(A)
    operator.saved_now(1)
    found = [columns(studio, dataset, index) for index in (0, 1)]
    assert [one["outcome"] for one in found] == ["success", "success"]
    assert f"{found[1]['cluster']}/{found[1]['position']}" == "/".join(done.split("/")[:2])
    assert (found[0]["driver"], studio.get(f"/api/datasets/{dataset}/episodes/0")["input"]) == ("person", "gamepad")


def test_a_session_by_three_pedals_alone(operator: GuidedPage, studio: RunningStudio, dataset: str):
    pedals = Pedals(operator.page)
    first = operator.target["key"]
    with pedals.held(PLACE):
        operator.until(f"m.store.state.guidance.target?.key !== '{first}'")
    operator.lay(lambda: pedals.tap(PLACE))
    operator.answer_checklist(lambda: pedals.tap(GO))
    operator.begin(lambda: pedals.tap(GO))
    operator.says("RECORDING")
    operator.some_rows()
    dropped = operator.store("recorder.take.uuid")
    with pedals.held(KEEP):  # drop it, and record it again
        operator.until(f"m.store.state.recorder.take && m.store.state.recorder.take.uuid !== '{dropped}'")
    operator.says("RECORDING")
    operator.some_rows()
    pedals.tap(GO)
    operator.says("DECIDE")
    pedals.tap(PLACE)
    operator.saved_now(0)
    operator.lay(lambda: pedals.tap(PLACE))
    operator.begin(lambda: pedals.tap(GO))
    operator.says("RECORDING")
    operator.some_rows()
    pedals.tap(KEEP)
    operator.saved_now(1)
    assert [columns(studio, dataset, index)["outcome"] for index in (0, 1)] == ["partial", "success"]
    operator.page.keyboard.down(GO)
    operator.page.keyboard.down(KEEP)
    operator.says("STOPPED")
