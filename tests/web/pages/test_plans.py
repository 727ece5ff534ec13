"""Plans over HTTP, against a running studio on the simulated rig."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.studio import RunningStudio

pytestmark = pytest.mark.serial


def put(studio: RunningStudio, name: str, plan: dict[str, Any], based_on: int) -> tuple[int, dict[str, Any]]:
    return studio.ask(f"/api/datasets/{name}/plan", "PUT", {"plan": plan, "based_on": based_on})


def drafted(studio: RunningStudio, name: str) -> dict[str, Any]:
    return studio.get(f"/api/datasets/{name}/plan/default?task=Put%20it%20there.")


def test_a_default_plan_is_sound_and_saves_nothing(studio: RunningStudio):
    draft = drafted(studio, "draft-only")
    status, said = studio.ask("/api/datasets/draft-only/plan/check", "POST", draft)
    assert status == 200
    assert said["problems"] == []
    assert len(draft["clusters"]) == 11
    assert said["nominal_takes"] == 110
    assert said["total_takes"] == said["nominal_takes"] + said["recovery_takes"] == 138
    assert len(said["positions"]) == 110
    answer = studio.get("/api/datasets/draft-only/plan")
    assert (answer["exists"], answer["plan"]) == (False, None)


def test_saving_a_plan_makes_the_dataset_and_counts_its_versions(studio: RunningStudio):
    plan = drafted(studio, "made")
    status, answer = put(studio, "made", plan, 0)
    assert status == 200, answer
    assert answer["exists"]
    assert answer["plan"]["version"] == 1
    plan["positions_per_cluster"] = 4
    status, said = studio.ask("/api/datasets/made/plan/check", "POST", plan)
    assert any("asks for 55 takes instead of 138" in sentence for sentence in said["meaning"]), said
    status, answer = put(studio, "made", plan, 1)
    assert status == 200, answer
    assert [version["version"] for version in answer["versions"]] == [1, 2]
    stored = json.loads((studio.data_dir / "datasets/made/meta/studio/plan.json").read_text())
    assert [version["positions_per_cluster"] for version in stored] == [10, 4]


def test_a_version_that_somebody_else_saved_meanwhile_is_not_overwritten(studio: RunningStudio):
    plan = drafted(studio, "two-leads")
    assert put(studio, "two-leads", plan, 0)[0] == 200
    status, problem = put(studio, "two-leads", plan, 0)
    assert status == 409
    assert problem["code"] == "plan_changed"
    assert "version 1" in problem["title"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"held_out": []}, "No cluster is held out"),
        ({"recovery_share": 1.2}, "recovery share is 1.2"),
        ({"clusters": []}, "no clusters"),
        ({"task": " "}, "no task sentence"),
    ],
)
def test_a_bad_plan_is_refused_in_words_and_nothing_is_written(studio: RunningStudio, change, words):
    plan = drafted(studio, "bad") | change
    status, problem = put(studio, "bad", plan, 0)
    assert status == 422
    assert words in problem["title"]
    assert problem["fields"]["problems"][0]["todo"]
    assert not (studio.data_dir / "datasets/bad").exists()


def test_targets_beyond_the_arms_kinematics_are_named_by_their_cluster(studio: RunningStudio):
    plan = drafted(studio, "far")
    plan["clusters"][0] |= {"x_cm": 80.0, "y_cm": 0.0}
    plan["workspace"] = [[-100, -100], [100, -100], [100, 100], [-100, 100]]
    _, said = studio.ask("/api/datasets/far/plan/check", "POST", plan)
    [problem] = said["problems"]
    assert problem["where"] == f"clusters[{plan['clusters'][0]['name']}]"
    assert "cannot reach 10 of 10 positions" in problem["text"]


def test_overlapping_clusters_are_both_named(studio: RunningStudio):
    plan = drafted(studio, "over")
    first, second = plan["clusters"][:2]
    second |= {"x_cm": first["x_cm"], "y_cm": first["y_cm"]}
    _, said = studio.ask("/api/datasets/over/plan/check", "POST", plan)
    assert any(f"Clusters {first['name']} and {second['name']} overlap" in p["text"] for p in said["problems"])


def test_an_unknown_threshold_and_an_unknown_field_are_named(studio: RunningStudio):
    plan = drafted(studio, "odd") | {"thresholds": {"no_such": 1.0}}
    _, said = studio.ask("/api/datasets/odd/plan/check", "POST", plan)
    assert "no_such" in said["problems"][0]["text"]
    status, problem = studio.ask("/api/datasets/odd/plan/check", "POST", plan | {"colour": "red"})
    assert status == 422
    assert "colour" in problem["title"]


def test_the_default_plan_command_gives_the_recorders_dataset_a_plan_once(studio: RunningStudio):
    assert studio.ask("/api/command", "POST", {"type": "record.setup", "dataset": "by-command"})[0] == 200
    status, answer = studio.ask("/api/command", "POST", {"type": "plan.default"})
    assert status == 200, answer
    assert studio.get("/api/studio")["guidance"]["plan"]["version"] == 1
    status, problem = studio.ask("/api/command", "POST", {"type": "plan.default"})
    assert status == 409
    assert problem["code"] == "plan_changed"
