"""A guided dataset for tests that run a real simulated studio."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from app.checks.thresholds import Thresholds
from app.datasets import CameraFormat, DatasetFormat, DatasetStore
from app.guidance.plan import Cluster, Plan
from app.guidance.store import PlanStore
from tests.studio import Program, RunningStudio

PATIENT = Thresholds(
    camera_rate_share=0.01,
    camera_fresh_ms=20_000,
    camera_dead_s=20,
    missed_share=1.0,
    late_ms=20_000,
    repeated_share=1.0,
    skew_ms=20_000,
    length_z=100,
)
"""Limits of time that a loaded test machine does not touch: what is tested here is not its speed."""

PLAN = Plan(
    task="Put the tea bag in the mug.",
    workspace=((15.0, -5.0), (35.0, -5.0), (35.0, 15.0), (15.0, 15.0)),
    clusters=(Cluster("a", 20, 10), Cluster("b", 30, 10), Cluster("c", 20, 0), Cluster("d", 30, 0)),
    held_out=("d",),
    positions_per_cluster=2,
    thresholds=PATIENT,
)
"""Four clusters of two positions, a fifth of the takes recoveries: ten takes in all."""


def give_plan(studio: RunningStudio, dataset: str, plan: Plan = PLAN, **changes: Any) -> Plan:
    """A new, empty dataset of this rig with a plan, as another program would write it."""
    state = studio.get("/api/studio")
    store = DatasetStore(studio.data_dir / "datasets")
    cameras = tuple(CameraFormat(c["name"], c["width"], c["height"]) for c in state["cameras"])
    joints = tuple(joint["name"] for joint in state["rig"]["joints"])
    store.create(dataset, DatasetFormat(state["rig"]["fps"], state["rig"]["robot_type"], joints, cameras))
    return PlanStore(store).save(dataset, replace(plan, **changes))


def guided(program: Program, dataset: str) -> None:
    """Record into `dataset`, and wait for its plan and for the reference that the simulator captures by itself."""
    program.must("record.setup", dataset=dataset, operator="Ada", practice=False)
    program.read(lambda: program.state["guidance"]["dataset"] == dataset)
    assert program.state["guidance"]["plan"] is not None
    program.read(lambda: program.state["checks"]["reference"]["present"], 60)
    program.read(lambda: not program.state["checks"]["reference"]["capturing"])


def placed(program: Program) -> None:
    """The object where it is asked for, the arm at home, nothing in the way of a start."""
    program.read(lambda: not program.state["guidance"]["homing"], 60)
    program.must("place.for_me")
    program.read(lambda: program.state["guidance"]["target"]["state"] == "in_place", 60)
    program.read(lambda: program.state["recorder"]["start_blocked"] == "", 60)


def rows(program: Program, count: int) -> None:
    program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) >= count, 60)


def marked(program: Program, count: int) -> None:
    """Rows inside the recovery: on a busy machine many may have gone by before it was opened."""
    program.read(lambda: (program.state["recorder"]["take"] or {}).get("recovery_rows", 0) >= count, 60)


def saved(program: Program, outcome: str = "success", **fields: Any) -> dict[str, Any]:
    """End the take, see its verdict, save it; the verdict's state."""
    program.must("record.stop")
    uuid = program.state["recorder"]["take"]["uuid"]
    program.read(lambda: (program.state["checks"]["verdict"] or {}).get("uuid") == uuid)
    verdict = program.state["checks"]["verdict"]
    program.must("record.save", outcome=outcome, **fields)
    program.read(lambda: program.state["recorder"]["phase"] == "idle")
    return verdict


def columns(studio: RunningStudio, dataset: str, index: int) -> dict[str, Any]:
    """The studio's columns of an episode, its checks parsed."""
    found = studio.get(f"/api/datasets/{dataset}/episodes/{index}")["studio"]
    return {**found, "checks": json.loads(found["checks"])}
