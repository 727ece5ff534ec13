"""Guided recording as the studio runs it: what is loaded for the dataset, what is seen, what may start."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from app.checks.episode import JointRange
from app.checks.judge import TakeJudge
from app.checks.thresholds import Thresholds
from app.core.errors import StudioError
from app.datasets.models import EpisodeFacts
from app.devices import Placement, Start
from app.guidance.guide import Guide
from app.guidance.plan_problems import problems_of
from app.guidance.records import usual_of
from app.guidance.stations import Station
from app.recording import Phase
from app.web.guided.before_take import BeforeTake
from app.web.guided.data import GuidedData, Loaded
from app.web.guided.eyes import open_eyes
from app.web.guided.hands_free import HandsFree
from app.web.guided.homing import Homing
from app.web.guided.object_truth import ObjectTruth
from app.web.guided.planning import Planning
from app.web.guided.ready_line import ready_line
from app.web.guided.reference_capture import ReferenceCapture
from app.web.guided.testimony import Testimony
from app.web.guided.watcher import Sight, Watcher
from app.web.guided.workplace import Workplace
from app.web.protocol import ReadyItem

if TYPE_CHECKING:
    from app.web.studio import Studio

log = logging.getLogger(__name__)

REFRESH_S = 0.5
SIGHT_S = 3.0
STEADY_NS = 300_000_000  # an arm that has just arrived still trembles
_RECORDING = (Phase.recording, Phase.paused)


class Guided:
    """One studio's guide, checks and helpers. Everything here runs on the event loop but for the watcher.

    Without a plan nothing is asked for and nothing is gated: the lights tell
    what needs no plan, and a take records as it always did.
    """

    def __init__(self, studio: Studio, data: GuidedData, station: Station) -> None:
        self._studio = studio
        self._data = data
        self._station = station
        self.loaded = Loaded("")
        self.guide: Guide | None = None
        self.workplace = Workplace(studio, lambda: self.loaded)
        self.before = BeforeTake(studio, self.workplace)
        self.truth = ObjectTruth(studio, self.workplace)
        self.homing = Homing(studio)
        self.hands_free = HandsFree(studio)
        self.answers: dict[str, bool] = {}
        self.disturbances: dict[str, float] = {}
        self.attempts: dict[str, int] = {}
        self.sight: Sight | None = None
        self.testimony = Testimony(self._summon, self._verdict_came, studio.drivers.of)
        self.watcher = Watcher(studio.clock, studio.rings, self.workplace.lost, self._sight_came)
        self.capture = ReferenceCapture(studio, data)
        self.planning = Planning(studio, data)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stale = asyncio.Event()
        self._looked = asyncio.Event()
        self._loading = asyncio.Lock()
        self._phase = Phase.idle
        self._arrived_ns = 0

    # ---- lifetime ----

    async def run(self) -> None:
        """Look, and follow the dataset's files; cancelled at shutdown."""
        self._loop = asyncio.get_running_loop()
        self.watcher.start()
        try:
            while True:
                await self.settled()
                await self._capture_by_itself()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stale.wait(), REFRESH_S)
                self._stale.clear()
        finally:
            await self.homing.cancel()
            await asyncio.to_thread(self.watcher.close)

    async def settled(self) -> None:
        """Everything that is on disk now is known: nobody is given a target that was just recorded."""
        async with self._loading:
            name = self._studio.recorder.setup.dataset
            loaded = await asyncio.to_thread(self._data.load, name, self.loaded)
            if loaded is not self.loaded:
                self._take_in(loaded)

    async def rig_attached(self) -> None:
        """A rig that was restarted, or found running, begins with everything in order, and its reach is known."""
        self.loaded = replace(self.loaded, stamp={})
        if self.workplace.simulated:
            with contextlib.suppress(StudioError):
                await self._studio.scene.disturb("clear", 0.0)
        self.look_again()

    def look_again(self) -> None:
        """Something was written: do not wait for the next round."""
        self._stale.set()

    def eyes_changed(self) -> None:
        """Cameras came or went, or reference, plan or calibration are others."""
        self.watcher.eyes = open_eyes(self._studio.cameras, self.loaded, self.workplace.table_view, self.limits)

    def _take_in(self, loaded: Loaded) -> None:
        before, self.loaded = self.loaded, self._sound(loaded)
        loaded = self.loaded
        if loaded.plan is None:
            self.guide = None
        elif self.guide is not None and before.dataset == loaded.dataset and before.plan == loaded.plan:
            self.guide.update(loaded.recorded)
        else:
            old, self.guide = self.guide, Guide(loaded.plan, self._station, loaded.recorded)
            if old is not None and before.dataset == loaded.dataset:
                self.guide.take_over_wishes(old)
        same = before.plan == loaded.plan and before.reference is loaded.reference
        if not same or before.calibration != loaded.calibration:
            self.eyes_changed()
        self._studio.changed("guidance")
        self._studio.changed("checks")

    def _sound(self, loaded: Loaded) -> Loaded:
        """A plan that somebody wrote past the plan page is judged here: a bad one is said, not followed."""
        ring = self.planning.reach
        if loaded.plan is None or ring is None:
            return loaded
        problems = problems_of(loaded.plan, ring.holds)
        if not problems:
            return loaded
        return replace(loaded, plan=None, problem=f"The plan cannot be recorded to: {problems[0].text}")

    # ---- what is known ----

    @property
    def limits(self) -> Thresholds:
        return self.loaded.plan.thresholds if self.loaded.plan else Thresholds()

    @property
    def station(self) -> Station:
        return self._station

    @property
    def off(self) -> str:
        """Why nothing is asked for; "" while guidance leads."""
        if self.guide is None:
            return self.loaded.problem or f"Dataset {self.loaded.dataset} has no plan: it records without targets."
        return "" if self.guide.target is not None else "The plan is fulfilled: everything it asks for is recorded."

    @property
    def home_after_stop(self) -> bool:
        return self._data.home_after_stop

    @home_after_stop.setter
    def home_after_stop(self, on: bool) -> None:
        self._data.set_home_after_stop(on)

    @property
    def planned_episodes(self) -> int | None:
        return self.guide.progress.planned if self.guide else None

    def disturbed(self, name: str, amount: float) -> None:
        """The simulator was put wrong by that, or put right."""
        if name == "clear":
            self.disturbances.clear()
        elif amount:
            self.disturbances[name] = amount
        else:
            self.disturbances.pop(name, None)

    @property
    def cost_percent(self) -> float | None:
        return self.watcher.cost_percent

    def ready_item(self) -> ReadyItem:
        practice = self._studio.recorder.setup.practice
        return ready_line(self, practice=practice, now_ns=self._studio.clock.monotonic_ns())

    # ---- a take ----

    async def columns(self, truth: Placement | None) -> dict[str, object]:
        """The columns of a take that starts now, beyond what the studio knows itself."""
        await self.settled()
        await self._keep_rig()
        self._judge_before()
        self.testimony.snoozed(self.before.snoozed)
        own = self.before.columns(gated=self.guide is not None)
        if self.guide is None:
            return own
        self.guide.truth(truth, self._studio.scene.start)
        return own | self.guide.columns()

    async def _keep_rig(self) -> None:
        """The dataset says with which table it is recorded; one without a plan says so from its second take."""
        name = self._studio.recorder.setup.dataset
        if self.planning.exists(name):
            at = self.workplace
            await asyncio.to_thread(
                self._data.rigs.keep, name, self._studio.rig_name, at.simulated, at.table, at.locked
            )

    def recorder_changed(self) -> None:
        """The recorder moved: a take that ended uses up what was arranged, and the arm drives home."""
        recorder = self._studio.recorder
        before, self._phase = self._phase, recorder.phase
        if before in _RECORDING and self._phase not in _RECORDING:
            self._take_ended()
        if before is not self._phase:
            self.look_again()
            self._judge_before()  # what a take left behind closes Start at once, not with the next look
            self._studio.changed("checks")
            self._studio.changed("guidance")  # what may be asked of the queue follows the phase

    def _take_ended(self) -> None:
        self.watcher.judge = None
        self._studio.scene.start = Start.nominal
        self.hands_free.steady.wait_for_next()
        if self.guide is not None:
            self.guide.take_ended()
            self.guide.truth(None, Start.nominal)
            if self._data.home_after_stop:
                self.homing.begin()

    def _summon(self, facts: EpisodeFacts) -> TakeJudge:
        rig, here = self._studio.rig_facts, self.guide.here if self.guide else None
        joints = [JointRange(j.name, j.unit, j.lower, j.upper) for j in rig.joints] if rig else []
        judge = TakeJudge(
            facts.uuid,
            joints,
            self.limits,
            before=self.before.findings,
            usual=usual_of(self.loaded.recorded, facts.kind, rig.fps if rig else 30),
            ticks_per_row=round(rig.control_hz / rig.fps) if rig else 2,
            object_mm=None if here is None else (10 * here.x_cm, 10 * here.y_cm),
        )
        self.watcher.judge = judge
        return judge

    # ---- sights ----

    def rig_told(self) -> None:
        """A tick or a status came."""
        self.homing.notice()
        near = self.workplace.near_start(self.limits.start_pose_deg)
        now_ns = self._studio.clock.monotonic_ns()
        if not near or self.homing.driving:
            self._arrived_ns = now_ns
        self.watcher.in_start_pose = near and now_ns - self._arrived_ns >= STEADY_NS

    def _sight_came(self, sight: Sight) -> None:
        """In the watcher's thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._saw, sight)

    def _verdict_came(self) -> None:
        """In the recorder's disk thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._studio.changed, "checks")

    def _saw(self, sight: Sight) -> None:
        self.sight = sight
        self._looked.set()
        guide = self.guide
        if guide is not None:
            guide.look(sight.found)
            self.truth.ask(guide)
        self.watcher.told_px = self.truth.outline_px(guide)
        self._judge_before()
        self.hands_free.saw(guide, sight.moment_ns)
        self._studio.changed("guidance")
        self._studio.changed("checks")

    async def seen_after(self, moment_ns: int) -> None:
        """Wait until a top picture exposed after `moment_ns` was looked at; gives up where none comes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SIGHT_S):
                while self.sight is None or self.sight.exposure_ns < moment_ns:
                    self._looked.clear()
                    await self._looked.wait()

    def _judge_before(self) -> None:
        if self.sight is not None:
            self.before.judge(self.sight, self.loaded, self.guide, self.limits)

    # ---- the first reference ----

    async def _capture_by_itself(self) -> None:
        """A simulator clears its own table: the first reference of a plan needs no hand, while nobody drives."""
        lease = self._studio.lease()
        free = lease is not None and not lease.source and self._studio.recorder.phase is Phase.idle
        if not (free and self.workplace.simulated and self.guide is not None and self.loaded.reference is None):
            return
        if self.disturbances or self.workplace.table_view is None or self.capture.failed_for == self.loaded.dataset:
            return
        try:
            await self.capture.simulated(self, "")
        except StudioError as error:
            self.capture.failed_for = self.loaded.dataset
            self._studio.notes.add("warn", error.code, f"The reference was not captured: {error}")
