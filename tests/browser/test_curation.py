"""A lead splits off the held-out cluster in the browser, and LeRobot opens both results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.datasets.layout import STUDIO_FOLDER
from app.guidance.plan import Cluster, Plan
from app.guidance.plan_json import versions_to_bytes
from tests.datasets.conftest import lerobot
from tests.datasets.oracle import Oracle
from tests.datasets.saving import filled
from tests.datasets.scenes import small_format
from tests.studio import RunningStudio

__all__ = ["lerobot"]
pytestmark = [pytest.mark.browser, pytest.mark.lerobot, pytest.mark.filterwarnings("ignore")]
EPISODES = [(0, 9), (100, 12), (200, 7), (300, 6)]
PATIENCE_MS = 180_000
HALFWAY = """import('/static/js/core/studio.js').then(({ store }) => {
  const value = store.state.jobs.map((job) => ({ ...job, state: 'running', fraction: 0.5 }));
  store.take({ type: 'changed', section: 'jobs', value });
})"""


@pytest.fixture
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("data"))
    with ThreadPoolExecutor(1) as beside:  # Playwright's event loop runs in this thread
        beside.submit(planned_dataset, running.data_dir / "datasets/bricks").result()
    yield running.start()
    assert running.stop() == 0


def planned_dataset(folder: Path) -> None:
    dataset = filled(folder, EPISODES, compact=True)
    clusters = tuple(Cluster(f"A{first}", 20.0, first / 20) for first, _ in EPISODES)
    plan = Plan("Stack the bricks", ((10, -30), (40, -30), (40, 30), (10, 30)), clusters, ("A100", "A300"))
    (dataset.folder / STUDIO_FOLDER / "plan.json").write_bytes(versions_to_bytes((plan,)))


def test_the_held_out_cluster_is_split_off(page: Page, studio: RunningStudio, lerobot: Oracle) -> None:
    page.goto(f"{studio.url}/datasets/bricks")
    page.click("[data-do=split]")
    expect(page.locator("form-sheet .form-note")).to_contain_text("bricks-train (2), bricks-held-out (2)")
    page.click("form-sheet footer .primary")
    card = page.locator("job-card")
    expect(card).to_contain_text("Split bricks by held-out cluster")
    expect(card.locator(".job-state")).to_have_text("✓ Done", timeout=PATIENCE_MS)
    expect(card).to_contain_text("bricks-train with 2, bricks-held-out with 2 episodes")
    expect(card.locator("progress")).to_be_hidden()
    page.evaluate(HALFWAY)  # what was seen in passing, or not, according to the machine
    expect(card.locator("progress")).to_be_visible()
    expect(card.locator("progress")).to_have_js_property("value", 0.5)
    expect(card.locator(".job-state")).to_have_text("▶ Running")
    card.get_by_role("link", name="bricks-held-out").click()
    expect(page.locator("h1")).to_have_text("bricks-held-out")
    page.goto(f"{studio.url}/datasets")
    for name in ("bricks", "bricks-train", "bricks-held-out"):
        expect(page.get_by_role("link", name=re.compile(f"^{name}$"))).to_be_visible()
    datasets = studio.data_dir / "datasets"
    lerobot.check(datasets / "bricks-train", small_format(), [EPISODES[0], EPISODES[2]])
    lerobot.check(datasets / "bricks-held-out", small_format(), [EPISODES[1], EPISODES[3]])
    lerobot.check(datasets / "bricks", small_format(), EPISODES)
