"""The table is calibrated in real Chromium by four clicked corners of the top picture."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.studio import RunningStudio

pytestmark = pytest.mark.browser

# Where a level camera 80 cm above (25, 0) with a focal length of 500 px sees the four corners that are asked for.
SCALE, CENTRE = 500 / 80, (319.5, 239.5)
CORNERS_CM = [(35.0, 15.0), (35.0, -15.0), (15.0, -15.0), (15.0, 15.0)]


def pixel(x_cm: float, y_cm: float) -> tuple[float, float]:
    return CENTRE[0] - SCALE * y_cm, CENTRE[1] - SCALE * (x_cm - 25.0)


def click(page: Page, x_px: float, y_px: float) -> None:
    box = page.locator("table-calibration svg").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x_px * box["width"] / 640, box["y"] + y_px * box["height"] / 480)


def test_four_clicks_fit_the_table_a_bad_one_is_refused_and_the_good_one_is_kept(page: Page, studio: RunningStudio):
    page.goto(f"{studio.url}/setup/table")
    page.wait_for_selector("table-calibration live-camera canvas")
    expect(page.locator("table-calibration [data-part=now]")).to_contain_text("Not calibrated")
    expect(page.locator("table-calibration [data-do=save]")).to_have_attribute("aria-disabled", "true")

    # The last corner is clicked where the first was: refused, with what to do.
    for x_cm, y_cm in CORNERS_CM[:3]:
        click(page, *pixel(x_cm, y_cm))
    expect(page.locator("table-calibration [data-part=next]")).to_contain_text("near left")
    click(page, *pixel(33.0, 20.0))
    page.wait_for_selector("table-calibration [data-part=result][data-level=block]")

    # It is dragged to its place, and nudged there by a pixel to and fro.
    box = page.locator("table-calibration svg").bounding_box()
    mark = page.locator("table-calibration [data-corner='3'] .table-ring").bounding_box()
    assert box is not None
    assert mark is not None
    page.mouse.move(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    page.mouse.down()
    x_px, y_px = pixel(*CORNERS_CM[3])
    page.mouse.move(box["x"] + x_px * box["width"] / 640, box["y"] + y_px * box["height"] / 480, steps=4)
    page.mouse.up()
    page.wait_for_selector("table-calibration [data-part=result][data-level=ok]")
    dropped = page.inner_text("[data-pixel='3']")
    x_px, y_px = (float(number) for number in dropped.split(", "))
    for key, at in (("ArrowLeft", f"{x_px - 1:g}, {y_px:g}"), ("ArrowRight", dropped)):
        page.keyboard.press(key)  # the mark has the arrows also after the answer painted it anew
        expect(page.locator("[data-pixel='3']")).to_have_text(at)
        page.wait_for_selector("table-calibration [data-do=save][aria-disabled=false]")
    expect(page.locator("table-calibration .table-grid").nth(10)).to_be_attached()
    page.click("table-calibration [data-do=save]")
    page.wait_for_selector("table-calibration [data-part=reason]:has-text('Saved')")

    kept = studio.get("/api/table")["calibration"]
    assert kept["residual_mm"] < 2.0
    assert kept["points"] == 4
    m = kept["to_cm"]
    x, y = pixel(30.0, 5.0)
    w = m[6] * x + m[7] * y + m[8]
    found = ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    assert found == pytest.approx((30.0, 5.0), abs=0.3)

    # The plan is drawn over the picture from now on, without a restart.
    page.goto(f"{studio.url}/datasets/calibrated/plan")
    page.wait_for_selector("plan-map live-camera")
    points = page.get_attribute("g.plan-cluster[data-name='1'] polygon", "points") or ""
    x_px, y_px = map(float, points.split()[0].split(","))
    first = studio.get("/api/datasets/calibrated/plan/default?task=t")["clusters"][0]
    at = pixel(first["x_cm"] - first["size_x_cm"] / 2, first["y_cm"] - first["size_y_cm"] / 2)
    assert (x_px, y_px) == pytest.approx(at, abs=2.5)
