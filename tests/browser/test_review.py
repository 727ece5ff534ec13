"""A lead reviews by keyboard alone while an episode is being recorded in the same studio."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page

from tests.datasets.folders import a_dataset
from tests.studio import RunningStudio

pytestmark = pytest.mark.browser

# The number that is drawn into every picture as 16 black and white blocks (tests/datasets/scenes.py).
CODES = """() => [...document.querySelectorAll('review-player video')].map((video) => {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const block = Math.floor(video.videoWidth / 16);
  return [...Array(16).keys()].reduce((code, bit) => {
    const { data } = context.getImageData(bit * block + 1, 1, block - 2, block - 2);
    const light = data.filter((_, i) => i % 4 < 3).reduce((sum, one) => sum + one, 0) / (data.length * 0.75);
    return code + (light > 128 ? 2 ** bit : 0);
  }, 0);
})"""
STILL = "[...document.querySelectorAll('review-player video')].every((one) => one.readyState >= 2 && !one.seeking)"


class ReviewPage:
    def __init__(self, page: Page, studio: RunningStudio, dataset: str) -> None:
        self.page, self.studio, self.dataset = page, studio, dataset

    def open(self, index: int) -> ReviewPage:
        self.page.goto(f"{self.studio.url}/datasets/{self.dataset}/episodes/{index}?order=recorded")
        self.page.wait_for_selector("[data-part=queue]:has-text('of')")  # which widens the head above the pictures, too
        return self.shows(index)

    def shows(self, index: int) -> ReviewPage:
        self.page.wait_for_selector(f"episode-view[data-pictured='{index}']")
        self.page.wait_for_selector("review-panel .verdict-head")
        return self

    def press(self, *keys: str) -> ReviewPage:
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def stands_on(self, episode: int, frame: int) -> None:
        """Every camera shows exactly this frame: the label says it and the pictures carry its number."""
        said = "words => document.querySelector('[data-part=frame]')?.textContent.startsWith(words)"
        self.page.wait_for_function(said, arg=f"frame {frame + 1} /")
        self.page.wait_for_function(STILL)
        wanted = [100 * episode + frame] * 2
        self.page.wait_for_function(f"wanted => JSON.stringify(({CODES})()) === JSON.stringify(wanted)", arg=wanted)

    def receipt(self, words: str) -> None:
        self.page.wait_for_function(
            "words => document.querySelector('[data-part=receipt]')?.textContent.includes(words)", arg=words
        )

    def verdicts(self) -> list[str]:
        queue = self.studio.get(f"/api/datasets/{self.dataset}/reviews/queue?order=recorded")
        return [entry["verdict"] for entry in queue["entries"]]


@pytest.fixture
def review(page: Page, studio: RunningStudio) -> ReviewPage:
    name = f"review-{uuid.uuid4().hex[:6]}"
    with ThreadPoolExecutor(1) as apart:  # Playwright's event loop runs in this thread
        apart.submit(lambda: a_dataset(studio.data_dir, name, lengths=(40, 36, 50, 30, 24)).compact()).result()
    return ReviewPage(page, studio, name)


def test_a_lead_reviews_by_keyboard_while_a_take_is_recorded(review: ReviewPage, studio: RunningStudio) -> None:
    with studio.program("recorder-9") as program:
        program.must("record.setup", dataset=f"{review.dataset}-live", operator="Ada")
        program.begin()
        review.open(0).press("x", "1").shows(1)
        review.receipt("Episode 1: rejected")
        review.press("x", "t")
        review.page.keyboard.type("hand in the picture")
        review.press("Enter").shows(2)
        review.press("x", "x").shows(3)
        review.receipt("Episode 3: rejected")
        assert review.verdicts() == ["rejected", "rejected", "rejected", "none", "none"]
        review.press("u").shows(2)
        review.receipt("Taken back: episode 3")
        assert review.verdicts() == ["rejected", "rejected", "none", "none", "none"]
        review.press("4", "a").shows(3)
        review.receipt("Episode 3: accepted")
        assert program.state["recorder"]["phase"] == "recording"
        program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) >= 10)
        program.must("record.save", outcome="success")
        program.read(lambda: program.state["recorder"]["phase"] == "idle")
    told = studio.get(f"/api/datasets/{review.dataset}/episodes/1/reviews")
    assert told["standing"]["reason"] == "hand in the picture"
    assert studio.get(f"/api/datasets/{review.dataset}/episodes/2/reviews")["standing"]["rating"] == 4
    assert studio.get(f"/api/datasets/{review.dataset}-live/episodes/0")["rows"] >= 10


def test_every_seek_lands_on_its_frame_in_a_file_of_many_episodes(review: ReviewPage) -> None:
    review.open(2).stands_on(2, 0)
    review.press(*["ArrowRight"] * 5).stands_on(2, 5)
    review.press("Shift+ArrowRight", "Shift+ArrowRight").stands_on(2, 25)
    review.press("ArrowLeft").stands_on(2, 24)
    review.press("End").stands_on(2, 49)
    review.press("Home").stands_on(2, 0)
    review.press("j").shows(3).stands_on(3, 0)
    review.press("p").shows(2).stands_on(2, 0)
    review.press("+", "+", " ")
    said = "document.querySelector('[data-part=frame]')?.textContent.startsWith('frame 50 /')"
    review.page.wait_for_function(said)
    review.stands_on(2, 49)


def test_a_recovery_band_is_dragged_and_kept_as_a_review(review: ReviewPage, studio: RunningStudio) -> None:
    review.open(0)
    edge = review.page.locator("[data-band='0'] [data-grip='to']")
    box, line = edge.bounding_box(), review.page.locator("time-line").bounding_box()
    assert box
    assert line
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    review.page.mouse.move(x, y)
    review.page.mouse.down()
    review.page.mouse.move(x + 3 * line["width"] / 40, y, steps=4)
    review.page.mouse.up()
    review.receipt("recovery marked")
    standing = studio.get(f"/api/datasets/{review.dataset}/episodes/0/reviews")["standing"]
    assert standing["spans"][:2] == [[3, 7, ""], [10, 11, ""]]
    recorded = studio.get(f"/api/datasets/{review.dataset}/episodes/0/signals")["recovery"]
    assert [row for row, flag in enumerate(recorded) if flag][:2] == [3, 10]
