"""Takes of a policy's run: one may begin with it, a takeover marks its rows as a recovery, finishing saves it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from app.control.models import RunPhase
from app.core.errors import Conflict, StudioError
from app.datasets import SaveReceipt
from app.recording import Phase

if TYPE_CHECKING:
    from app.web.execution.deployment import Deployment
    from app.web.studio import Studio

log = logging.getLogger(__name__)

_OPEN = (Phase.countdown, Phase.recording, Phase.paused, Phase.deciding)
_RUNNING = (Phase.recording, Phase.paused)


class RunTakes:
    """The recorder in the service of a run. Its own dataset is put back when the run's takes are decided."""

    def __init__(self, studio: Studio, deployment: Deployment) -> None:
        self._studio = studio
        self._deployment = deployment
        self._before: str | None = None
        self._ending: asyncio.Task[None] | None = None
        self._deciding = asyncio.Lock()  # a run's end and its finish both end the take
        self.episodes = 0
        self.saved: SaveReceipt | None = None
        self.ours = False

    @property
    def open(self) -> bool:
        """Whether a take of the run is being recorded or waits for its decision."""
        return self.ours and self._studio.recorder.phase in _OPEN

    def new_run(self) -> None:
        """Episodes count from here."""
        self.episodes, self.saved = 0, None

    async def require_dataset(self, dataset: str) -> None:
        """Turn the recorder to `dataset`; refuses where a take could not begin."""
        recorder = self._studio.recorder
        if recorder.setup.dataset != dataset:
            before = recorder.setup.dataset
            await recorder.change_setup(dataset=dataset)
            self._before = self._before or before
        if reason := self._studio.start_blocked():
            await self._put_back()
            raise Conflict(f"The take could not begin. {reason}", todo="Mend that, or start without recording.")

    async def begin(self) -> None:
        """A take from now on, into the dataset that is chosen now: a correction may go elsewhere than the run."""
        run, dataset = self._deployment.run, self._deployment.choice.dataset
        if run is None or not run.active:
            raise Conflict("No policy is running.", todo="Start one.")
        if not dataset:
            raise Conflict("No dataset is chosen for takes of the run.", todo="Choose one, then begin the take.")
        if self._studio.recorder.setup.dataset != dataset:
            await self.require_dataset(dataset)
        await self._studio.recorder.start(skip_countdown=True)
        if self._studio.recorder.fault:
            raise Conflict(self._studio.recorder.fault)
        self.ours = True
        if run.status is not None and run.status.phase is RunPhase.taken_over:
            self._mark(True)
        self._studio.changed("policy")

    async def save(self, outcome: str, cause: str) -> str:
        """Save the open take; a sentence that says where it lies, "" where none was open."""
        async with self._deciding:
            return await self._save(outcome, cause)

    async def _save(self, outcome: str, cause: str) -> str:
        recorder = self._studio.recorder
        if not self.open:
            await self._put_back()
            return ""
        if recorder.phase in _RUNNING:
            await recorder.stop()
        receipt = await recorder.save(outcome, cause)
        await self._studio.guided.settled()
        self.ours = False
        self.episodes += receipt is not None
        self.saved = receipt or self.saved
        run = self._deployment.run
        if run is None or not run.active:
            await self._put_back()
        self._studio.changed("policy")
        return f"Saved as episode {receipt.episode_index + 1} of {receipt.dataset}." if receipt else ""

    async def end(self) -> None:
        """The run is over: an open take ends, and waits to be saved or discarded."""
        recorder = self._studio.recorder
        async with self._deciding:
            if self.ours and recorder.phase in _RUNNING:
                await recorder.stop()
        if not self.open:
            await self._put_back()

    def moved(self, before: RunPhase | None, now: RunPhase) -> None:
        """The run changed its phase: rows that a person drives are a recovery."""
        if now is before:
            return
        if now is RunPhase.ended:
            self._ending = asyncio.create_task(self._end_quietly(), name="run-take-end")
        elif RunPhase.taken_over in (before, now):
            self._mark(now is RunPhase.taken_over)

    def recorder_changed(self) -> None:
        """Somebody decided the take by the recorder's own commands, after the run had ended."""
        run = self._deployment.run
        over = run is None or not run.active
        if self.ours and over and not self._deciding.locked() and self._studio.recorder.phase is Phase.idle:
            self.ours = False
            self._ending = asyncio.create_task(self._put_back(), name="run-take-decided")

    async def close(self) -> None:
        if self._ending is not None:
            await self._ending

    async def _end_quietly(self) -> None:
        try:
            await self.end()
        except StudioError as error:
            log.warning("The run's take did not end by itself: %s", error)

    def _mark(self, open_: bool) -> None:
        if self.ours and self._studio.recorder.phase in _RUNNING:
            self._studio.recorder.mark_recovery(open_)

    async def _put_back(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            with contextlib.suppress(StudioError):
                await self._studio.recorder.change_setup(dataset=before)
