"""Trials on the simulator's own clock that are recorded: each becomes an episode of a LeRobot dataset."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.bootstrap.lockstep import row_of
from app.bootstrap.rigs import FPS, SIMULATOR
from app.bootstrap.stories import Story
from app.bootstrap.trials import LockStepTrialRig
from app.control.messages import Tick
from app.datasets import CameraFormat, DatasetFormat, DatasetStore, EpisodeFacts, Picture, TakeWriter
from app.devices import Outcome
from app.devices.so101 import SO101
from app.policies.strategies import Action
from app.policies.trial import TrialRequest
from app.recording import DEFAULT_TASK, placement_facts
from app.simulation.cameras import Renderer
from app.simulation.scene import CAMERAS
from app.simulation.stage import HEIGHT, WIDTH
from app.simulation.stage import Picture as Drawn

FORMAT = DatasetFormat(
    FPS, SO101.robot_type, SO101.joint_names, tuple(CameraFormat(name, WIDTH, HEIGHT) for name in CAMERAS)
)


class ToldTrialRig(LockStepTrialRig):
    """A trial rig that also says what became of the object."""

    def begin(self, request: TrialRequest) -> None:
        super().begin(request)
        self._story = Story(self._world, request.rule.wanted)

    def advance(self, target: Action, seconds: float) -> None:
        super().advance(target, seconds)
        self._story.look()

    def story(self, outcome: Outcome | None) -> str:
        return self._story.told(outcome)

    def keep(self, facts: EpisodeFacts) -> str:
        """The episode's uuid; "" here, where nothing is recorded."""
        return ""

    def discard(self) -> None:
        """Forget what was recorded of the trial."""


class RecordedTrialRig(ToldTrialRig):
    """The same trial to the last bit, recorded at the recording rate beside it.

    Drawing more often changes nothing that the policy sees: a picture depends on
    the world and the number of its tick alone. Takes lie in a folder of the
    evaluation's own, so that what a kill leaves is not offered as an operator's.
    """

    def __init__(self, takes: Path, datasets: Path, dataset: str, *, renderer: Renderer | None = None) -> None:
        super().__init__(renderer=renderer)
        shutil.rmtree(takes, ignore_errors=True)
        takes.mkdir(parents=True)
        self._takes = takes
        store = DatasetStore(datasets)
        self._dataset = store.open(dataset) if dataset in store.names() else store.create(dataset, FORMAT)
        self._dataset.require_format(FORMAT)
        self._take: TakeWriter | None = None
        self._uuid = ""
        self._ended: list[Tick] = []
        self._drawn: tuple[int, Mapping[str, Drawn]] = (-1, {})
        self._since_ns = -1

    def begin(self, request: TrialRequest) -> None:
        self.discard()
        super().begin(request)
        self._uuid = str(uuid.uuid4())
        self._place: dict[str, Any] = placement_facts(self._workcell.truth(), request.start)
        self._take = TakeWriter.begin(
            self._takes,
            uuid=self._uuid,
            dataset=self._dataset.name,
            format=FORMAT,
            task=DEFAULT_TASK,
            facts=EpisodeFacts(self._uuid, rig=SIMULATOR),
        )
        self._ended.clear()
        self._drawn, self._since_ns = (-1, {}), -1

    def keep(self, facts: EpisodeFacts) -> str:
        """Commit the trial as an episode, durable on return; its uuid."""
        take, self._take = self._take, None
        if take is None or not take.rows:
            if take is not None:
                take.discard()
            return ""
        take.stop()
        full = replace(facts, uuid=self._uuid, rig=SIMULATOR, input="lock-step", **self._place)
        self._dataset.commit(self._takes, self._uuid, full)
        if self._dataset.worth_compacting:
            self._dataset.compact()
        return self._uuid

    def discard(self) -> None:
        take, self._take = self._take, None
        if take is not None:
            take.discard()

    def close(self) -> None:
        self.discard()
        super().close()
        shutil.rmtree(self._takes, ignore_errors=True)

    def _pictures(self) -> Mapping[str, Drawn]:
        """Drawn once a control tick, for the recorder and the policy."""
        if self._drawn[0] != self._count:
            self._drawn = (self._count, super()._pictures())
        return self._drawn[1]

    def _publish(self, tick: Tick) -> None:
        self._ended.append(tick)

    def _tick(self) -> None:
        """The control tick that ends one recording interval begins the next, so that is when pictures are drawn."""
        super()._tick()
        if self._take is None:
            self._ended.clear()
            return
        for tick in self._ended:
            if tick.monotonic_ns == self._since_ns:
                pictures = {name: Picture(drawn, 0.0, False) for name, drawn in self._shown.items()}
                self._take.append(row_of(tick), pictures)
        if self._ended:
            self._ended.clear()
            self._since_ns, self._shown = self._clock.monotonic_ns(), self._pictures()


def open_told_rig(takes: Path, datasets: Path, dataset: str, record: bool) -> ToldTrialRig:
    """What an evaluation runs on: named by `app/evaluation/performing.py`, not imported."""
    return RecordedTrialRig(takes, datasets, dataset) if record else ToldTrialRig()
