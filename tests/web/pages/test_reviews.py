"""Reviews over HTTP, also while the same dataset is being recorded."""

from __future__ import annotations

import uuid

import pytest

from tests.datasets.folders import a_dataset
from tests.studio import RunningStudio


@pytest.fixture
def name(studio: RunningStudio) -> str:
    made = f"r-{uuid.uuid4().hex[:8]}"
    a_dataset(studio.data_dir, made, lengths=(20, 24, 18))
    return made


def say(studio: RunningStudio, name: str, index: int, **said: object) -> tuple[int, dict]:
    key = studio.get(f"/api/datasets/{name}/episodes/{index}/reviews")["key"]
    return studio.ask(f"/api/datasets/{name}/episodes/{index}/reviews", "POST", {"key": key, **said})


def test_a_verdict_stands_until_it_is_taken_back(studio: RunningStudio, name: str) -> None:
    status, answer = say(studio, name, 1, verdict="rejected", reason="The bag slipped.", reviewer="Ada")
    assert status == 201
    assert answer["standing"]["verdict"] == "rejected"
    assert answer["standing"]["reviewer"] == "Ada"
    _, both = say(studio, name, 1, verdict="accepted", rating=4)
    assert (both["standing"]["verdict"], both["standing"]["disputed"]) == ("accepted", True)
    assert [one["reviewer"] for one in both["opinions"]] == ["Ada", "local"]
    queue = studio.get(f"/api/datasets/{name}/reviews/queue")
    assert [entry["index"] for entry in queue["entries"]] == [0, 2, 1]
    assert queue["counts"] == {"none": 2, "accepted": 1, "rejected": 0}
    path = f"/api/datasets/{name}/episodes/1/reviews/{both['opinions'][1]['id']}/undo"
    status, undone = studio.ask(path, "POST", {})
    assert status == 201
    assert undone["standing"]["verdict"] == "rejected"
    assert [one["taken_back"] for one in undone["opinions"]] == [False, True]
    assert studio.ask(path, "POST", {})[0] == 422


def test_spans_and_trims_are_kept_inside_the_episode(studio: RunningStudio, name: str) -> None:
    status, answer = say(studio, name, 0, spans=[[2, 9, "slip"]], trim=[1, 20])
    assert status == 201
    assert answer["standing"]["spans"] == [[2, 9, "slip"]]
    assert answer["standing"]["trim"] == [1, 20]
    status, problem = say(studio, name, 0, spans=[[2, 99, ""]])
    assert (status, problem["code"]) == (422, "review_invalid")
    assert say(studio, name, 0)[0] == 422
    assert say(studio, name, 0, rating=9)[0] == 422


def test_a_page_that_shows_another_episode_is_told_so(studio: RunningStudio, name: str) -> None:
    path = f"/api/datasets/{name}/episodes/0/reviews"
    status, problem = studio.ask(path, "POST", {"key": f"{name}-1", "verdict": "accepted"})
    assert (status, problem["code"]) == (409, "episode_moved")


def test_a_selection_and_a_sample_make_queues(studio: RunningStudio, name: str) -> None:
    path = f"/api/datasets/{name}/reviews/queue"
    assert [e["index"] for e in studio.get(f"{path}?order=recorded&episodes=2,0")["entries"]] == [0, 2]
    # A raised one is a digit, and no number.
    odd = studio.get(f"{path}?order=recorded&episodes=%20,%C2%B9,{'9' * 5000},x,%201")
    assert [e["index"] for e in odd["entries"]] == [1]
    assert [e["index"] for e in studio.get(f"{path}?uuids={name}-1")["entries"]] == [1]
    assert studio.get(f"{path}?order=second")["total"] == 0
    page = studio.get(f"{path}?order=recorded&offset=1&limit=1")
    assert (page["total"], [e["index"] for e in page["entries"]]) == (3, [1])


def test_outliers_and_a_comparison_are_answered(studio: RunningStudio, name: str) -> None:
    found = studio.get(f"/api/datasets/{name}/outliers")
    assert (found["episodes"], found["measured"], found["few"], found["outliers"]) == (3, 3, 3, [])
    same = studio.get(f"/api/datasets/{name}/compare?a=1&b=1")
    assert (same["distance"], same["warped"], same["unit"]) == (0, 0, "deg")
    assert studio.get(f"/api/datasets/{name}/compare?a=0&b=1")["distance"] > 50
    assert studio.status(f"/api/datasets/{name}/compare?a=0&b=9") == 404


def test_reviews_go_on_while_the_same_dataset_is_recorded(studio: RunningStudio) -> None:
    name = f"r-{uuid.uuid4().hex[:8]}"
    with studio.program("recorder-2") as program:
        program.must("record.setup", dataset=name, operator="Ada")
        for index in range(2):
            program.begin()
            program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) >= 5)
            if index:
                assert say(studio, name, 0, verdict="rejected", reason="blurred")[0] == 201
                assert program.state["recorder"]["phase"] == "recording"
            program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) >= 10)
            program.must("record.save", outcome="success")
            program.read(lambda: program.state["recorder"]["phase"] == "idle")
    queue = studio.get(f"/api/datasets/{name}/reviews/queue?order=recorded")
    assert [entry["verdict"] for entry in queue["entries"]] == ["rejected", "none"]
