"""The plan page in real Chromium: a lead lays the clusters out over the live picture."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.studio import RunningStudio

pytestmark = pytest.mark.browser


class PlanPage:
    """Waits are for what the page says."""

    def __init__(self, page: Page, studio: RunningStudio, dataset: str) -> None:
        self.page = page
        self._studio = studio
        self._dataset = dataset

    def open(self) -> PlanPage:
        self.page.goto(f"{self._studio.url}/datasets/{self._dataset}/plan")
        self.page.wait_for_selector("plan-map g.plan-cluster")
        return self

    def box(self, name: str) -> dict[str, float]:
        box = self.page.locator(f"g.plan-cluster[data-name='{name}'] polygon").bounding_box()
        assert box is not None
        return box

    def drag(self, name: str, dx: float, dy: float) -> None:
        box = self.box(name)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + dx / 2, y + dy / 2)
        self.page.mouse.move(x + dx, y + dy)
        self.page.mouse.up()

    def can_save(self) -> None:
        self.page.wait_for_selector("plan-save [data-do=save][aria-disabled=false]")

    def save(self) -> None:
        self.can_save()
        self.page.click("plan-save [data-do=save]")
        self.page.wait_for_selector("plan-save [data-part=reason]:has-text('Saved as version')")

    def plan(self) -> dict[str, Any]:
        path = self._studio.data_dir / "datasets" / self._dataset / "meta/studio/plan.json"
        return json.loads(path.read_text())[-1]


def test_a_lead_drags_holds_out_is_refused_and_saves_two_versions(page: Page, studio: RunningStudio):
    plan = PlanPage(page, studio, "laid-out").open()
    expect(page.locator("g.plan-cluster")).to_have_count(11)
    plan.save()
    first = plan.plan()
    [held] = first["held_out"]

    # The only held-out cluster is let go: the plan says why that will not do, and Save carries the reason.
    page.locator(f"g.plan-cluster[data-name='{held}']").focus()
    page.keyboard.press("h")
    page.wait_for_selector("plan-save li:has-text('No cluster is held out')")
    page.wait_for_selector("plan-save [data-do=save][aria-disabled=true]")
    other = next(c["name"] for c in first["clusters"] if c["name"] != held)
    page.locator(f"g.plan-cluster[data-name='{other}']").focus()
    page.keyboard.press("h")
    plan.can_save()

    # Dragged onto its neighbour it overlaps, which is named at the cluster; undone in one step.
    before = plan.box("5")
    plan.drag("5", before["width"], 0)
    page.wait_for_selector("plan-save li:has-text('overlap')")
    page.wait_for_selector("g.plan-cluster[data-bad=true]")
    page.click("plan-save [data-do=undo]")
    plan.can_save()

    # Ten centimetres to the left by keys, in steps of one.
    page.locator("g.plan-cluster[data-name='1']").focus()
    y_cm = next(c["y_cm"] for c in first["clusters"] if c["name"] == "1")
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("plan-cluster [data-field=y_cm]")).to_have_value(f"{y_cm + 2:g}")
    page.click("plan-amounts [data-amount=positions_per_cluster] [data-step='-1']")
    page.wait_for_selector("plan-save .plan-meaning:has-text('instead of 138')")
    plan.save()

    second = plan.plan()
    assert second["version"] == 2
    assert second["held_out"] == [other]
    assert second["positions_per_cluster"] == 9
    assert next(c["y_cm"] for c in second["clusters"] if c["name"] == "1") == y_cm + 2
    assert next(c for c in second["clusters"] if c["name"] == "5") == next(
        c for c in first["clusters"] if c["name"] == "5"
    )


def test_without_a_calibration_the_map_is_drawn_to_scale_and_says_so(page: Page, studio: RunningStudio):
    PlanPage(page, studio, "uncalibrated").open()
    assert studio.get("/api/datasets/uncalibrated/plan")["table"] is None
    expect(page.locator("plan-editor [data-part=picture]")).to_contain_text("not calibrated")
    assert page.locator("plan-map live-camera").count() == 0
