"""A rig without physics: what comes of a trial is decided by where the object lies and by the policy's first action."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.datasets import Dataset, DatasetStore, EpisodeFacts
from app.devices import Outcome
from app.devices.so101 import SO101
from app.policies import Chunk, PolicyCamera, PolicyInfo, PolicyJoint, PolicyObservation, checked
from app.policies.strategies import Action
from app.policies.trial import TrialRequest
from tests.datasets.scenes import QUICK, record, small_format

JOINTS = tuple(PolicyJoint(joint.name, joint.unit) for joint in SO101.joints)
INFO = PolicyInfo("test", 10.0, 4, 2, JOINTS, (PolicyCamera("top", 64, 64),))


class Reaching:
    """Reaches as far as its folder's name says, in degrees; `crash` raises, `nan` answers with nonsense."""

    info = INFO

    def __init__(self, folder: Path) -> None:
        self._word = folder.parent.name if folder.name == "pretrained_model" else folder.name

    def chunk(self, observation: PolicyObservation) -> Chunk:
        if self._word == "crash":
            raise RuntimeError("the runtime fell over")
        value = np.nan if self._word == "nan" else float(self._word.removeprefix("reach"))
        return checked(INFO, np.full((4, len(JOINTS)), value), {"policy": 1.0}, 0)

    def reset(self) -> None:
        pass

    def close(self) -> None:
        pass


class TableRig:
    """Success where the policy reaches at least as far ahead as the object lies. `record` keeps tiny episodes."""

    joints, cameras, robot_type = JOINTS, ("top",), ""

    def __init__(self, takes: Path, datasets: Path, dataset: str, record: bool) -> None:
        self._takes = takes
        self._record = record
        if record:
            store = DatasetStore(datasets, QUICK)
            there = dataset in store.names()
            self._dataset = Dataset(datasets / dataset, QUICK) if there else store.create(dataset, small_format())
            self._kept = self._dataset.total_episodes

    def begin(self, request: TrialRequest) -> None:
        self._request, self._reached = request, 0.0

    def observe(self) -> PolicyObservation:
        return PolicyObservation(np.zeros(len(JOINTS), np.float32), {"top": np.zeros((64, 64, 3), np.uint8)})

    def advance(self, target: Action, seconds: float) -> None:
        self._reached = float(target[0])

    def outcome(self) -> Outcome | None:
        return Outcome.success if self._reached >= self._request.placement.x_cm else Outcome.failure

    def settle(self) -> Outcome | None:
        return self.outcome()

    def story(self, outcome: Outcome | None) -> str:
        return "in the mug" if outcome is Outcome.success else "fell short"

    def keep(self, facts: EpisodeFacts) -> str:
        if not self._record:
            return ""
        uuid = f"t{self._kept}"
        record(self._takes, uuid, rows=3, first=self._kept).stop()
        self._dataset.commit(self._takes, uuid, replace(facts, uuid=uuid))
        self._kept += 1
        if os.environ.get("TEST_KILL_AFTER") == str(self._kept):
            raise KeyboardInterrupt
        return uuid

    def discard(self) -> None:
        pass

    def close(self) -> None:
        pass


def open_table_rig(takes: Path, datasets: Path, dataset: str, record: bool) -> TableRig:
    return TableRig(takes, datasets, dataset, record)
