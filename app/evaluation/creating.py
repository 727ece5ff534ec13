"""Makes an evaluation of a protocol and entrants: what would be tried where, checked before anything is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.datasets import DatasetStore
from app.evaluation.errors import EvaluationExists, EvaluationInvalid, NoPlan
from app.evaluation.folder import PREFIX, EvaluationStore
from app.evaluation.models import Entrant, Evaluation, EvaluationProtocol, Judge
from app.evaluation.placing import Reachable, places_of
from app.evaluation.subjects import find, trained_on
from app.guidance.plan import Plan
from app.guidance.store import PlanStore
from app.storage.paths import DataFolder

SIMULATOR = "simulator"
_MOST_TRIALS = 5000


@dataclass(frozen=True)
class Creator:
    """Makes `Evaluation`s; nothing is written. `reachable` says where on the table, in cm, the arm grasps."""

    data: DataFolder
    store: DatasetStore
    reachable: Reachable

    def make(
        self,
        name: str,
        protocol: EvaluationProtocol,
        entrants: Sequence[Entrant],
        *,
        by: str,
        at: datetime,
        rig_simulated: bool | None = None,
    ) -> Evaluation:
        """`rig_simulated` is about the arm that an operator judges on, None where the dataset has to tell.

        Raises NoPlan, EvaluationInvalid, DatasetNotFound.
        """
        dataset, plan = self.store.open(protocol.dataset), self._plan(protocol.dataset)
        _require_keys(entrants)
        if protocol.record and f"{PREFIX}{name}" in self.store.names():
            raise EvaluationExists(
                f"There is a dataset {PREFIX}{name} of an earlier evaluation.",
                todo="Choose another name, or delete it.",
            )
        known = [trained_on(find(entrant.policy, self.data), self.data) for entrant in entrants]
        learnt = sorted({cluster for clusters in known for cluster in clusters}) if all(known) else []
        recorded = next(iter(dataset.episodes(0, 1)), None)
        of_sim = recorded is None or recorded.facts.rig == SIMULATOR
        if protocol.judge is Judge.simulator and not of_sim:
            raise EvaluationInvalid(
                f"{protocol.dataset} was recorded on a real arm, which the simulator cannot judge.",
                todo="Let the operator judge, and run the trials from the Deploy page.",
            )
        places = places_of(protocol, plan, dataset, learnt, self.reachable)
        if len(places) * len(entrants) > _MOST_TRIALS:
            raise EvaluationInvalid(
                f"{len(places)} places times {len(entrants)} entrants are more than {_MOST_TRIALS} trials.",
                todo="Ask for fewer trials in each cluster.",
            )
        return Evaluation(
            name=name,
            created_at=at.isoformat(timespec="seconds"),
            by=by,
            protocol=protocol,
            entrants=tuple(entrants),
            places=places,
            plan_version=plan.version,
            sim=of_sim if protocol.judge is Judge.simulator or rig_simulated is None else rig_simulated,
        )

    def _plan(self, dataset: str) -> Plan:
        plan = PlanStore(self.store).current(dataset)
        if plan is None:
            raise NoPlan(
                f"{dataset} has no plan, so nobody knows its clusters.",
                todo="Make a plan on its page; recorded episodes are then counted by where the object lay.",
            )
        return plan

    def free_name(self, entrants: Sequence[Entrant]) -> str:
        """A name made of the first policy's."""
        words = [re.sub(r"[^A-Za-z0-9_-]+", "-", part).strip("-") for part in entrants[0].policy.split("/")]
        named = [word for word in words if word and word not in ("pretrained_model", "checkpoints", "exports", "train")]
        wanted, number = "-".join(named[-2:])[:60] or "policy", 1
        name, taken = EvaluationStore(self.data).free_name(wanted), self.store.names()
        while f"{PREFIX}{name}" in taken:
            number += 1
            name = EvaluationStore(self.data).free_name(f"{wanted}-{number}")
        return name


def _require_keys(entrants: Sequence[Entrant]) -> None:
    if not entrants:
        raise EvaluationInvalid("An evaluation needs a policy.", todo="Name one or more.")
    keys = [entrant.key for entrant in entrants]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise EvaluationInvalid(
            f"Two entrants are called {twice[0]}.", todo="Give each entrant its own key: results are told apart by it."
        )
