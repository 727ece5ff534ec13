"""A whole studio in one process on its own clock: as fast as it can, deterministic by seed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.bootstrap.demo import Request, report
from app.bootstrap.rigs import CONTROL_HZ, FPS, SIMULATOR
from app.control.messages import Demonstrate, Place, Reply, Tick
from app.control.rig import assemble
from app.control.settings import ControlSettings
from app.core.clock import NS_PER_S, ManualClock
from app.core.errors import StudioError
from app.datasets import CameraFormat, Dataset, DatasetFormat, DatasetStore, EpisodeFacts, Picture, Row, TakeWriter
from app.devices import Outcome, Start
from app.recording import DEFAULT_TASK, placement_facts
from app.simulation import Demonstrator, SimulatedArm, SimulatedWorkcell, World
from app.simulation.cameras import Photographer
from app.simulation.gl import GlRenderer, gl_missing
from app.simulation.painter import Painter
from app.simulation.scene import CAMERAS
from app.simulation.stage import HEIGHT, WIDTH
from app.storage.paths import DataFolder

_SETTLE_S = 1.0
_LIMIT_S = 60.0


class LockStepStudio:
    """The live studio's rig, recorder's writer and pictures, paced by a manual clock.

    The same control loop, lease, gate, physics and renderer as live; only the
    pacing and the process borders differ.
    """

    def __init__(self, data_dir: Path, dataset: str, *, pale: bool = False) -> None:
        self._folder = DataFolder(data_dir)
        self._name = dataset
        self._settings = ControlSettings(CONTROL_HZ, FPS)
        self._clock = ManualClock(NS_PER_S)
        self._world = World()
        arm = SimulatedArm(self._world, self._clock)
        self._workcell, program = SimulatedWorkcell(self._world), Demonstrator(self._world)
        self._rig = assemble(arm, self._settings, self._clock, self._on_tick, workcell=self._workcell, program=program)
        renderer = Painter() if gl_missing() else GlRenderer()
        self._photographer = Photographer(renderer)
        self._format = DatasetFormat(
            FPS,
            arm.model.robot_type,
            arm.model.joint_names,
            tuple(CameraFormat(name, WIDTH, HEIGHT) for name in CAMERAS),
        )
        self._ticks: list[Tick] = []
        self._count = 0
        if pale:
            self._workcell.disturb("pale_bag", 1.0)

    def record(self, requests: list[Request]) -> Iterator[str]:
        """Perform and save each request; yields each outcome after its episode is durable."""
        self._folder.prepare()
        store = DatasetStore(self._folder.datasets)
        store.recover()
        known = self._name in store.names()
        dataset = store.open(self._name) if known else store.create(self._name, self._format)
        dataset.require_format(self._format)
        for request in requests:
            outcome, rows = self._one(dataset, request)
            report(request, len(requests), outcome, rows)
            yield outcome
            if dataset.worth_compacting:
                dataset.compact()

    def _one(self, dataset: Dataset, request: Request) -> tuple[str, int]:
        place = request.placement
        self._ask(Place(1, place.x_cm, place.y_cm, place.yaw_deg, request.start.value))
        self._step()
        facts = self._facts(request)
        take = TakeWriter.begin(
            self._folder.takes,
            uuid=facts.uuid,
            dataset=self._name,
            format=self._format,
            task=DEFAULT_TASK,
            facts=facts,
        )
        self._ask(Demonstrate(2, request.seed))
        for tick, pictures in self._intervals():
            take.append(row_of(tick), pictures)
        take.stop()
        outcome = self._judged().value
        receipt = dataset.commit(self._folder.takes, facts.uuid, replace(facts, outcome=outcome))
        return outcome, receipt.rows

    def _intervals(self) -> Iterator[tuple[Tick, Mapping[str, Picture]]]:
        """Recording intervals until the demonstrator is done, each with the pictures of its beginning.

        The control tick that ends one interval begins the next, so that is when pictures are drawn.
        """
        self._ticks.clear()
        drawn_ns, pictures = -1, {}
        began_ns = self._clock.monotonic_ns()
        while self._rig.desk.demonstrating:
            self._step()
            now_ns = self._clock.monotonic_ns()
            if now_ns - began_ns > _LIMIT_S * NS_PER_S:
                raise StudioError("The demonstration did not end.", todo="Report the seed that was used.")
            for tick in self._ticks:
                if tick.monotonic_ns == drawn_ns:
                    yield tick, pictures
            if self._ticks:
                self._ticks.clear()
                drawn_ns, pictures = now_ns, self._pictures()

    def _step(self) -> None:
        """One control tick."""
        self._count += 1
        self._clock.sleep_until_ns(NS_PER_S + round(self._count * NS_PER_S / self._settings.control_hz))
        self._rig.loop.tick()

    def _judged(self) -> Outcome:
        """Let the scene come to rest, then say how it went."""
        for _ in range(round(_SETTLE_S * self._settings.control_hz)):
            self._step()
        return Outcome(self._rig.desk.outcome() or Outcome.failure)

    def _pictures(self) -> Mapping[str, Picture]:
        frames = self._photographer.pictures(self._world.snapshot(), self._count)
        return {name: Picture(image, 0.0, False) for name, image in frames.items()}

    def _facts(self, request: Request) -> EpisodeFacts:
        base = EpisodeFacts(
            str(uuid.uuid4()),
            operator="demonstrator",
            driver="demonstrator",
            input="lock-step",
            rig=SIMULATOR,
            recorded_at=self._clock.wall().isoformat(timespec="milliseconds"),
        )
        return replace(base, **placement_facts(self._workcell.truth(), Start(request.start)), **request.facts)

    def _ask(self, message: Place | Demonstrate) -> None:
        reply = self._rig.desk.handle(message, self._clock.monotonic_ns())
        if isinstance(reply, Reply) and not reply.ok:
            raise StudioError(reply.text)

    def _on_tick(self, tick: Tick) -> None:
        self._ticks.append(tick)


def row_of(tick: Tick) -> Row:
    return Row(
        tick.monotonic_ns / NS_PER_S,
        np.asarray(tick.position, np.float32),
        np.asarray(tick.action, np.float32),
        tick.intervention,
    )
