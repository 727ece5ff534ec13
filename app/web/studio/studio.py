"""The studio as the web process holds it: what it is made of, its lifetime, and what its rooms ask of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.accounts import Access
from app.control.client import RigClient
from app.control.messages import Attached, LeaseFacts, Reply, Status
from app.core.clock import Clock
from app.core.companions import Companion
from app.core.errors import NotReady
from app.core.identity import Identity
from app.datasets import DatasetStore, empty_trash, unfinished_takes
from app.datasets.models import CameraFormat, DatasetFormat, TakeSummary
from app.guidance.calibrations import TableCalibrations
from app.guidance.stations import Station
from app.jobs import JobKeeper
from app.observation import CamerasClient, FrameRing
from app.recording import Recorder, SetupStore, placement_facts
from app.review.trajectorycache import TrajectoryCache
from app.setup.client import SetupClient
from app.storage import Database, DataFolder
from app.web.execution.deployment import Deployment
from app.web.guided.data import GuidedData
from app.web.guided.guided import Guided
from app.web.protocol import ReadyItem
from app.web.studio import readiness
from app.web.studio.audience import Audience
from app.web.studio.cameras_session import CamerasSession
from app.web.studio.drivers import Drivers
from app.web.studio.housekeeping import Housekeeping
from app.web.studio.jobs_state import follow_jobs
from app.web.studio.live import LiveView
from app.web.studio.notes import Notes
from app.web.studio.replaying import Replayer
from app.web.studio.rig_session import RigSession
from app.web.studio.scene import Scene
from app.web.studio.state import Pages


@dataclass(frozen=True)
class Processes:
    """What runs beside the web process and is started again when it dies."""

    rig: Companion
    cameras: Companion
    policy: Companion


class Studio:
    """Built by bootstrap; `run()` holds the sessions with rig and cameras until cancelled."""

    def __init__(
        self,
        folder: DataFolder,
        database: Database,
        store: DatasetStore,
        clock: Clock,
        processes: Processes,
        rig_name: str,
        jobs: JobKeeper,
        access: Access,
        station: Station | None = None,
    ) -> None:
        self.folder = folder
        self.access = access
        self.clock = clock
        self.store = store
        self.rig_name = rig_name
        self.jobs = jobs
        self.setup = SetupClient()
        self.trajectories: dict[str, TrajectoryCache] = {}
        self.unfinished: list[TakeSummary] = []
        self.disk_minutes: float | None = None
        self.closing = False
        self.failed = False
        self.rig_session = RigSession(self, processes.rig)
        self.cameras_session = CamerasSession(self, processes.cameras)
        self.drivers = Drivers(self.rig_session)
        self.scene = Scene(self)
        self.audience = Audience(self)
        self._setups = SetupStore(database, f"session-{clock.wall():%Y-%m-%d}")
        self.pages = Pages(self)
        self.notes = Notes(clock.wall, lambda: self.changed("notes"))
        self.live = LiveView(clock, lambda: self.cameras)
        self.tables = TableCalibrations(folder.rigs / rig_name)
        data = GuidedData(store, database, calibration=self.tables.current)
        self.guided = Guided(self, data, station or Station())
        self.replayer = Replayer(self)
        self.deployment = Deployment(self, processes.policy)
        self.recorder = self._new_recorder()

    def _new_recorder(self) -> Recorder:
        return Recorder(
            self.folder.takes,
            self.store,
            self.clock,
            self._setups.load(),
            rings=self.rings,
            describe=self.dataset_format,
            block_reason=self.start_blocked,
            facts=self._facts_at_start,
            on_change=self._recorder_changed,
            on_setup=self._setups.save,
            witness=self.guided.testimony,
        )

    # ---- lifetime ----

    async def run(self) -> None:
        """Hold both sessions and refresh what changes by itself; cancelled at shutdown."""
        await asyncio.to_thread(self.store.recover)
        self.unfinished = await asyncio.to_thread(unfinished_takes, self.folder.takes)
        await asyncio.to_thread(empty_trash, self.folder.takes)
        await self.recorder.open_existing()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.rig_session.run(), name="keep-rig")
            tasks.create_task(self.cameras_session.run(), name="keep-cameras")
            tasks.create_task(self.guided.run(), name="guided")
            Housekeeping(self).start(tasks)
            tasks.create_task(follow_jobs(self), name="jobs")

    async def close(self, running: asyncio.Task[None]) -> None:
        """Finish what is being written, then let both processes end; the arm goes to rest first."""
        self.closing = True
        await self.setup.close()
        await self.replayer.close()
        await self.deployment.close()
        await self.deployment.takes.close()
        await self.recorder.close()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await asyncio.gather(self.rig_session.end(), self.cameras_session.end())

    def changed(self, section: str) -> None:
        """Tell every page the section's new value."""
        self.audience.changed(section)

    # ---- what the other processes said last ----

    @property
    def rig(self) -> RigClient | None:
        return self.rig_session.client

    @property
    def rig_facts(self) -> Attached | None:
        return self.rig_session.facts

    @property
    def status(self) -> Status | None:
        return self.rig_session.status

    @property
    def position(self) -> tuple[float, ...] | None:
        return self.rig_session.position

    @property
    def cameras(self) -> CamerasClient | None:
        return self.cameras_session.client

    # ---- what rooms ask ----

    def rings(self) -> Mapping[str, FrameRing]:
        return self.cameras_session.rings()

    def dataset_format(self) -> DatasetFormat:
        """The format every episode of this rig has; NotReady before rig and cameras are attached."""
        if self.rig_facts is None or self.cameras is None:
            raise NotReady("The rig is not attached yet.", todo="Wait a moment.")
        cameras = tuple(CameraFormat(f.facts.name, f.facts.width, f.facts.height) for f in self.cameras.feeds.values())
        joints = tuple(joint.name for joint in self.rig_facts.joints)
        return DatasetFormat(self.rig_facts.fps, self.rig_facts.robot_type, joints, cameras)

    def require_rig(self) -> RigClient:
        return self.rig_session.require()

    def stop(self, by: str) -> None:
        """The emergency stop of every motion the studio can cause. The set-up's first: it needs no rig."""
        self.setup.stop(by)
        if self.rig is None:
            raise NotReady(
                f"The rig is away: it is stopped as soon as it is back. {self.rig_session.down}".strip(),
                todo="The arm's power switch is the surer stop.",
            )
        self.rig.stop(by)

    async def reset_stop(self, by: str) -> Reply:
        reply = await self.require_rig().reset_stop(by)
        if reply.ok:
            self.setup.go_on()
        return reply

    def lease(self) -> LeaseFacts | None:
        return self.rig_session.lease

    async def lease_known(self, epoch: int) -> None:
        """Wait until the status that carries lease `epoch` has arrived, so that commands after a grant pass."""
        await self.rig_session.lease_known(epoch)

    def name_of(self, who: Identity) -> str:
        """How others know this client: by its lease's label where it has one."""
        lease = self.lease()
        return lease.label if lease is not None and lease.source == who.client else f"{who.user} ({who.client})"

    def ready(self) -> list[ReadyItem]:
        now_ns = self.clock.monotonic_ns()
        setup = self.recorder.setup
        return [
            readiness.arm_item(self.status, self.rig_session.down),
            readiness.input_item(self.status),
            *readiness.camera_items(self.cameras, now_ns, self.cameras_session.down),
            readiness.disk_item(self.disk_minutes),
            readiness.writer_item(
                setup.dataset, setup.practice, self.recorder.fault, self.jobs.rewriting(setup.dataset)
            ),
            self.guided.ready_item(),
        ]

    def start_blocked(self) -> str:
        """The one reason why a take cannot start, "" when it can."""
        return readiness.block_reason(self.ready())

    def not_ready_reason(self) -> str:
        """For `/health/ready`: "" once the first picture of every camera is out."""
        if reason := self.cameras_session.not_ready_reason:
            return reason
        if self.status is None:
            return self.rig_session.down or "The rig process is starting."
        return ""

    @property
    def at_start_pose(self) -> bool:
        return self.guided.watcher.in_start_pose

    def forget_unfinished(self, uuid: str) -> None:
        """An interrupted take was decided."""
        self.unfinished = [take for take in self.unfinished if take.uuid != uuid]
        self.changed("recorder")

    # ---- what the recorder asks ----

    def _recorder_changed(self) -> None:
        self.guided.recorder_changed()
        self.deployment.takes.recorder_changed()
        self.changed("recorder")

    async def _facts_at_start(self) -> dict[str, object]:
        driver, by = self.drivers.now()
        facts = {
            "driver": driver,
            "input": by,
            **self.deployment.facts(),
            "rig": self.rig_name,
            "recorded_at": self.clock.wall().isoformat(timespec="milliseconds"),
        }
        truth = await self.scene.truth()
        return facts | placement_facts(truth, self.scene.start) | await self.guided.columns(truth)
