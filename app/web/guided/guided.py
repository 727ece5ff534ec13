"""Guided recording as the studio runs it: what is loaded for the dataset, what is seen, what may start."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.checks.episode import JointRange
from app.checks.gatekeeper import Gatekeeper
from app.checks.judge import TakeJudge
from app.checks.liveness import drawn
from app.checks.readiness import CameraControls
from app.checks.thresholds import Thresholds
from app.checks.verdict import checks_json
from app.core.clock import NS_PER_S
from app.core.errors import StudioError
from app.datasets.models import EpisodeFacts
from app.devices import Placement, Start
from app.guidance.before import Calibrated, Facts, before_findings
from app.guidance.calibration import TableCalibration
from app.guidance.guide import Guide
from app.guidance.hands_free import SteadyPlacement
from app.guidance.plan_problems import problems_of
from app.guidance.records import usual_of
from app.guidance.stations import Station
from app.guidance.table_view import TableView
from app.recording import Phase
from app.web.guided.data import GuidedData, Loaded
from app.web.guided.eyes import open_eyes
from app.web.guided.homing import Homing
from app.web.guided.planning import Planning
from app.web.guided.reference_capture import ReferenceCapture
from app.web.guided.testimony import Testimony
from app.web.guided.watcher import Sight, Watcher
from app.web.protocol import ReadyItem

if TYPE_CHECKING:
    from app.web.studio import Studio

log = logging.getLogger(__name__)

REFRESH_S = 0.5
SIGHT_S = 3.0
BLIND_S = 15.0  # the watcher looks twice a second
STEADY_NS = 300_000_000  # an arm that has just arrived still trembles
_RECORDING = (Phase.recording, Phase.paused)
_LOOKING = (Phase.idle, Phase.countdown)


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
        self.gatekeeper = Gatekeeper()
        self.homing = Homing(studio)
        self.steady = SteadyPlacement()
        self.hands_free = False
        self.answers: dict[str, bool] = {}
        self.disturbances: dict[str, float] = {}
        self.attempts: dict[str, int] = {}
        self.sight: Sight | None = None
        self.testimony = Testimony(self._summon, self._verdict_came, studio.drivers.of)
        self.watcher = Watcher(studio.clock, studio.rings, self._lost, self._sight_came)
        self.capture = ReferenceCapture(studio, data)
        self.planning = Planning(studio, data)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stale = asyncio.Event()
        self._looked = asyncio.Event()
        self._loading = asyncio.Lock()
        self._asking: asyncio.Task[None] | None = None
        self._starting: asyncio.Task[None] | None = None
        self._phase = Phase.idle
        self._arrived_ns = 0
        self._override_used = ""

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
        if self.simulated:
            with contextlib.suppress(StudioError):
                await self._studio.scene.disturb("clear", 0.0)
        self.look_again()

    def look_again(self) -> None:
        """Something was written: do not wait for the next round."""
        self._stale.set()

    def eyes_changed(self) -> None:
        """Cameras came or went, or reference, plan or calibration are others."""
        self.watcher.eyes = open_eyes(self._studio.cameras, self.loaded, self.table_view, self.limits)

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
    def table_view(self) -> TableView | None:
        """The simulator knows where its camera stands; a real one is calibrated."""
        feed = self._studio.cameras.feeds.get("top") if self._studio.cameras else None
        if feed is not None and feed.facts.mount is not None:
            return TableView.of_mount(feed.facts.mount, feed.facts.width, feed.facts.height)
        return self.loaded.calibration.view if self.loaded.calibration else None

    @property
    def table(self) -> TableCalibration | None:
        """As a dataset keeps it beside its episodes: the rig's own knowledge, or the calibration."""
        view = self.table_view
        if view is None or (self.loaded.calibration is not None and view is self.loaded.calibration.view):
            return self.loaded.calibration
        return TableCalibration(view, 0.0, 0.0, 0, self._studio.rig_name)

    @property
    def calibrated(self) -> Calibrated:
        feed = self._studio.cameras.feeds.get("top") if self._studio.cameras else None
        if feed is not None and feed.facts.mount is not None:
            return Calibrated(True, known=True)
        known = self.loaded.calibration
        return Calibrated() if known is None else Calibrated(True, known.age_days(self._studio.clock.wall()))

    @property
    def start_pose(self) -> dict[str, float]:
        """Where a nominal take begins: as in the reference, else the rig's home."""
        if self.loaded.reference is not None and self.loaded.reference.start_pose:
            return dict(self.loaded.reference.start_pose)
        facts = self._studio.rig_facts
        return {joint.name: joint.home for joint in facts.joints} if facts else {}

    @property
    def position(self) -> dict[str, float]:
        facts, position = self._studio.rig_facts, self._studio.position
        if facts is None or position is None:
            return {}
        return {joint.name: at for joint, at in zip(facts.joints, position, strict=True)}

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
        """The checks' line in the readiness panel; it closes Start only where a plan asks for takes."""
        gate = self.gatekeeper.gate
        if self.capture.running:
            text, todo = "the reference is being captured", "Wait a moment."
            return ReadyItem(key="checks", label="Checks", level="block", text=text, todo=todo)
        if self.loaded.problem:
            text = self.loaded.problem.rstrip(".")
            return ReadyItem(key="checks", label="Plan", level="block", text=text, todo="See the plan page.")
        if self.guide is None or self._studio.recorder.setup.practice:
            text = "no plan: nothing is compared" if self.guide is None else "practice: nothing is gated"
            return ReadyItem(key="checks", label="Checks", level="ok", text=text, todo="")
        if self.sight is None:
            return ReadyItem(key="checks", label="Checks", level="block", text="looking", todo="Wait a moment.")
        blind_s = (self._studio.clock.monotonic_ns() - self.sight.moment_ns) / NS_PER_S
        if blind_s > BLIND_S:
            text, todo = f"nothing was looked at for {blind_s:.0f} s", "See the studio's log, then restart it."
            return ReadyItem(key="checks", label="Checks", level="block", text=text, todo=todo)
        if not gate.open:
            first = gate.blocked[0]
            return ReadyItem(key="checks", label="Checks", level="block", text=first.text.rstrip("."), todo=first.todo)
        if gate.warnings:
            first = gate.warnings[0]
            return ReadyItem(key="checks", label="Checks", level="warn", text=first.text.rstrip("."), todo=first.todo)
        text = f"overridden: {gate.override}" if gate.blocked else "all in order"
        return ReadyItem(key="checks", label="Checks", level="ok", text=text, todo="")

    # ---- a take ----

    async def columns(self, truth: Placement | None) -> dict[str, object]:
        """The columns of a take that starts now, beyond what the studio knows itself."""
        await self.settled()
        await self._keep_rig()
        self._judge_before()
        self._override_used = self.gatekeeper.override_in_use if self.guide is not None else ""
        snoozed = tuple(sorted(self.gatekeeper.snoozed))
        self.testimony.snoozed(snoozed)
        own: dict[str, object] = {
            "checks": checks_json(self.gatekeeper.findings, snoozed=snoozed),
            "override_reason": self._override_used,
        }
        if self.guide is None:
            return own
        self.guide.truth(truth, self._studio.scene.start)
        return own | self.guide.columns()

    async def _keep_rig(self) -> None:
        """The dataset says with which table it is recorded; one without a plan says so from its second take."""
        name = self._studio.recorder.setup.dataset
        if self.planning.exists(name):
            eyes = self._studio.cameras
            locked = {one: feed.facts.locked for one, feed in eyes.feeds.items()} if eyes else {}
            await asyncio.to_thread(
                self._data.rigs.keep, name, self._studio.rig_name, self.simulated, self.table, locked
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
        self.steady.wait_for_next()
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
            before=self.gatekeeper.findings,
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
        start, position = self.start_pose, self.position
        slack = self.limits.start_pose_deg
        near = bool(position) and all(
            abs(position[name] - at) <= slack for name, at in start.items() if name in position
        )
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
            self._ask_truth(guide)
        self.watcher.told_px = self._told_px(guide)
        self._judge_before()
        self._start_hands_free(sight.moment_ns)
        self._studio.changed("guidance")
        self._studio.changed("checks")

    async def seen_after(self, moment_ns: int) -> None:
        """Wait until a top picture exposed after `moment_ns` was looked at; gives up where none comes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SIGHT_S):
                while self.sight is None or self.sight.exposure_ns < moment_ns:
                    self._looked.clear()
                    await self._looked.wait()

    def _told_px(self, guide: Guide | None) -> np.ndarray | None:
        """Where the object lies by the operator's word or the simulator's: there it is no stranger."""
        view = self.table_view
        if guide is None or view is None or not guide.wants_truth or guide.here is None:
            return None
        return view.object_outline(guide.plan.object, guide.here)

    def _judge_before(self) -> None:
        """While a take runs, or waits for its decision, table and arm are as it left them: cameras alone are judged."""
        sight = self.sight
        if sight is None:
            return
        facts = Facts(
            cameras=drawn(sight.cameras) if self.simulated else sight.cameras,
            scene=sight.scene,
            controls=self._controls(),
            position=self.position,
            start=self.start_pose,
            reference=self.loaded.reference,
            calibrated=self.calibrated,
            disk_minutes=self._studio.disk_minutes,
        )
        guide = self.guide if self._studio.recorder.phase in _LOOKING else None
        self.gatekeeper.see(before_findings(facts, guide, self.limits))

    def _controls(self) -> dict[str, CameraControls]:
        """The simulated cameras have neither automatic; real drivers do not tell yet."""
        cameras = self._studio.cameras
        if cameras is None:
            return {}
        told = CameraControls(False, False) if cameras.attached.simulated else CameraControls()
        return dict.fromkeys(cameras.feeds, told)

    def _lost(self) -> dict[str, str]:
        """In the watcher's thread."""
        cameras = self._studio.cameras
        return {name: feed.lost for name, feed in cameras.feeds.items()} if cameras else {}

    def _ask_truth(self, guide: Guide) -> None:
        """The simulator's own word, asked for only where vision abstains."""
        if not guide.wants_truth or not self.simulated or (self._asking is not None and not self._asking.done()):
            return
        self._asking = asyncio.create_task(self._learn_truth(guide), name="ask-truth")

    async def _learn_truth(self, guide: Guide) -> None:
        with contextlib.suppress(StudioError):
            guide.truth(await self._studio.scene.truth(), self._studio.scene.start)

    @property
    def simulated(self) -> bool:
        return self._studio.rig_facts is not None and self._studio.rig_facts.simulated

    def _start_hands_free(self, now_ns: int) -> None:
        studio = self._studio
        wanted = self.hands_free and self.guide is not None and studio.recorder.phase is Phase.idle
        green = wanted and self.guide is not None and self.guide.ready and not studio.start_blocked()
        if self.steady.seen(green, now_ns):
            self._starting = asyncio.create_task(self._start(), name="hands-free")

    async def _start(self) -> None:
        try:
            await self._studio.recorder.start()
        except StudioError as error:
            self._studio.notes.add("warn", error.code, f"Hands-free did not start: {error}")

    # ---- the first reference ----

    async def _capture_by_itself(self) -> None:
        """A simulator clears its own table: the first reference of a plan needs no hand, while nobody drives."""
        lease = self._studio.lease()
        free = lease is not None and not lease.source and self._studio.recorder.phase is Phase.idle
        if not (free and self.simulated and self.guide is not None and self.loaded.reference is None):
            return
        if self.disturbances or self.table_view is None or self.capture.failed_for == self.loaded.dataset:
            return
        try:
            await self.capture.simulated(self, "")
        except StudioError as error:
            self.capture.failed_for = self.loaded.dataset
            self._studio.notes.add("warn", error.code, f"The reference was not captured: {error}")
