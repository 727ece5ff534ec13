"""Review: from the key press to the next episode's first picture in every camera, and from a seek to its frame.

The anchor, in the same browser: a page that sets the sources of plain video elements when an episode is asked for and
seeks them, as dataset viewers on the web do; nothing is preloaded there.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from app.datasets import CameraFormat, Dataset, DatasetFormat, EpisodeFacts
from bench.outcome import Outcome, Reach
from tests.browser.conftest import FLAGS
from tests.datasets.scenes import JOINTS, QUICK, record
from tests.studio import RunningStudio

SIZE = (640, 480)
ROWS = 150
REACH = {"first_picture_p95_ms": Reach(at_most=300.0)}
PICTURED = "[...document.querySelectorAll('episode-view')].some((one) => one.dataset.pictured === '{index}')"
ANCHOR = """async ({spans, frame, fps}) => {
  const began = performance.now();
  const videos = spans.map((span) => {
    const video = Object.assign(document.createElement('video'), {muted: true, preload: 'auto', src: span.url});
    document.body.append(video);
    return [video, span.from_s + (frame + 0.5) / fps];
  });
  await Promise.all(videos.map(([video, at]) => new Promise((resolve) => {
    video.addEventListener('loadedmetadata', () => (video.currentTime = at));
    video.addEventListener('seeked', resolve);
  })));
  const taken = performance.now() - began;
  videos.forEach(([video]) => video.remove());
  return taken;
}"""
SEEK = """async () => {
  const videos = [...document.querySelectorAll('review-player video')];
  const seeked = (video) => new Promise((resolve) => video.addEventListener('seeked', resolve, {once: true}));
  const began = performance.now();
  const there = videos.map(seeked);
  dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', shiftKey: true}));
  await Promise.all(there);
  return performance.now() - began;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="understudy bench review")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--chromium", type=Path, default=Path("/usr/bin/chromium"))
    options = parser.parse_args()
    episodes = 5 if options.quick else 20
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), episodes)
        studio = RunningStudio(Path(folder)).start()
        try:
            figures, anchor = measure(studio, episodes, options.chromium)
        finally:
            code = studio.stop()
        if code != 0:
            sys.exit(f"the studio ended with {code}")
    print(Outcome("review", figures, anchor, REACH).line())


def make(root: Path, episodes: int) -> None:
    """Episodes of 5 s with three cameras of 640x480, in the file layout that compaction leaves."""
    format = DatasetFormat(
        30, "so_follower", JOINTS, tuple(CameraFormat(name, *SIZE) for name in ("top", "grip", "left"))
    )
    made = Dataset.create(root / "datasets/bench", format, QUICK)
    for number in range(episodes):
        uuid = f"bench-{number}"
        record(root / "takes", uuid, format=format, rows=ROWS, first=ROWS * number).stop()
        made.commit(root / "takes", uuid, EpisodeFacts(uuid, outcome="success"))
    made.compact()


def measure(studio: RunningStudio, episodes: int, chromium: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        page = browser.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True).new_page()
        page.goto(f"{studio.url}/datasets/bench/episodes/0?order=recorded")
        page.wait_for_function(PICTURED.format(index=0), timeout=60_000)
        opened = first_pictures(page)[0]
        turns = [turn(page, index) for index in range(1, episodes)]
        seeks = [page.evaluate(SEEK) for _ in range(12)]
        plain = [anchor_turn(page, studio, index) for index in range(1, episodes)]
        browser.close()
    figures = {
        "opened_first_picture_ms": round(opened, 1),
        "first_picture_p50_ms": round(statistics.median(turns), 1),
        "first_picture_p95_ms": round(sorted(turns)[round(0.95 * (len(turns) - 1))], 1),
        "seek_ten_frames_p50_ms": round(statistics.median(seeks), 1),
        "turns": len(turns),
    }
    return figures, {"plain_videos_p50_ms": round(statistics.median(plain), 1), "turns": len(plain)}


def turn(page: Page, index: int) -> float:
    """Looks a second at an episode, as a quick reviewer does, and asks for the next."""
    page.wait_for_timeout(1000)
    page.keyboard.press("j")
    page.wait_for_function(PICTURED.format(index=index), timeout=60_000)
    return first_pictures(page)[-1]


def first_pictures(page: Page) -> list[float]:
    return page.evaluate("performance.getEntriesByName('first-picture').map((one) => one.duration)")


def anchor_turn(page: Page, studio: RunningStudio, index: int) -> float:
    spans = list(studio.get(f"/api/datasets/bench/episodes/{index}")["videos"].values())
    # a query of its own, so that nothing comes from the browser's cache of our page
    plain = [{**span, "url": f"{span['url']}?plain={index}"} for span in spans]
    return page.evaluate(ANCHOR, {"spans": plain, "frame": 0, "fps": 30})


if __name__ == "__main__":
    main()
