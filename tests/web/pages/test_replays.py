"""An episode driven again on the simulated arm, over the studio's own wire."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import numpy as np

from app.datasets import Dataset, EpisodeFacts, TakeWriter
from tests.datasets.folders import a_dataset
from tests.datasets.scenes import QUICK, scene, small_format
from tests.studio import RunningStudio, wait_until

SHORT, LONG = 45, 600  # rows: to be driven to its end, and to be broken off in whatever moment


def swings(studio: RunningStudio, rows: int) -> str:
    """A dataset of one episode in which the base of this arm swings slowly to and fro, from home."""
    name, take = f"p-{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
    home = np.array([joint["home"] for joint in studio.get("/api/studio")["rig"]["joints"]], np.float32)
    facts, format_ = EpisodeFacts(take, outcome="success"), small_format()
    dataset = Dataset.create(studio.data_dir / "datasets" / name, format_, QUICK)
    takes = studio.data_dir / "takes"
    writer = TakeWriter.begin(takes, uuid=take, dataset=name, format=format_, task="Swing", facts=facts, disk=QUICK)
    for i, (row, pictures) in enumerate(scene(format_, rows)):
        pose = home.copy()
        pose[0] += 10 * np.sin(i / 20)
        writer.append(replace(row, state=pose, action=pose), pictures)
    writer.stop()
    dataset.commit(takes, take, facts)
    return name


def replay_until(studio: RunningStudio, phases: set[str]) -> dict[str, Any]:
    wait_until(lambda: studio.get("/api/replay")["phase"] in phases, 60, f"the replay is {phases}")
    return studio.get("/api/replay")


def test_an_episode_is_driven_again_and_the_tracking_error_kept(studio: RunningStudio) -> None:
    recorded = swings(studio, SHORT)
    path = f"/api/datasets/{recorded}/episodes/0"
    status, answer = studio.ask(f"{path}/replay", "POST", {})
    assert (status, answer["phase"]) == (202, "ramping")
    assert studio.ask(f"{path}/replay", "POST", {})[1]["code"] == "replay_busy"
    found = replay_until(studio, {"done", "ended"})
    assert (found["phase"], found["reason"]) == ("done", "")
    action = np.array(studio.get(f"{path}/signals")["action"]).T
    samples = found["samples"]
    assert samples  # a row is left out only where the loop came late
    error = np.array([np.array(one["measured"]) - action[one["row"]] for one in samples])
    assert np.abs(error).max() < 21, "all of the swing, were it a machine that stalls"
    assert np.median(np.abs(error)) < 2
    wait_until(lambda: studio.get(f"{path}/replays") != [], 60, "it is kept")
    (kept,) = studio.get(f"{path}/replays")
    assert (kept["phase"], [one["row"] for one in kept["samples"]]) == ("done", [one["row"] for one in samples])
    assert np.allclose([one["measured"] for one in kept["samples"]], [one["measured"] for one in samples], atol=1e-3)
    wait_until(lambda: not studio.get("/api/studio")["lease"]["held"], 60, "the arm is free")


def test_a_person_takes_over_and_the_replay_says_so(studio: RunningStudio) -> None:
    recorded = swings(studio, LONG)
    assert studio.ask(f"/api/datasets/{recorded}/episodes/0/replay", "POST", {})[0] == 202
    with studio.program("person-1") as program:
        program.must("lease.acquire", label="Bo")
        found = replay_until(studio, {"done", "ended"})
        program.ask("lease.release")
    assert (found["phase"], found["reason"]) == ("ended", "Bo took over.")


def test_the_stop_ends_it_and_it_does_not_come_back(studio: RunningStudio) -> None:
    recorded = swings(studio, LONG)
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
