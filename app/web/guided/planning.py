"""Making and changing plans: what the arm reaches, what is recorded, and the one way a version is saved."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.core.errors import Conflict, NotReady
from app.devices.models import GraspRing
from app.guidance.layout import default_plan
from app.guidance.plan import Plan
from app.guidance.plan_problems import Reach
from app.guidance.progress import Recorded, pace_s
from app.web.guided.data import GuidedData

if TYPE_CHECKING:
    from app.web.studio import Studio


class PlanChanged(Conflict):
    """Somebody saved another version meanwhile."""

    code = "plan_changed"


class Planning:
    """Methods block on the disk: call them in a thread."""

    def __init__(self, studio: Studio, data: GuidedData) -> None:
        self._studio = studio
        self._data = data
        self._one_at_a_time = threading.Lock()

    @property
    def reach(self) -> GraspRing | None:
        """Where this arm grasps; None while no rig is attached, or where nobody worked it out."""
        facts = self._studio.rig_facts
        ring = facts.reach if facts else None
        return GraspRing(ring.inner_cm, ring.outer_cm, ring.pan_deg) if ring else None

    def require_reach(self) -> Reach:
        """The judge of targets; an arm without a known reach is not judged, one that is not attached yet is awaited."""
        if self._studio.rig_facts is None:
            raise NotReady("The rig is not attached yet: it is not known what its arm reaches.", todo="Wait a moment.")
        ring = self.reach
        return ring.holds if ring else lambda x_cm, y_cm: True

    def exists(self, name: str) -> bool:
        return self._data.store.folder_of(name).is_dir()

    def versions(self, name: str) -> tuple[Plan, ...]:
        return self._data.plans.versions(name) if self.exists(name) else ()

    def recorded(self, name: str) -> Sequence[Recorded]:
        return self._data.recorded(name)

    def pace_s(self, recorded: Sequence[Recorded]) -> float | None:
        """Median seconds from one saved episode to the next; None while that is not known."""
        return pace_s(recorded)

    def save(self, name: str, plan: Plan, based_on: int) -> Plan:
        """Keep a sound plan as the next version. Raises `PlanChanged` when `based_on` is not the newest."""
        with self._one_at_a_time:
            return self._save(name, plan, based_on)

    def _save(self, name: str, plan: Plan, based_on: int) -> Plan:
        if not self.exists(name):
            self._data.store.create(name, self._studio.dataset_format())
        newest = len(self._data.plans.versions(name))
        if newest != based_on:
            raise PlanChanged(
                f"The plan of {name} is at version {newest} by now, not {based_on}.",
                todo="Load the page again to see it, then make your change there.",
            )
        return self._data.plans.save(name, plan)

    def save_default(self, name: str, task: str) -> Plan:
        """The guide's plan as the first version; `PlanChanged` where the dataset has one."""
        return self.save(name, default_plan(task, self.require_reach()), 0)
