"""The thread that joins rows and pictures and hands them to the take, in order, dropping nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.control.messages import Tick
from app.core.clock import NS_PER_S, Clock
from app.core.errors import StudioError
from app.datasets import TakeWriter
from app.datasets.models import Row
from app.recording.picking import FramePicker, NoPicture
from app.recording.witness import NoWitness, Witness

PATIENCE_S = 0.25  # half of what a ring of 16 pictures holds at 30 fps


@dataclass(frozen=True)
class MarkedTick:
    """A tick that belongs to the take, and whether it lies inside a marked recovery."""

    tick: Tick
    recovery: bool


class RowThread:
    """Feeds one take. `writer` None (practice) counts rows and writes nothing.

    `on_failure` is called once, from this thread, when the take cannot go on (disk
    full, a camera that never delivered); what was recorded stays.
    """

    def __init__(
        self,
        writer: TakeWriter | None,
        picker: FramePicker,
        clock: Clock,
        on_failure: Callable[[StudioError], None],
        witness: Witness | None = None,
    ) -> None:
        self._clock = clock
        self._frame_came = threading.Event()
        self._writer = writer
        self._picker = picker
        self._on_failure = on_failure
        self._witness = witness or NoWitness()
        self._queue: queue.SimpleQueue[MarkedTick | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="take-rows", daemon=True)
        self._failed = False
        self.rows = 0
        self.repeated = 0

    def start(self) -> None:
        self._thread.start()

    def add(self, tick: Tick, recovery: bool) -> None:
        """Queue one tick; never waits. The queue is bounded by the take's maximum length."""
        self._queue.put(MarkedTick(tick, recovery))

    def wake(self) -> None:
        """A camera has published a picture: a waiting row may be complete now."""
        self._frame_came.set()

    def finish(self) -> None:
        """Write what is queued, then end; blocks for at most a few rows' time."""
        self._queue.put(None)
        if self._thread.ident is not None:  # a take that was cancelled while its files were made was never started
            self._thread.join()

    def _run(self) -> None:
        while (marked := self._queue.get()) is not None:
            if self._failed:
                continue
            try:
                self._append(marked)
            except NoPicture as error:
                self._fail(StudioError(str(error), todo="Check the camera, then start again."))
            except StudioError as error:
                self._fail(error)

    def _append(self, marked: MarkedTick) -> None:
        tick = marked.tick
        self._wait_for_pictures(tick.monotonic_ns)
        pictures = self._picker.pick(tick.monotonic_ns)
        if self._writer is not None:
            self._writer.append(
                Row(
                    tick.monotonic_ns / 1e9,
                    np.asarray(tick.position, np.float32),
                    np.asarray(tick.action, np.float32),
                    tick.intervention,
                    marked.recovery,
                ),
                pictures,
            )
        self._witness.row(tick, pictures)
        self.rows += 1
        self.repeated += any(picture.repeated for picture in pictures.values())

    def _wait_for_pictures(self, moment_ns: int) -> None:
        """A picture takes a moment to arrive: rows wait for it, up to `PATIENCE_S` after their instant."""
        while not self._picker.complete(moment_ns):
            left_s = (moment_ns - self._clock.monotonic_ns()) / NS_PER_S + PATIENCE_S
            if left_s <= 0:
                return
            self._frame_came.clear()
            if self._picker.complete(moment_ns):
                return
            self._frame_came.wait(left_s)

    def _fail(self, error: StudioError) -> None:
        self._failed = True
        self._on_failure(error)
