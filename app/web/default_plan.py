"""The default plan of this arm, for a dataset that has none: one click."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.core.errors import Conflict, NotReady
from app.datasets import DatasetFormat, DatasetStore
from app.devices.models import ReachRing
from app.guidance.layout import default_plan
from app.guidance.plan import Goal, Plan
from app.guidance.plan_problems import Reach
from app.guidance.store import PlanStore

if TYPE_CHECKING:
    from app.web.studio import Studio

CLAW_CM = 5.0
"""An object nearer to the goal's wall than this cannot be grasped with open claws."""


class HasPlan(Conflict):
    code = "has_plan"


def reach_of(ring: ReachRing, goal: Goal) -> Reach:
    """Where the arm can grasp with the goal standing on the table."""

    def reachable(x_cm: float, y_cm: float) -> bool:
        beside = (x_cm - goal.x_cm) ** 2 + (y_cm - goal.y_cm) ** 2 >= (goal.radius_cm + CLAW_CM) ** 2
        return beside and ring.reaches(x_cm, y_cm)

    return reachable


async def make_default_plan(studio: Studio) -> None:
    """Plan, validate and keep it; the dataset is made where it does not exist. Raises `HasPlan`, `NotReady`."""
    guided, name = studio.guided, studio.recorder.setup.dataset
    await guided.settled()
    if guided.loaded.plan is not None:
        raise HasPlan(f"Dataset {name} has a plan already.", todo="Change it on the plan page.")
    ring = studio.rig_facts.reach if studio.rig_facts else None
    if ring is None:
        raise NotReady("It is not known where this arm can reach.", todo="Wait until the rig is attached.")
    task, form = studio.recorder.setup.task, studio.dataset_format()
    await asyncio.to_thread(_keep, studio.store, name, form, _plan(task, ring))
    await studio.recorder.open_existing()
    await guided.settled()


def _plan(task: str, ring: ReachRing) -> Plan:
    return default_plan(task, reach_of(ring, Goal()))


def _keep(store: DatasetStore, name: str, form: DatasetFormat, plan: Plan) -> None:
    if name not in store.names():
        store.create(name, form)
    PlanStore(store).save(name, plan)
