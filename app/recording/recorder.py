"""The recorder: belongs to the server, so a closed tab loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from app.control.messages import Tick
from app.core.clock import NS_PER_S, Clock
from app.core.errors import StudioError
from app.datasets import Dataset, DatasetStore, TakeHeader, TakeWriter, discard_take, require_name
from app.datasets.models import DatasetFormat, EpisodeFacts, EpisodeKind, SaveReceipt, TakeSummary
from app.observation import FrameRing
from app.recording.errors import CannotStart, IllegalMove
from app.recording.machine import TakeMachine
from app.recording.models import Move, Phase
from app.recording.picking import FramePicker
from app.recording.rows import RowThread
from app.recording.session import RecordingSetup
from app.recording.take import RunningTake
from app.recording.witness import NoWitness, Witness

COUNTDOWN_S = 3.0
CATCH_UP_S = 0.25
CATCH_UP_STEP_S = 0.005


class Recorder:
    """Turns ticks and pictures into episodes. All methods run on the event loop.

    `describe()` gives the dataset format of the attached rig, `block_reason()` why a
    take cannot start ("" when it can), `placed()` the facts about the placement.
    `on_change` is called after every change of state that a page shows.
    """

    def __init__(
        self,
        takes_folder: Path,
        store: DatasetStore,
        clock: Clock,
        setup: RecordingSetup,
        *,
        rings: Callable[[], Mapping[str, FrameRing]],
        describe: Callable[[], DatasetFormat],
        block_reason: Callable[[], str],
        facts: Callable[[], Awaitable[dict[str, object]]],
        on_change: Callable[[], None],
        on_setup: Callable[[RecordingSetup], None],
        witness: Witness | None = None,
    ) -> None:
        self._takes_folder = takes_folder
        self._store = store
        self._clock = clock
        self._rings = rings
        self._describe = describe
        self._block_reason = block_reason
        self._facts = facts
        self._on_change = on_change
        self._on_setup = on_setup
        self._witness = witness or NoWitness()
        self._machine = TakeMachine()
        self._disk = ThreadPoolExecutor(1, "take-disk")
        self._countdown: asyncio.Task[None] | None = None
        self._countdown_over = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dataset: Dataset | None = None
        self.setup = setup
        self.take: RunningTake | None = None
        self.last_saved: SaveReceipt | None = None
        self.last_outcome = ""
        self.undoable = False
        self.fault = ""
        self.countdown_ends_ns = 0
        self.session = uuid.uuid4().hex[:12]

    # ---- what a page asks ----

    @property
    def phase(self) -> Phase:
        return self._machine.phase

    @property
    def countdown_s(self) -> float | None:
        if self.phase is not Phase.countdown:
            return None
        return max(0.0, (self.countdown_ends_ns - self._clock.monotonic_ns()) / NS_PER_S)

    @property
    def saved_episodes(self) -> int:
        return self._dataset.total_episodes if self._dataset else 0

    # ---- moves ----

    async def change_setup(self, **changes: object) -> None:
        """Change dataset, task, operator, practice or max_take_s; only between takes."""
        if self.phase is not Phase.idle:
            raise IllegalMove("The setup cannot change during a take.", todo="Save or discard the take first.")
        setup = replace(self.setup, **{key: value for key, value in changes.items() if value is not None})
        require_name(setup.dataset)
        if setup.dataset != self.setup.dataset:
            self._dataset, self.last_saved, self.undoable = None, None, False
        self.setup = setup
        self._on_setup(setup)
        await self.open_existing()
        self._on_change()

    async def open_existing(self) -> None:
        """Open the chosen dataset when it is there, so that the saved count is true before the first take."""
        self._dataset = await self._on_disk(self._open_if_there)

    async def start(self, *, skip_countdown: bool = False) -> None:
        """Begin the countdown; CannotStart says what is missing."""
        if not self._machine.allows(Move.start):
            self._machine.make(Move.start)
        if reason := self._block_reason():
            raise CannotStart(reason)
        self.fault = ""
        await self._on_disk(self._open_matching)
        self._machine.make(Move.start)
        wait_s = 0.0 if skip_countdown else COUNTDOWN_S
        self.countdown_ends_ns = self._clock.monotonic_ns() + round(wait_s * NS_PER_S)
        self._loop = asyncio.get_running_loop()
        self._countdown_over.clear()
        self._countdown = asyncio.create_task(self._count_down(wait_s), name="countdown")
        self._on_change()
        if skip_countdown:
            await self._countdown

    async def cancel(self) -> None:
        """The least destructive way out of wherever the recorder is."""
        if self.phase is Phase.countdown:
            self._machine.make(Move.cancel)
            self._countdown_over.set()
            self._on_change()
        elif self.phase in (Phase.recording, Phase.paused):
            await self.stop()
        else:
            self._machine.make(Move.cancel)

    def pause(self) -> None:
        self._machine.make(Move.pause)
        self._on_change()

    def resume(self) -> None:
        self._machine.make(Move.resume)
        if self.take is not None:
            self.take.resume()
        self._on_change()

    def mark_recovery(self, open_: bool, cause: str = "") -> None:
        """Rows from now on are inside (or again outside) a recovery; its cause may be said until it is saved."""
        correcting = self.phase is Phase.deciding and cause and not open_
        if self.take is None or not (correcting or self.phase in (Phase.recording, Phase.paused)):
            raise IllegalMove("A recovery is marked while recording.", todo="Start a take first.")
        self.take.recovery_open = open_
        self.take.recovery_cause = cause or self.take.recovery_cause
        self._on_change()

    async def stop(self) -> None:
        """End the take and wait for a decision; everything recorded is on disk when this returns."""
        await self._catch_up()
        self._machine.make(Move.stop)
        self._on_change()
        await self._finish_take()
        self._on_change()

    async def save(self, outcome: str = "", recovery_cause: str = "") -> SaveReceipt | None:
        """Label and commit; the receipt is given only after the files were reopened (None in practice)."""
        take = self._open_take()
        await self._catch_up()
        self._machine.make(Move.save)
        self._on_change()
        try:
            await self._finish_take()
            receipt = await self._commit(take, outcome, recovery_cause)
        except Exception as error:  # whatever it was, the take is still there to be decided
            self._machine.make(Move.failed)
            self.fault = str(error)
            self._on_change()
            raise
        self._machine.make(Move.saved)
        self.take = None
        self.last_saved, self.last_outcome, self.undoable = receipt, outcome, receipt is not None
        self.fault = ""
        self._on_change()
        return receipt

    async def discard(self) -> None:
        """Drop the take; it goes to the trash of takes."""
        take = self._open_take()
        self._machine.make(Move.discard)
        self.take = None
        await self._on_disk(lambda: take.discard(self._takes_folder))
        self.fault = ""
        self._on_change()

    async def undo(self) -> str:
        """Take back the last save; returns the uuid kept in the trash of takes."""
        if self.phase is not Phase.idle or not self.undoable or self._dataset is None:
            raise IllegalMove(
                "There is no save to take back.", todo="Only the last save of this session can be undone."
            )
        uuid_ = await self._on_disk(self._dataset.undo_last)
        self.undoable, self.last_saved = False, None
        self._on_change()
        return uuid_

    async def keep(self, take: TakeSummary) -> SaveReceipt:
        """Save an interrupted take as an episode of the dataset it was recorded for."""
        receipt = await self._on_disk(lambda: self._keep_on_disk(take))
        if take.dataset == self.setup.dataset:
            await self.open_existing()
        self._on_change()
        return receipt

    async def drop(self, take: TakeSummary) -> None:
        """Move an interrupted take to the trash of takes."""
        await self._on_disk(lambda: discard_take(self._takes_folder, take.uuid))

    async def close(self) -> None:
        """Studio shutdown: a running take stays in its staging folder, whole, and is offered at the next start."""
        self._countdown_over.set()
        if self._countdown is not None:
            await self._countdown
        await self._finish_take()
        self._disk.shutdown(wait=True)

    # ---- ticks ----

    def on_tick(self, tick: Tick) -> None:
        """Called for every tick of the rig, in order."""
        take = self.take
        if take is None or self.phase is not Phase.recording:
            return
        take.add(tick)
        if take.elapsed_s >= self.setup.max_take_s:
            self._end_take(f"The take reached its maximum length of {self.setup.max_take_s:g} s and was ended.")

    def on_arm_lost(self, reason: str) -> None:
        """The arm's bus failed: a take has no rows from here on, so it ends with what it has and waits for a label."""
        if self.phase in (Phase.recording, Phase.paused):
            self._end_take(f"{reason} The take is kept up to there: label it.")

    def on_frame(self) -> None:
        """Called for every published picture."""
        if self.take is not None:
            self.take.rows.wake()

    # ---- inside ----

    async def _count_down(self, wait_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._countdown_over.wait(), wait_s)
            return
        try:
            facts = await self._facts()
            take = await self._on_disk(lambda: self._begin(facts))
        except StudioError as error:
            self._give_up(str(error))
            return
        if self.phase is not Phase.countdown:  # cancelled while the files were being made
            await self._on_disk(lambda: take.discard(self._takes_folder))
            return
        self._machine.make(Move.begin)
        self._witness.begin(take.facts)
        self.take = take
        take.begin(self._clock.monotonic_ns())
        self._on_change()

    def _give_up(self, fault: str) -> None:
        if self.phase is Phase.countdown:
            self._machine.make(Move.cancel)
        self.fault = fault
        self._on_change()

    def _begin(self, known: dict[str, object]) -> RunningTake:
        format_ = self._describe()
        uuid_ = str(uuid.uuid4())
        facts = EpisodeFacts(uuid_, session=self.session, operator=self.setup.operator, **known)  # type: ignore[arg-type]
        writer = None
        if not self.setup.practice:
            writer = TakeWriter.begin(
                self._takes_folder,
                uuid=uuid_,
                dataset=self.setup.dataset,
                format=format_,
                task=self.setup.task,
                facts=facts,
            )
        cameras = [camera.name for camera in format_.cameras]
        picker = FramePicker(self._rings, cameras, format_.fps)
        rows = RowThread(writer, picker, self._clock, self._fail_from_thread, self._witness)
        return RunningTake(format_, facts, rows, writer)

    async def _catch_up(self) -> None:
        """Let rows from before this moment arrive that a busy event loop has not read yet."""
        take = self.take
        if take is None or self.phase is not Phase.recording:
            return
        wanted_ns = self._clock.monotonic_ns() - round(2 * NS_PER_S / take.format.fps)
        for _ in range(round(CATCH_UP_S / CATCH_UP_STEP_S)):
            if take.reached(wanted_ns):
                return
            await asyncio.sleep(CATCH_UP_STEP_S)

    async def _finish_take(self) -> None:
        take = self.take
        if take is not None:
            await self._on_disk(lambda: self._close_files(take))

    def _close_files(self, take: RunningTake) -> None:
        if take.finish():
            self._witness.close(take.frames)

    def _end_take(self, why: str) -> None:
        """The take ends by itself; everything recorded is kept and waits for a decision."""
        self.fault = why
        if self.phase not in (Phase.recording, Phase.paused):
            return
        self._machine.make(Move.stop)
        self._ending = asyncio.get_running_loop().create_task(self._finish_take(), name="take-ended")
        self._on_change()

    async def _commit(self, take: RunningTake, outcome: str, cause: str) -> SaveReceipt | None:
        if take.writer is None:
            return None
        if take.rows.rows == 0:
            raise IllegalMove("The take contains no rows.", todo="Discard it and record again.")
        cause = cause or take.recovery_cause
        recovery = bool(take.recovery_rows or cause)
        facts = replace(
            take.facts,
            outcome=outcome,
            recovery_cause=cause or take.facts.recovery_cause,
            kind=EpisodeKind.recovery if recovery else take.facts.kind,
            **self._witness.columns(),  # type: ignore[arg-type]
        )
        return await self._on_disk(lambda: self._commit_on_disk(take.format, facts))

    def _commit_on_disk(self, format_: DatasetFormat, facts: EpisodeFacts) -> SaveReceipt:
        dataset = self._dataset or self._store.create(self.setup.dataset, format_)
        self._dataset = dataset
        return dataset.commit(self._takes_folder, facts.uuid, facts)

    def _keep_on_disk(self, take: TakeSummary) -> SaveReceipt:
        header = TakeHeader.read(self._takes_folder / take.uuid)
        known = take.dataset in self._store.names()
        dataset = self._store.open(take.dataset) if known else self._store.create(take.dataset, header.format)
        return dataset.commit(self._takes_folder, take.uuid, header.facts)

    def _open_take(self) -> RunningTake:
        if self.take is None:
            raise IllegalMove("There is no take.", todo="Start one first.", phase=self.phase.value)
        return self.take

    def _open_if_there(self) -> Dataset | None:
        return self._store.open(self.setup.dataset) if self.setup.dataset in self._store.names() else None

    def _open_matching(self) -> None:
        if self.setup.practice:
            return
        dataset = self._dataset or self._open_if_there()
        if dataset is not None:
            dataset.require_format(self._describe())
        self._dataset = dataset

    def _fail_from_thread(self, error: StudioError) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end_take, str(error))

    async def _on_disk[Result](self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)
