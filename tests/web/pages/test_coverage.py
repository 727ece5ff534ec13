"""Coverage over HTTP: aggregates of a selection, refusals in words, and following what others change."""

from __future__ import annotations

import pytest

from app.datasets import CameraFormat, DatasetFormat, DatasetStore
from app.devices.so101 import SO101
from bench.coverage_data import make_dataset
from tests.studio import RunningStudio

pytestmark = pytest.mark.serial


@pytest.fixture(scope="module")
def cups(studio: RunningStudio) -> str:
    cameras = (CameraFormat("top", 640, 480),)
    format = DatasetFormat(30, SO101.robot_type, SO101.joint_names, cameras)
    make_dataset(DatasetStore(studio.data_dir / "datasets"), "cups", format, 150, data=True)
    return "cups"


def test_a_selection_is_counted_and_listed_alike(studio: RunningStudio, cups: str):
    query = f"dataset={cups}&operator=Ada&outcome=success&outcome=partial&verdict=none&x0=10&y0=-20&x1=40&y1=20"
    found = studio.get(f"/api/coverage?{query}&layer=age")["survey"]
    listed = studio.get(f"/api/coverage/episodes?{query}&limit=500")
    assert 0 < listed["total"] == len(listed["episodes"]) == found["totals"]["episodes"] < 150
    assert {one["operator"] for one in listed["episodes"]} == {"Ada"}
    assert {one["verdict"] for one in listed["episodes"]} == {"none"}
    moments = [one["recorded_at"] for one in listed["episodes"]]
    assert moments == sorted(moments, reverse=True)
    assert found["scale"]["unit"] == "days"


def test_the_hands_paths_are_worked_out_for_the_selection(studio: RunningStudio, cups: str):
    few = studio.get(f"/api/coverage/paths?dataset={cups}&cluster=3&operator=Bo")
    assert few["why_none"] == ""
    assert 0 < len(few["paths"]) == min(40, few["of"])
    every = studio.get(f"/api/coverage/paths?dataset={cups}")
    assert (len(every["paths"]), every["of"]) == (40, 150)
    assert all(len(path["x_cm"]) == 60 for path in every["paths"])


def test_a_review_changes_the_version_and_the_numbers(studio: RunningStudio, cups: str):
    before = studio.get(f"/api/coverage?dataset={cups}")
    assert studio.get(f"/api/coverage/version?dataset={cups}")["version"] == before["version"]
    key = studio.get(f"/api/coverage/episodes?dataset={cups}&verdict=none&limit=1")["episodes"][0]
    body = {"key": key["uuid"], "verdict": "rejected", "reason": "not reached", "reviewer": "Lea"}
    status, answer = studio.ask(f"/api/datasets/{cups}/episodes/{key['index']}/reviews", "POST", body)
    assert status == 201, answer
    after = studio.get(f"/api/coverage?dataset={cups}")
    assert after["version"] != before["version"]
    assert after["survey"]["totals"]["rejected"] == before["survey"]["totals"]["rejected"] + 1


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/coverage?dataset=nowhere", 404, "There is no dataset nowhere"),
        ("/api/coverage", 422, "dataset"),
        ("/api/coverage?dataset=cups&x0=1", 422, "x0, y0, x1 and y1"),
        ("/api/coverage?dataset=cups&verdict=maybe", 422, "verdict"),
        ("/api/coverage?dataset=cups&colour=red", 422, "colour"),
        ("/api/coverage/picture/cups?x0=0&x1=40&y0=-20&y1=20", 404, "no picture"),
        ("/api/coverage/picture/cups?x0=0&x1=4000&y0=-20&y1=20", 422, "x1"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(studio: RunningStudio, cups: str, path, status, words):
    found, problem = studio.ask(path, "GET", None)
    assert found == status, problem
    assert words in problem["title"]
