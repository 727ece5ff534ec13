"""An episode driven again on the simulated arm, over the studio's own wire."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pytest

from tests.datasets.folders import a_dataset
from tests.studio import RunningStudio, wait_until


@pytest.fixture
def recorded(studio: RunningStudio) -> str:
    """A dataset with one episode in which a person moved the arm."""
    name = f"p-{uuid.uuid4().hex[:8]}"
    with studio.program("recorder-3") as program:
        program.must("record.setup", dataset=name, operator="Ada")
        program.must("lease.acquire", label="test")
        program.must("record.start", skip_countdown=True)
        program.drive(1.0, linear_m_s=[0.05, 0.03, 0.0])
        program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) >= 25)
        program.must("record.save", outcome="success")
        program.read(lambda: program.state["recorder"]["phase"] == "idle")
        program.must("home")
        program.must("lease.release")
    return name


def replay_until(studio: RunningStudio, phases: set[str]) -> dict[str, Any]:
    wait_until(lambda: studio.get("/api/replay")["phase"] in phases, 60, f"the replay is {phases}")
    return studio.get("/api/replay")


def test_an_episode_is_driven_again_and_the_tracking_error_kept(studio: RunningStudio, recorded: str) -> None:
    path = f"/api/datasets/{recorded}/episodes/0"
    status, answer = studio.ask(f"{path}/replay", "POST", {})
    assert (status, answer["phase"]) == (202, "ramping")
    assert studio.ask(f"{path}/replay", "POST", {})[1]["code"] == "replay_busy"
    found = replay_until(studio, {"done", "ended"})
    assert (found["phase"], found["reason"]) == ("done", "")
    action = np.array(studio.get(f"{path}/signals")["action"]).T
    samples = found["samples"]
    assert len(samples) > 5  # a row is left out only where the loop came late
    error = np.array([np.array(one["measured"]) - action[one["row"]] for one in samples])
    assert np.abs(error).max() < 15
    wait_until(lambda: studio.get(f"{path}/replays") != [], 20, "it is kept")
    (kept,) = studio.get(f"{path}/replays")
    assert (kept["phase"], [one["row"] for one in kept["samples"]]) == ("done", [one["row"] for one in samples])
    assert np.allclose([one["measured"] for one in kept["samples"]], [one["measured"] for one in samples], atol=1e-3)
    wait_until(lambda: not studio.get("/api/studio")["lease"]["held"], 10, "the arm is free")


def test_a_person_takes_over_and_the_replay_says_so(studio: RunningStudio, recorded: str) -> None:
    assert studio.ask(f"/api/datasets/{recorded}/episodes/0/replay", "POST", {})[0] == 202
    with studio.program("person-1") as program:
        program.must("lease.acquire", label="Bo")
        found = replay_until(studio, {"done", "ended"})
        program.must("lease.release")
    assert (found["phase"], found["reason"]) == ("ended", "Bo took over.")


def test_the_stop_ends_it_and_it_does_not_come_back(studio: RunningStudio, recorded: str) -> None:
    assert studio.ask(f"/api/datasets/{recorded}/episodes/0/replay", "POST", {})[0] == 202
    assert studio.ask("/api/stop", "POST", None)[0] == 200
    found = replay_until(studio, {"done", "ended"})
    assert found["phase"] == "ended"
    assert found["reason"].startswith("Emergency stop by")
    assert studio.ask(f"/api/datasets/{recorded}/episodes/0/replay", "POST", {})[0] == 409
    assert studio.ask("/api/command", "POST", {"type": "stop.reset"})[0] == 200


def test_another_robots_episode_is_refused_in_words(studio: RunningStudio) -> None:
    from app.datasets.models import CameraFormat, DatasetFormat

    name = f"p-{uuid.uuid4().hex[:8]}"
    other = DatasetFormat(30, "gantry", ("x", "y"), (CameraFormat("front", 64, 64),))
    a_dataset(studio.data_dir, name, lengths=(5,), format=other)
    status, problem = studio.ask(f"/api/datasets/{name}/episodes/0/replay", "POST", {})
    assert (status, problem["code"]) == (409, "not_replayable")
    assert "moves x, y; this arm has shoulder_pan" in problem["title"]
