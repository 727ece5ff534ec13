"""The studio as the web process holds it: rig, cameras, recorder, and everybody who watches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.accounts import Access
from app.control.client import RigClient, require_ok
from app.control.errors import RigAway
from app.control.messages import Attached, LeaseFacts, Look, Note, Receipt, Reply, RunStatus, Status, Tick
from app.control.models import DEMONSTRATOR, RETRYING, ControlPhase, Rank
from app.core.channel import ChannelClosed
from app.core.clock import Clock
from app.core.companions import Companion, keep
from app.core.errors import Conflict, NotReady, StudioError
from app.core.identity import Identity
from app.datasets import DatasetStore, empty_trash, unfinished_takes
from app.datasets.models import CameraFormat, DatasetFormat, Driver, TakeSummary
from app.devices import Placement, Start
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
from app.web.protocol import ArmSample, BodyPose, Changed, Hello, ReadyItem, ReceiptSample, SceneSample
from app.web.studio import readiness
from app.web.studio.clients import ClientSession
from app.web.studio.housekeeping import Housekeeping
from app.web.studio.jobs_state import follow_jobs
from app.web.studio.live import LiveView
from app.web.studio.notes import Notes
from app.web.studio.replaying import Replayer
from app.web.studio.state import Pages

LEASE_KNOWN_S = 1.0

log = logging.getLogger(__name__)


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
        self._processes = processes
        self.rig: RigClient | None = None
        self.cameras: CamerasClient | None = None
        self.status: Status | None = None
        self.rig_facts: Attached | None = None
        self.unfinished: list[TakeSummary] = []
        self.rig_down = ""
        self._cameras_down = ""
        self.scene_start = Start.nominal
        self.position: tuple[float, ...] | None = None
        self.inputs: dict[str, str] = {}
        self._status_came = asyncio.Event()
        self._closing = False
        self.failed = False
        self.disk_minutes: float | None = None
        self._clients: set[ClientSession] = set()
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
            rig = keep(self._processes.rig, self._attach_rig, self._follow_rig, self._on_rig_down)
            cameras = keep(self._processes.cameras, self._attach_cameras, self._follow_cameras, self._on_cameras_down)
            tasks.create_task(rig, name="keep-rig")
            tasks.create_task(cameras, name="keep-cameras")
            tasks.create_task(self.guided.run(), name="guided")
            Housekeeping(self).start(tasks)
            tasks.create_task(follow_jobs(self), name="jobs")

    async def close(self, running: asyncio.Task[None]) -> None:
        """Finish what is being written, then let both processes end; the arm goes to rest first."""
        self._closing = True
        await self.setup.close()
        await self.replayer.close()
        await self.deployment.close()
        await self.deployment.takes.close()
        await self.recorder.close()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await asyncio.gather(self._processes.rig.end(), self._processes.cameras.end())

    async def _part(self, client: RigClient | CamerasClient) -> None:
        """Detach; at shutdown say so first, so that the process ends instead of waiting for the next studio."""
        if self._closing:
            with contextlib.suppress(StudioError, ChannelClosed):
                client.shut_down()
        await client.close()

    # ---- who watches ----

    def join(self, identity: Identity) -> ClientSession:
        session = ClientSession(identity)
        self._clients.add(session)
        return session

    def leave(self, session: ClientSession) -> None:
        self._clients.discard(session)
        self.scene_watch_changed()

    async def withdraw(self, session: ClientSession) -> None:
        """A page that asked for the arm and closed asks no longer."""
        lease = self.lease()
        if self.rig is not None and lease is not None and lease.asked_by == session.identity.client:
            with contextlib.suppress(StudioError):
                await self.rig.withdraw(session.identity.client)

    def scene_watch_changed(self) -> None:
        """Ask the simulator for poses exactly while somebody watches the free view."""
        if self.cameras is not None:
            with contextlib.suppress(ChannelClosed):
                self.cameras.want_scene(any(session.watches_scene for session in self._clients))

    def hello(self, session: ClientSession) -> str:
        return Hello(server_ns=self.clock.monotonic_ns(), state=self.pages.studio(session.identity)).model_dump_json()

    def changed(self, section: str) -> None:
        """Tell every page the section's new value."""
        if not self._clients:
            return
        if section == "lease":
            for session in self._clients:
                value = self.pages.lease(session.identity)
                session.change(section, Changed(section="lease", value=value).model_dump_json())
            return
        text = Changed(section=section, value=getattr(self.pages, section)()).model_dump_json()  # type: ignore[arg-type]
        for session in self._clients:
            session.change(section, text)

    # ---- what rooms ask ----

    def rings(self) -> Mapping[str, FrameRing]:
        return {name: feed.ring for name, feed in self.cameras.feeds.items()} if self.cameras else {}

    def dataset_format(self) -> DatasetFormat:
        """The format every episode of this rig has; NotReady before rig and cameras are attached."""
        if self.rig_facts is None or self.cameras is None:
            raise NotReady("The rig is not attached yet.", todo="Wait a moment.")
        cameras = tuple(CameraFormat(f.facts.name, f.facts.width, f.facts.height) for f in self.cameras.feeds.values())
        joints = tuple(joint.name for joint in self.rig_facts.joints)
        return DatasetFormat(self.rig_facts.fps, self.rig_facts.robot_type, joints, cameras)

    def require_rig(self) -> RigClient:
        if self.rig is None:
            raise NotReady(f"The rig is not attached. {self.rig_down}".strip(), todo="Wait a moment.")
        return self.rig

    def stop(self, by: str) -> None:
        """The emergency stop of every motion the studio can cause. The set-up's first: it needs no rig."""
        self.setup.stop(by)
        if self.rig is None:
            raise NotReady(
                f"The rig is away: it is stopped as soon as it is back. {self.rig_down}".strip(),
                todo="The arm's power switch is the surer stop.",
            )
        self.rig.stop(by)

    async def reset_stop(self, by: str) -> Reply:
        reply = await self.require_rig().reset_stop(by)
        if reply.ok:
            self.setup.go_on()
        return reply

    async def place(self, placement: Placement, start: Start | None, client: str = "") -> None:
        """Simulator: put the object there, or with `start` the whole scene into that state.

        Never during a take, and the scene (the arm with it) not while somebody else drives.
        """
        if self.recorder.take is not None:
            raise Conflict("The object is not moved while a take runs.", todo="Save or discard the take first.")
        lease = self.lease()
        if start is not None and lease is not None and lease.source not in ("", client):
            raise Conflict(f"{lease.label} has control: the scene is not reset under way.", todo="Ask for control.")
        wanted = start.value if start else None
        reply = await self.require_rig().place(placement.x_cm, placement.y_cm, placement.yaw_deg, wanted)
        require_ok(reply)
        self.scene_start = start or Start.nominal

    async def demonstrate(self, seed: int) -> None:
        """Let the scripted demonstrator perform once."""
        require_ok(await self.require_rig().demonstrate(seed))

    async def put_aside(self) -> None:
        """Simulator: take the object off the table."""
        require_ok(await self.require_rig().put_aside())

    async def disturb(self, name: str, amount: float) -> None:
        """Simulator: put something wrong, or right again."""
        require_ok(await self.require_rig().disturb(name, amount))
        self.guided.disturbed(name, amount)

    @property
    def at_start_pose(self) -> bool:
        return self.guided.watcher.in_start_pose

    def _recorder_changed(self) -> None:
        self.guided.recorder_changed()
        self.deployment.takes.recorder_changed()
        self.changed("recorder")

    def start_blocked(self) -> str:
        """The one reason why a take cannot start, "" when it can."""
        return readiness.block_reason(self.ready())

    async def lease_known(self, epoch: int) -> None:
        """Wait until the status that carries lease `epoch` has arrived, so that commands after a grant pass."""
        try:
            async with asyncio.timeout(LEASE_KNOWN_S):
                while self.status is None or self.status.lease.epoch < epoch:
                    self._status_came.clear()
                    await self._status_came.wait()
        except TimeoutError as error:
            raise NotReady("The rig granted control but does not report it.", todo="Try again.") from error

    def name_of(self, who: Identity) -> str:
        """How others know this client: by its lease's label where it has one."""
        lease = self.lease()
        return lease.label if lease is not None and lease.source == who.client else f"{who.user} ({who.client})"

    def lease(self) -> LeaseFacts | None:
        return self.status.lease if self.status else None

    def ready(self) -> list[ReadyItem]:
        now_ns = self.clock.monotonic_ns()
        setup = self.recorder.setup
        return [
            readiness.arm_item(self.status, self.rig_down),
            readiness.input_item(self.status),
            *readiness.camera_items(self.cameras, now_ns, self._cameras_down),
            readiness.disk_item(self.disk_minutes),
            readiness.writer_item(
                setup.dataset, setup.practice, self.recorder.fault, self.jobs.rewriting(setup.dataset)
            ),
            self.guided.ready_item(),
        ]

    def forget_unfinished(self, uuid: str) -> None:
        """An interrupted take was decided."""
        self.unfinished = [take for take in self.unfinished if take.uuid != uuid]
        self.changed("recorder")

    def not_ready_reason(self) -> str:
        """For `/health/ready`: "" once the first picture of every camera is out."""
        if self.cameras is None:
            return self._cameras_down or "The cameras process is starting."
        if missing := [name for name, feed in self.cameras.feeds.items() if feed.latest is None]:
            return f"No picture yet from: {', '.join(missing)}."
        if self.status is None:
            return self.rig_down or "The rig process is starting."
        return ""

    # ---- sessions with the other processes ----

    async def _attach_rig(self) -> RigClient:
        try:
            return await RigClient.attach(self.folder.run_folder / "rig.sock")
        except RigAway as error:
            raise ChannelClosed(str(error)) from error

    async def _follow_rig(self, client: RigClient) -> None:
        self.rig, self.rig_facts, self.rig_down = client, client.attached, ""
        self.notes.clear("rig")
        if self.setup.stopped_by:  # a rig that was started again knows nothing of it
            client.stop(self.setup.stopped_by)
        attached = asyncio.create_task(self.guided.rig_attached(), name="rig-attached")
        try:
            async for message in client.events():
                self._on_rig(message)
        finally:
            self.rig, self.status = None, None
            self.deployment.rig_gone()
            attached.cancel()
            await self._part(client)

    def _on_rig(self, message: Tick | Status | Receipt | Note | Reply | Attached | Look | RunStatus) -> None:
        match message:
            case Tick():
                self.position = message.position
                self.guided.rig_told()
                self.recorder.on_tick(message)
                self._send_arm(message)
            case Status():
                before, self.status = self.status, message
                if before is None and message.stopped_by:  # pressed before this studio was there
                    self.setup.stop(message.stopped_by)
                self._status_came.set()
                self.guided.rig_told()
                if message.phase is ControlPhase.faulted:
                    self.recorder.on_arm_lost(message.reason.removesuffix(RETRYING))
                if before is None or before.lease != message.lease:
                    self.changed("lease")
                self.changed("rig")
            case RunStatus():
                self.deployment.told(message)
            case Receipt():
                self._send_receipt(message)
            case Note():
                self.notes.add(message.level, message.code, message.text)  # type: ignore[arg-type]
            case _:
                pass

    def _send_receipt(self, receipt: Receipt) -> None:
        lease = self.lease()
        text = ReceiptSample(
            sequence=receipt.sequence, received_ns=receipt.received_ns, applied_ns=receipt.applied_ns
        ).model_dump_json()
        for session in self._clients:
            if lease is not None and session.identity.client == lease.source:
                session.reply(text)

    def _send_arm(self, tick: Tick) -> None:
        if not self._clients:
            return
        text = ArmSample(
            monotonic_ns=tick.monotonic_ns,
            position=list(tick.position),
            target=list(tick.action),
            clamped=list(tick.clamped),
            tool_mm=list(tick.tool_mm),
        ).model_dump_json()
        for session in self._clients:
            session.arm(text)

    async def _attach_cameras(self) -> CamerasClient:
        return await CamerasClient.attach(self.folder.run_folder / "cameras.sock")

    async def _follow_cameras(self, client: CamerasClient) -> None:
        self.cameras, self._cameras_down = client, ""
        self.notes.clear("cameras")
        self.guided.eyes_changed()
        self.live.on_attached()
        self.deployment.cameras_attached()
        self.scene_watch_changed()
        self.changed("cameras")
        try:
            await client.run(self._on_frame, lambda: self.changed("cameras"), self._on_poses)
        finally:
            self.cameras = None
            self.guided.eyes_changed()
            with self.guided.watcher.reading:  # the rings are closed: nobody may be looking into them
                await self._part(client)

    def _on_frame(self, camera: str) -> None:
        self.live.on_frame(camera)
        self.recorder.on_frame()

    def _on_poses(self, bodies: list[dict[str, Any]]) -> None:
        text = SceneSample(bodies=[BodyPose(**body) for body in bodies]).model_dump_json()
        for session in self._clients:
            if session.watches_scene:
                session.scene(text)

    def _on_rig_down(self, reason: str) -> None:
        self.rig_down = f"{reason} It is being started again; the arm holds."
        self.notes.add("error", "rig_down", self.rig_down, cause="rig")
        self.recorder.on_arm_lost(reason)
        self.changed("rig")
        self.changed("lease")

    def _on_cameras_down(self, reason: str) -> None:
        self._cameras_down = f"{reason} It is being started again."
        self.notes.add("error", "cameras_down", self._cameras_down, cause="cameras")
        self.changed("cameras")

    def driver_of(self, source: str) -> tuple[str, str]:
        """The `driver` and `input` columns for commands from `source`: a client that asked for the arm is a person."""
        if source == DEMONSTRATOR:
            return Driver.demonstrator.value, ""
        if source in self.inputs:
            return Driver.person.value, self._input_of(source)
        return Driver.policy.value, source

    def _input_of(self, source: str) -> str:
        """What `source` drives with: the leader arm while it is followed, else what it said when it took control."""
        leading = self.status is not None and self.status.leading
        return "leader" if leading and source in self.inputs else self.inputs.get(source, "")

    async def _facts_at_start(self) -> dict[str, object]:
        lease = self.lease()
        driver, by = "", ""
        if self.status is not None and self.status.demonstrating:
            driver = Driver.demonstrator.value
        elif lease is not None and lease.source:
            driver = Driver.policy.value if lease.rank is Rank.program else Driver.person.value
            by = self._input_of(lease.source) or lease.label
        facts = {
            "driver": driver,
            "input": by,
            **self.deployment.facts(),
            "rig": self.rig_name,
            "recorded_at": self.clock.wall().isoformat(timespec="milliseconds"),
        }
        truth = await self.truth()
        return facts | placement_facts(truth, self.scene_start) | await self.guided.columns(truth)

    async def truth(self) -> Placement | None:
        values = (await self.require_rig().ask_truth()).values
        if not values:
            return None
        return Placement(float(values["x_cm"]), float(values["y_cm"]), float(values["yaw_deg"]))
