"""Replays of episodes on the arm: one at a time, as a program that holds the lease like any other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.control.errors import RigAway
from app.control.models import ControlPhase, Rank
from app.control.replay import REPLAY, Replay
from app.core.clock import NS_PER_S
from app.core.errors import Conflict, Refused, StudioError
from app.datasets import Dataset, ReplayStore
from app.recording import Phase

if TYPE_CHECKING:
    from app.web.studio.studio import Studio

log = logging.getLogger(__name__)


class ReplayBusy(Conflict):
    code = "replay_busy"


class NotReplayable(Refused):
    """The episode does not fit this arm."""

    code = "not_replayable"


@dataclass(frozen=True)
class Running:
    """The replay that runs, or the last one."""

    dataset: str
    index: int
    key: str
    fps: int
    by: str
    replay: Replay


class Replayer:
    """Starts, follows and keeps replays. Everything here runs on the event loop but for the reading of files."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._task: asyncio.Task[None] | None = None
        self.current: Running | None = None

    async def start(self, dataset: str, index: int, by: str) -> Running:
        """Take the lease as a program and go to the episode's start. Raises ReplayBusy, NotReplayable, RigRefused."""
        if self._task is not None and not self._task.done():
            raise ReplayBusy("An episode is being replayed.", todo="End it first.")
        if self._studio.recorder.phase is not Phase.idle:
            raise ReplayBusy("A take is running.", todo="Save or discard it first.")
        opened = self._studio.store.open(dataset)
        self.current = await asyncio.to_thread(self._read, opened, index, by)
        rig = self._studio.require_rig()
        reply = await rig.acquire(REPLAY, Rank.program, f"Replay of {dataset}, episode {index + 1}")
        if not reply.ok:
            self.current.replay.end(reply.text)
            raise ReplayBusy(reply.text, todo=reply.todo or "Wait until the arm is free.")
        self._task = asyncio.create_task(self._drive(self.current, int(reply.values["epoch"])), name="replay")
        return self.current

    def end(self, reason: str) -> None:
        if self.current is not None:
            self.current.replay.end(reason)

    async def close(self) -> None:
        self.end("The studio closed.")
        if self._task is not None:
            await self._task

    def _read(self, opened: Dataset, index: int, by: str) -> Running:
        facts, head = self._studio.rig_facts, opened.head
        joints = tuple(joint.name for joint in facts.joints) if facts else ()
        if head.joints != joints:
            have = ", ".join(head.joints) or "unnamed joints"
            raise NotReplayable(
                f"Dataset {opened.name} moves {have}; this arm has {', '.join(joints) or 'no joints yet'}.",
                todo="Replay it on the arm it was recorded with.",
            )
        columns = opened.signals(index)
        actions = np.asarray(columns["action"], dtype=np.float64)
        start = np.asarray(columns.get("observation.state", actions), np.float64)
        if not len(actions) or not np.isfinite(actions).all() or not np.isfinite(start[0]).all():
            raise NotReplayable(f"Episode {index + 1} has rows without a command.", todo="Verify the dataset.")
        return Running(opened.name, index, opened.key(index), head.fps, by, Replay(start[0], actions, head.fps))

    async def _drive(self, running: Running, epoch: int) -> None:
        """Heartbeat and target at the episode's rate, by absolute deadlines; then let go and keep it."""
        replay, clock = running.replay, self._studio.clock
        begin_ns, sequence = clock.monotonic_ns(), 0
        try:
            await self._studio.lease_known(epoch)
            while not replay.over:
                self._judge(replay, epoch)
                phase = self._studio.status.phase if self._studio.status else ControlPhase.starting
                target = replay.target(clock.monotonic_ns(), self._studio.position, phase)
                if target is not None:
                    rig = self._studio.require_rig()
                    rig.beat(epoch)
                    rig.target(epoch, sequence, target)
                    sequence += 1
                due_ns = begin_ns + round((sequence + 1) * NS_PER_S / running.fps)
                await asyncio.sleep(max(0.002, (due_ns - clock.monotonic_ns()) / NS_PER_S))
        except StudioError as error:
            replay.end(error.message)
        finally:
            replay.end("It was ended.")
            with contextlib.suppress(RigAway, StudioError):
                await self._studio.require_rig().release(epoch)
        await asyncio.to_thread(self._keep, running)

    def _judge(self, replay: Replay, epoch: int) -> None:
        """Notice who or what ended it: the stop, a person, silence."""
        status = self._studio.status
        if status is None:
            replay.end("The rig is gone.")
        elif status.stopped_by:
            replay.end(f"Emergency stop by {status.stopped_by}.")
        elif status.lease.epoch != epoch or status.lease.source != REPLAY:
            replay.end(f"{status.lease.label or 'Somebody'} took over.")

    def _keep(self, running: Running) -> None:
        replay = running.replay
        if not replay.samples:
            return
        body = {
            "version": 1,
            "key": running.key,
            "by": running.by,
            "at": self._studio.clock.wall().isoformat(timespec="milliseconds"),
            "phase": replay.phase.value,
            "reason": replay.reason,
            "rows": [sample.row for sample in replay.samples],
            "measured": [[round(value, 3) for value in sample.measured] for sample in replay.samples],
        }
        try:
            folder = self._studio.store.open(running.dataset).folder
            ReplayStore(folder).add(json.dumps(body).encode(), body["at"])
        except (StudioError, OSError):
            log.warning("The replay of %s was not kept.", running.dataset, exc_info=True)
