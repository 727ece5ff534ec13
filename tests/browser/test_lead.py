"""The lead's round: the worst cluster, three rejections by keyboard, a trim, the held-out cluster split off."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.datasets import Dataset, DatasetStore
from app.datasets.layout import STUDIO_FOLDER
from app.guidance.plan import Cluster, Plan
from app.guidance.plan_json import versions_to_bytes
from tests.browser.test_review import ReviewPage
from tests.datasets.conftest import lerobot
from tests.datasets.oracle import Oracle
from tests.datasets.saving import save
from tests.datasets.scenes import QUICK, small_format
from tests.studio import RunningStudio

__all__ = ["lerobot"]
pytestmark = [pytest.mark.browser, pytest.mark.lerobot, pytest.mark.filterwarnings("ignore")]

CLUSTERS = (Cluster("A", 20, 10), Cluster("B", 30, 10), Cluster("C", 20, 0), Cluster("D", 30, 0))
PLAN = Plan("Stack the bricks", ((15, -5), (35, -5), (35, 15), (15, 15)), CLUSTERS, ("C",), positions_per_cluster=4)
TAKES = ("A", "B", "C", "A", "B", "C", "A", "B", "D", "A", "B", "C")
ROWS = 24
PATIENCE_MS = 180_000


@pytest.fixture
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    running = RunningStudio(tmp_path_factory.mktemp("data"))
    with ThreadPoolExecutor(1) as beside:  # Playwright's event loop runs in this thread
        beside.submit(recorded, running.data_dir / "datasets/shift").result()
    yield running.start()
    assert running.stop() == 0


def recorded(folder: Path) -> None:
    """Twelve takes over four clusters of which D got one; C is held out."""
    dataset = Dataset.create(folder, small_format(), QUICK)
    places = {cluster.name: cluster for cluster in CLUSTERS}
    for number, name in enumerate(TAKES):
        facts = {
            "cluster": name,
            "position": TAKES[:number].count(name),
            "placed_x_cm": float(places[name].x_cm),
            "placed_y_cm": float(places[name].y_cm + number / 10),
            "plan_version": 1,
        }
        save(dataset, folder.parent.parent / "takes", 100 * number, ROWS, PLAN.task, **facts)
    (folder / STUDIO_FOLDER).mkdir(exist_ok=True)
    (folder / STUDIO_FOLDER / "plan.json").write_bytes(versions_to_bytes((PLAN,)))


def test_a_lead_makes_a_dataset_fit_to_train_on(page: Page, studio: RunningStudio, lerobot: Oracle) -> None:
    before = episodes(studio, "shift")

    page.goto(f"{studio.url}/datasets/shift/coverage")
    page.wait_for_selector("coverage-map .mark")
    assert page.locator(".weakest li").first.get_attribute("data-cluster") == "D"

    review = ReviewPage(page, studio, "shift").open(0)
    for index in range(3):
        review.press("x", "1").shows(index + 1)
    review.receipt("Episode 3: rejected")
    assert review.verdicts()[:4] == ["rejected"] * 3 + ["none"]

    review.stands_on(3, 0)
    review.press(*["ArrowRight"] * 4).stands_on(3, 4)
    review.press("i")
    review.press("End").stands_on(3, ROWS - 1)
    review.press(*["ArrowLeft"] * 3).stands_on(3, ROWS - 4)
    review.press("o")
    page.wait_for_selector(f"trim-button[from='4'][to='{ROWS - 3}']")
    page.click("trim-button button")
    expect(page.locator("trim-button .job-state")).to_have_text("✓ Done", timeout=PATIENCE_MS)

    page.goto(f"{studio.url}/datasets/shift")
    page.click("[data-do=split]")
    page.check("form-sheet [name=without_rejected]")
    expect(page.locator("form-sheet .form-note")).to_contain_text("shift-train (7), shift-held-out (2)")
    page.click("form-sheet footer .primary")
    card = page.locator("job-card", has_text="Split shift by held-out cluster")
    expect(card.locator(".job-state")).to_have_text("✓ Done", timeout=PATIENCE_MS)

    trained, held_out = episodes(studio, "shift-train"), episodes(studio, "shift-held-out")
    kept = [uuid for uuid, (cluster, _) in list(before.items())[4:] if cluster != "C"]
    trimmed = [uuid for uuid in trained if uuid not in before]
    assert list(trained) == [*trimmed, *kept]
    assert trained[trimmed[0]] == ("A", ROWS - 7)
    assert list(held_out) == [uuid for uuid, (cluster, _) in list(before.items())[3:] if cluster == "C"]
    for name, wanted in (("shift-train", trained), ("shift-held-out", held_out)):
        opened = lerobot.open(studio.data_dir / "datasets" / name)
        assert [int(length) for length in opened.meta.episodes["length"]] == [rows for _, rows in wanted.values()]
        assert opened[0]["observation.state"].shape == (6,)


def episodes(studio: RunningStudio, name: str) -> dict[str, tuple[str, int]]:
    """Cluster and rows of every episode, by its uuid, in order."""
    with ThreadPoolExecutor(1) as beside:
        found = beside.submit(lambda: DatasetStore(studio.data_dir / "datasets").open(name).episodes()).result()
    return {one.facts.uuid: (one.facts.cluster, one.length) for one in found}
