"""The Deploy page in Chromium: from nothing to an export, its report, and two of them compared."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.deployed import export_toys
from tests.studio import RunningStudio

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports to put in place when a test wants them; made before Playwright's event loop runs in this thread."""
    made = tmp_path_factory.mktemp("exported")
    export_toys(made, tmp_path_factory.mktemp("work"))
    return made / "exports"


@pytest.fixture(scope="module")
def studio(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """A studio in which nothing was recorded, trained or exported."""
    running = RunningStudio(tmp_path_factory.mktemp("data")).start()
    yield running
    assert running.stop() == 0


def test_an_empty_studio_is_told_what_comes_first_and_a_path_can_still_be_exported(
    page: Page, studio: RunningStudio, tmp_path: Path
) -> None:
    page.goto(f"{studio.url}/deploy")
    expect(page.get_by_role("link", name="Record the first episode")).to_be_visible()
    page.get_by_role("link", name="Export a checkpoint that lies on this machine").click()
    start = page.get_by_role("button", name="Export", exact=True)
    expect(start).to_be_disabled()
    expect(page.locator("[data-part=problem]")).to_contain_text("Type the folder")
    features = {"observation.images.top": {"shape": [3, 480, 640]}}
    (tmp_path / "config.json").write_text(json.dumps({"type": "act", "input_features": features}))
    page.locator("input[name=path]").fill(str(tmp_path))
    page.locator("input[name=path]").blur()
    expect(page.locator(".checklist li")).to_have_count(5)
    expect(page.locator("[data-part=problem]")).to_contain_text("is not here")
    page.get_by_role("button", name="i.MX 95").click()
    expect(page.locator(".checklist")).to_contain_text("NXP's converter maps few operators")
    expect(start).to_be_disabled()


def test_a_report_explains_its_choice_and_two_are_compared(page: Page, studio: RunningStudio, exported: Path) -> None:
    shutil.copytree(exported, studio.data_dir / "models/exports")
    page.goto(f"{studio.url}/deploy")
    expect(page.locator("export-list tbody tr")).to_have_count(2)
    page.get_by_role("link", name="small", exact=True).click()
    expect(page.locator("export-view")).to_contain_text("It is the smallest of the mixes measured")
    expect(page.locator("pareto-plot .mark")).not_to_have_count(0)
    expect(page.locator("pareto-plot .mark[data-mark=chosen]")).to_have_count(1)
    page.get_by_role("button", name="Size").click()
    expect(page.locator("pareto-plot svg")).to_contain_text("MB")
    expect(page.locator("export-view")).to_contain_text("is not known")  # no stated factor for this family
    assert studio.status("/api/exports/small/report.html") == 200

    page.goto(f"{studio.url}/deploy")
    for name in ("fast", "small"):
        page.get_by_label(f"Compare {name}").check()
    page.get_by_role("link", name="Compare 2 exports").click()
    expect(page.locator("export-compare thead").first).to_contain_text("fast")
    expect(page.locator("export-compare")).to_contain_text("Error by joint")

    page.goto(f"{studio.url}/deploy/exports/fast")
    page.locator("[data-delete]").click()
    page.locator("[data-yes]").click()
    page.wait_for_url("**/deploy")
    expect(page.locator("export-list tbody tr")).to_have_count(1)
    (studio.data_dir / "models/exports/small/vision.onnx").unlink()
    page.reload()
    expect(page.locator("export-list")).to_contain_text("vision.onnx is missing")
