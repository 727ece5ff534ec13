"""A lead on the coverage page: the worst cluster, a mark, an area, a filter, and what the operator records next."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.datasets import CameraFormat, DatasetFormat, DatasetStore
from bench.coverage_data import make_dataset, plan_of
from tests.studio import RunningStudio, wait_until

pytestmark = pytest.mark.browser

NAME = "cups"
WEAK = "9"


@pytest.fixture(scope="module")
def dataset(studio: RunningStudio) -> str:
    """Two hundred takes in this rig's format, of which cluster 9 got few and lost many."""
    state = studio.get("/api/studio")
    cameras = tuple(CameraFormat(c["name"], c["width"], c["height"]) for c in state["cameras"])
    joints = tuple(joint["name"] for joint in state["rig"]["joints"])
    format = DatasetFormat(state["rig"]["fps"], state["rig"]["robot_type"], joints, cameras)
    return made(studio, NAME, format, 200, weak=WEAK, data=True)


def made(studio: RunningStudio, name: str, format: DatasetFormat, episodes: int, **options: Any) -> str:
    """As another program would write it; in a thread, because the browser's driver has an event loop in this one."""
    store = DatasetStore(studio.data_dir / "datasets")
    with ThreadPoolExecutor(1) as aside:
        aside.submit(make_dataset, store, name, format, episodes, **options).result()
    return name


def open_map(page: Page, studio: RunningStudio, name: str, search: str = "") -> None:
    page.goto(f"{studio.url}/datasets/{name}/coverage{search}")
    page.wait_for_selector("coverage-map .mark")


def test_a_lead_finds_the_worst_cluster_and_puts_it_first_for_the_operator(
    page: Page, studio: RunningStudio, dataset: str
):
    open_map(page, studio, dataset)
    assert page.locator(".weakest li").first.get_attribute("data-cluster") == WEAK
    survey = studio.get(f"/api/coverage?dataset={dataset}")["survey"]
    assert page.locator("coverage-map .mark").count() == survey["marks"]["of"] == 200
    assert page.locator("coverage-map .tile-held").count() == 1
    tile = page.locator(f'coverage-map .tile[data-cluster="{WEAK}"] title').text_content()
    assert re.match(rf"Cluster {WEAK}: \d+ of 12 planned takes are there", tile or "")
    page.locator(f'.gaps [data-first="{WEAK}"]').first.click()
    wait_until(lambda: _first(studio) == [WEAK], 60, "the queue begins with the weak cluster")
    wait_until(
        lambda: studio.get("/api/studio")["guidance"]["target"]["cluster"] == WEAK, 60, "the operator is sent there"
    )
    expect(page.locator(".next .big")).to_contain_text(WEAK)
    expect(page.locator("coverage-map .ghost")).to_have_count(1)
    expect(page.locator(f'.gaps [data-first="{WEAK}"]').first).to_be_disabled()


def test_a_press_opens_the_episode_and_a_drag_selects(page: Page, studio: RunningStudio, dataset: str):
    open_map(page, studio, dataset)
    cluster = next(one for one in plan_of().clusters if one.name == "6")
    box = page.locator('coverage-map .tile[data-cluster="6"] .tile-edge').bounding_box()
    assert box is not None
    page.mouse.move(box["x"] - 1, box["y"] - 1)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] + 1, box["y"] + box["height"] + 1)
    page.mouse.up()
    page.wait_for_selector(".selection tbody tr")
    (x0, y0), (x1, y1) = cluster.corners[0], cluster.corners[2]
    inside = studio.get(f"/api/coverage/episodes?dataset={dataset}&x0={x0}&y0={y0}&x1={x1}&y1={y1}&limit=500")
    shown = page.locator(".selection tbody tr").count()
    assert abs(shown - inside["total"]) <= 2  # the drag begins and ends a pixel outside the border
    review = page.locator(".selection a.primary").get_attribute("href") or ""
    assert len(review.split("episodes=")[1].split(",")) == shown
    page.keyboard.press("Escape")
    expect(page.locator(".selection")).to_have_count(0)
    first = page.locator("coverage-map .mark").first
    href = first.get_attribute("href") or ""
    first.locator("use").click(force=True)
    page.wait_for_url(f"**{href}", wait_until="commit")


def test_a_filter_is_an_address_and_a_layer_says_its_scale(page: Page, studio: RunningStudio, dataset: str):
    open_map(page, studio, dataset)
    page.select_option("select[name=operator]", "Ada")
    page.wait_for_selector('[data-drop=operator][data-value="Ada"]')
    assert page.url.endswith("?operator=Ada")
    part = studio.get(f"/api/coverage?dataset={dataset}&operator=Ada")["survey"]
    expect(page.locator("coverage-map .mark")).to_have_count(part["marks"]["of"])
    assert 0 < part["marks"]["of"] < 200
    page.click("[data-layer=success]")
    page.wait_for_selector('coverage-map .cells[data-layer="success"]')
    expect(page.locator("[data-part=said]")).to_contain_text("Successes among labelled takes")
    held: list[Route] = []
    page.route(re.compile(r"/api/coverage\?.*operator=Ada"), lambda route: held.append(route))
    page.go_back()
    wait_until(
        lambda: page.evaluate("location.search") == "?operator=Ada" and bool(held), 60, "the filter is asked for"
    )
    page.go_back()
    expect(page.locator("coverage-map .mark")).to_have_count(200)
    with page.expect_response(lambda answer: "operator=Ada" in answer.url) as late:
        held[0].continue_()
    late.value.finished()
    page.evaluate("new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))")
    assert page.locator("coverage-map .mark").count() == 200, "an older answer was painted over a newer one"


def test_what_somebody_else_decides_appears_by_itself(page: Page, studio: RunningStudio, dataset: str):
    open_map(page, studio, dataset)
    before = page.locator('coverage-map .mark[data-verdict="2"]').count()
    one = studio.get(f"/api/coverage/episodes?dataset={dataset}&verdict=none&limit=1")["episodes"][0]
    body = {"key": one["uuid"], "verdict": "rejected", "reason": "not reached", "reviewer": "Lea"}
    status, answer = studio.ask(f"/api/datasets/{dataset}/episodes/{one['index']}/reviews", "POST", body)
    assert status == 201, answer
    expect(page.locator('coverage-map .mark[data-verdict="2"]')).to_have_count(before + 1)


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1280, 800), (1920, 1080)])
def test_two_thousand_marks_stay_apart_and_fit(page: Page, studio: RunningStudio, width: int, height: int):
    """Small enough to be seen one by one: no mark is higher than a sixtieth of the map's width."""
    if studio.status("/api/coverage?dataset=many") == 404:
        cameras = (CameraFormat("top", 640, 480),)
        made(studio, "many", DatasetFormat(30, "so_follower", ("a", "b"), cameras), 2400, seed=4)
    page.set_viewport_size({"width": width, "height": height})
    open_map(page, studio, "many")
    assert 1990 <= page.locator("coverage-map .mark").count() <= 2000
    expect(page.locator("[data-part=said]")).to_contain_text("of 2,400 marks are drawn")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    largest, map_width = page.evaluate(
        """() => [Math.max(...[...document.querySelectorAll('.mark use')].slice(0, 50)
             .map((one) => one.getBoundingClientRect().height)),
           document.querySelector('coverage-map').getBoundingClientRect().width]"""
    )
    assert largest <= map_width / 60
    assert map_width >= 420


def _first(studio: RunningStudio) -> list[str]:
    return studio.get("/api/studio")["guidance"]["queue"]["first"]
