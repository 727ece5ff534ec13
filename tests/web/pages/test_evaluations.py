"""Evaluations and pipelines over HTTP: described, begun, judged by an operator, read, and what is refused."""

from __future__ import annotations

import pytest

from app.training.folder import RunStore
from tests.studio import RunningStudio
from tests.training import recorded

pytestmark = pytest.mark.serial

PROTOCOL = {"dataset": "bricks", "training": 2, "held_out": 1, "judge": "operator"}
ENTRANTS = [{"key": "early", "policy": "tiny/3"}, {"key": "late", "policy": "tiny/6"}]
NEW = {"protocol": PROTOCOL, "entrants": ENTRANTS, "name": "bench-arm"}


@pytest.fixture(scope="module")
def begun(studio: RunningStudio) -> str:
    """A recorded dataset, a run of it, and an evaluation on a real arm with one trial judged."""
    root = studio.data_dir
    if not (root / "datasets/bricks").exists():
        recorded.dataset(root)
    run = RunStore(root / "models").folder("tiny")
    run.create(recorded.described(root))
    for step in ("000003", "000006"):
        checkpoint = run.output / "checkpoints" / step
        (checkpoint / "training_state").mkdir(parents=True)
        (checkpoint / "pretrained_model").mkdir()
        (checkpoint / "pretrained_model/model.safetensors").write_bytes(b"weights")
        (checkpoint / "pretrained_model/config.json").write_text('{"type": "act"}')
    status, made = studio.ask("/api/evaluations", "POST", NEW)
    assert status == 201, made
    status, judged = studio.ask("/api/evaluations/bench-arm/trials/1", "POST", {"outcome": "success"})
    assert status == 201, judged
    return "bench-arm"


def test_it_is_described_before_anything_is_written(studio: RunningStudio, begun: str) -> None:
    status, told = studio.ask("/api/evaluations/describe", "POST", {**NEW, "name": "other"})
    assert status == 200, told
    assert (told["trials"], told["by_part"]) == (6, {"training": 2, "held_out": 1})
    assert [one["name"] for one in studio.get("/api/evaluations")] == [begun]


def test_the_operator_sees_what_is_next_and_the_results_follow(studio: RunningStudio, begun: str) -> None:
    upcoming = studio.get(f"/api/evaluations/{begun}/next")
    assert upcoming["left"] == 5
    assert upcoming["trial"]["number"] == 2
    assert upcoming["keys"] == {"s": "success", "p": "partial", "f": "failure"}
    detail = studio.get(f"/api/evaluations/{begun}")
    assert detail["summary"]["state"] == "stopped"
    scores = {one["key"]: one["all"] for one in detail["results"]["entrants"]}
    assert sorted(score["trials"] for score in scores.values()) == [0, 1]
    status, page = studio.ask(f"/api/evaluations/{begun}/trials/2", "POST", {"ended": "interrupted", "problem": "rain"})
    assert status == 201, page
    assert studio.get(f"/api/evaluations/{begun}/next")["trial"]["number"] == 2
    listed = studio.get(f"/api/evaluations/{begun}")["results"]["broken"]
    assert [(one["number"], one["problem"]) for one in listed] == [(2, "rain")]


@pytest.mark.parametrize(
    ("path", "method", "body", "status", "words"),
    [
        ("/api/evaluations/nowhere", "GET", None, 404, "There is no evaluation"),
        ("/api/evaluations", "POST", {**NEW, "name": "bench-arm"}, 409, "already is an evaluation"),
        ("/api/evaluations", "POST", {**NEW, "entrants": [{"key": "x", "policy": "no"}]}, 422, "no policy 'no'"),
        ("/api/evaluations/bench-arm/trials/1", "POST", {"outcome": ""}, 409, "has an outcome"),
        ("/api/evaluations/bench-arm/resume", "POST", {}, 422, "judged by an operator"),
        ("/api/evaluations/bench-arm/record-next", "POST", {"clusters": ["near"]}, 409, "this is about bricks"),
        ("/api/pipelines/nowhere", "GET", None, 404, "There is no pipeline"),
        ("/api/pipelines/describe", "POST", {"dataset": "nowhere"}, 404, "There is no dataset nowhere"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    studio: RunningStudio, begun: str, path: str, method: str, body: dict | None, status: int, words: str
) -> None:
    found, problem = studio.ask(path, method, body)
    assert found == status, problem
    assert words in problem["title"]


def test_a_pipeline_shows_its_plan_before_it_begins(studio: RunningStudio, begun: str) -> None:
    status, told = studio.ask("/api/pipelines/describe", "POST", {"dataset": "bricks"})
    assert status == 200, told
    assert [step["name"] for step in told["steps"]] == ["check", "train", "score", "export", "evaluate"]
    assert {step["state"] for step in told["steps"]} == {"waiting"}
    assert studio.get("/api/pipelines") == []
