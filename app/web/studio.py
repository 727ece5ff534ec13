"""The studio as the web process holds it: rig, cameras, recorder, and everybody who watches."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

from app import __version__
from app.control.client import RigClient
from app.control.errors import RigAway
from app.control.messages import Attached, LeaseFacts, Note, Receipt, Reply, Status, Tick
from app.core.channel import ChannelClosed
from app.core.clock import Clock
from app.core.companions import Companion, keep
from app.core.errors import NotReady, StudioError
from app.core.identity import Identity
from app.datasets import DatasetStore, minutes_left, unfinished_takes
from app.datasets.models import CameraFormat, DatasetFormat, Driver, EpisodeKind, PlacedSource, TakeSummary
from app.observation import CamerasClient, FrameRing
from app.recording import Phase, Recorder, SetupStore
from app.storage import Database, DataFolder
from app.web import readiness
from app.web.clients import ClientSession
from app.web.live import LiveView
from app.web.notes import Notes
from app.web.protocol import (
    ArmSample,
    CameraState,
    Changed,
    Hello,
    IdentityState,
    JointState,
    LeaseState,
    ReadyItem,
    RecorderState,
    RigState,
    SavedState,
    StudioState,
    TakeState,
)

REFRESH_S = 0.25
DISK_S = 5.0


class Studio:
    """Built by bootstrap; `run()` holds the sessions with rig and cameras until cancelled."""

    def __init__(
        self,
        folder: DataFolder,
        database: Database,
        store: DatasetStore,
        clock: Clock,
        rig_process: Companion,
        cameras_process: Companion,
        rig_name: str,
    ) -> None:
        self.folder = folder
        self.clock = clock
        self.store = store
        self.rig_name = rig_name
        self._rig_process = rig_process
        self._cameras_process = cameras_process
        self.rig: RigClient | None = None
        self.cameras: CamerasClient | None = None
        self.status: Status | None = None
        self.rig_facts: Attached | None = None
        self.last_tick: Tick | None = None
        self.unfinished: list[TakeSummary] = []
        self._rig_down = ""
        self._cameras_down = ""
        self._disk_minutes: float | None = None
        self._clients: set[ClientSession] = set()
        self._setups = SetupStore(database, f"session-{clock.wall():%Y-%m-%d}")
        self.notes = Notes(clock.wall, lambda: self.changed("notes"))
        self.live = LiveView(clock, lambda: self.cameras)
        self.recorder = Recorder(
            folder.takes,
            store,
            clock,
            self._setups.load(),
            rings=self.rings,
            describe=self.dataset_format,
            block_reason=lambda: readiness.block_reason(self.ready()),
            facts=self._facts_at_start,
            on_change=lambda: self.changed("recorder"),
            on_setup=self._setups.save,
        )

    # ---- lifetime ----

    async def run(self) -> None:
        """Hold both sessions and refresh what changes by itself; cancelled at shutdown."""
        self.unfinished = await asyncio.to_thread(unfinished_takes, self.folder.takes)
        await self.recorder.open_existing()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keep(self._rig_process, self._rig_session, self._on_rig_down), name="keep-rig")
            tasks.create_task(
                keep(self._cameras_process, self._cameras_session, self._on_cameras_down), name="keep-cameras"
            )
            tasks.create_task(self._refresh(), name="refresh")
            tasks.create_task(self._watch_disk(), name="watch-disk")

    async def close(self) -> None:
        """Save what runs, then ask both processes to end."""
        await self.recorder.close()
        for client, process in ((self.rig, self._rig_process), (self.cameras, self._cameras_process)):
            if client is not None:
                with contextlib.suppress(StudioError, ChannelClosed):
                    client.shut_down()
                await client.close()
            await process.end()

    # ---- who watches ----

    def join(self, identity: Identity) -> ClientSession:
        session = ClientSession(identity)
        self._clients.add(session)
        return session

    def leave(self, session: ClientSession) -> None:
        self._clients.discard(session)

    def hello(self, session: ClientSession) -> str:
        return Hello(server_ns=self.clock.monotonic_ns(), state=self.state(session.identity)).model_dump_json()

    def changed(self, section: str) -> None:
        """Tell every page the section's new value."""
        if not self._clients:
            return
        if section == "lease":
            for session in self._clients:
                value = self.lease_state(session.identity)
                session.change(section, Changed(section="lease", value=value).model_dump_json())
            return
        text = Changed(section=section, value=getattr(self, f"{section}_state")()).model_dump_json()  # type: ignore[arg-type]
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
            raise NotReady(f"The rig is not attached. {self._rig_down}".strip(), todo="Wait a moment.")
        return self.rig

    def lease(self) -> LeaseFacts | None:
        return self.status.lease if self.status else None

    def ready(self) -> list[ReadyItem]:
        now_ns = self.clock.monotonic_ns()
        setup = self.recorder.setup
        return [
            readiness.arm_item(self.status, self._rig_down),
            readiness.input_item(self.status),
            *readiness.camera_items(self.cameras, now_ns, self._cameras_down),
            readiness.disk_item(self._disk_minutes),
            readiness.writer_item(setup.dataset, setup.practice, self.recorder.fault),
        ]

    def not_ready_reason(self) -> str:
        """For `/health/ready`: "" once the first picture of every camera is out."""
        if self.cameras is None:
            return self._cameras_down or "The cameras process is starting."
        if missing := [name for name, feed in self.cameras.feeds.items() if feed.latest is None]:
            return f"No picture yet from: {', '.join(missing)}."
        if self.status is None:
            return self._rig_down or "The rig process is starting."
        return ""

    # ---- state for pages ----

    def state(self, identity: Identity) -> StudioState:
        return StudioState(
            version=__version__,
            identity=IdentityState(user=identity.user, role=identity.role.value, client=identity.client),
            rig=self.rig_state(),
            lease=self.lease_state(identity),
            cameras=self.cameras_state(),
            ready=self.ready_state(),
            recorder=self.recorder_state(),
            notes=self.notes_state(),
        )

    def ready_state(self) -> list[ReadyItem]:
        return self.ready()

    def notes_state(self):
        return self.notes.latest()

    def rig_state(self) -> RigState:
        from app.control.models import ControlPhase

        facts, status = self.rig_facts, self.status
        joints = [JointState(**_asdict(joint)) for joint in facts.joints] if facts else []
        return RigState(
            name=self.rig_name,
            connected=self.rig is not None,
            simulated=facts.simulated if facts else self.rig_name == "simulator",
            robot_type=facts.robot_type if facts else "",
            joints=joints,
            phase=status.phase if status else ControlPhase.starting,
            reason=(status.reason if status else "") or self._rig_down,
            control_hz=facts.control_hz if facts else 0.0,
            fps=facts.fps if facts else 0,
            realtime=facts.realtime if facts else False,
            lateness_p99_ms=status.lateness_p99_ms if status else None,
            missed=status.missed if status else 0,
            stopped_by=status.stopped_by if status else "",
            demonstrator=facts.demonstrator if facts else False,
            demonstrating=status.demonstrating if status else False,
            outcome=(status.outcome or None) if status else None,  # type: ignore[arg-type]
        )

    def lease_state(self, identity: Identity) -> LeaseState:
        lease = self.lease()
        if lease is None:
            return LeaseState(epoch=0, held=False, mine=False, rank=None, label="", asked_label="", asked_by_me=False)
        return LeaseState(
            epoch=lease.epoch,
            held=bool(lease.source),
            mine=bool(lease.source) and lease.source == identity.client,
            rank=lease.rank,
            label=lease.label,
            asked_label=lease.asked_label,
            asked_by_me=bool(lease.asked_by) and lease.asked_by == identity.client,
        )

    def cameras_state(self) -> list[CameraState]:
        if self.cameras is None:
            return []
        now_ns = self.clock.monotonic_ns()
        return [
            CameraState(
                name=name,
                width=feed.facts.width,
                height=feed.facts.height,
                fps=feed.facts.fps,
                index=number,
                measured_fps=feed.rate_hz(now_ns),
                lost=bool(feed.lost),
                reason=feed.lost,
            )
            for number, (name, feed) in enumerate(self.cameras.feeds.items())
        ]

    def recorder_state(self) -> RecorderState:
        recorder = self.recorder
        setup = recorder.setup
        return RecorderState(
            phase=recorder.phase,
            dataset=setup.dataset,
            task=setup.task,
            operator=setup.operator,
            practice=setup.practice,
            saved_episodes=recorder.saved_episodes,
            planned_episodes=None,
            countdown_s=recorder.countdown_s,
            take=self._take_state(),
            last_saved=self._saved_state(),
            start_blocked=readiness.block_reason(self.ready()) if recorder.phase is Phase.idle else "",
            max_take_s=setup.max_take_s,
            disk_minutes=self._disk_minutes,
            fault=recorder.fault,
            unfinished=len(self.unfinished),
        )

    def _take_state(self) -> TakeState | None:
        take = self.recorder.take
        if take is None:
            return None
        fps = self.rig_facts.fps if self.rig_facts else 30
        return TakeState(
            uuid=take.uuid,
            rows=take.ticks,
            elapsed_s=take.ticks / fps,
            repeated=take.rows.repeated,
            missed=take.missed,
            recovery_open=take.recovery_open,
            recovery_rows=take.recovery_rows,
        )

    def _saved_state(self) -> SavedState | None:
        saved = self.recorder.last_saved
        if saved is None:
            return None
        return SavedState(
            dataset=saved.dataset,
            episode_index=saved.episode_index,
            uuid=saved.uuid,
            rows=saved.rows,
            duration_s=saved.duration_s,
            repeated=saved.repeated,
            bytes=saved.bytes,
            outcome=self.recorder.last_outcome or None,  # type: ignore[arg-type]
            undoable=self.recorder.undoable,
        )

    # ---- sessions with the other processes ----

    async def _rig_session(self) -> None:
        try:
            client = await RigClient.attach(self.folder.run_folder / "rig.sock")
        except RigAway as error:
            raise ChannelClosed(str(error)) from error
        self.rig, self.rig_facts, self._rig_down = client, client.attached, ""
        self.notes.clear("rig")
        try:
            async for message in client.events():
                self._on_rig(message)
        finally:
            self.rig, self.status = None, None
            await client.close()

    def _on_rig(self, message: Tick | Status | Receipt | Note | Reply | Attached) -> None:
        match message:
            case Tick():
                self.last_tick = message
                self.recorder.on_tick(message)
                self._send_arm(message)
            case Status():
                before, self.status = self.status, message
                if before is None or before.lease != message.lease:
                    self.changed("lease")
                self.changed("rig")
            case Note():
                self.notes.add(message.level, message.code, message.text)  # type: ignore[arg-type]
            case _:
                pass

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

    async def _cameras_session(self) -> None:
        client = await CamerasClient.attach(self.folder.run_folder / "cameras.sock")
        self.cameras, self._cameras_down = client, ""
        self.notes.clear("cameras")
        self.live.on_attached()
        self.changed("cameras")
        try:
            await client.run(self.live.on_frame, lambda: self.changed("cameras"))
        finally:
            self.cameras = None
            await client.close()

    def _on_rig_down(self, reason: str) -> None:
        self._rig_down = f"{reason} It is being started again; the arm holds."
        self.notes.add("error", "rig_down", self._rig_down, cause="rig")
        self.changed("rig")
        self.changed("lease")

    def _on_cameras_down(self, reason: str) -> None:
        self._cameras_down = f"{reason} It is being started again."
        self.notes.add("error", "cameras_down", self._cameras_down, cause="cameras")
        self.changed("cameras")

    async def _refresh(self) -> None:
        """What changes by itself: rates, ages, the take's counters."""
        while True:
            await asyncio.sleep(REFRESH_S)
            if self._clients:
                for section in ("cameras", "ready", "recorder"):
                    self.changed(section)

    async def _watch_disk(self) -> None:
        while True:
            if self.rig_facts is not None and self.cameras is not None:
                self._disk_minutes = await asyncio.to_thread(minutes_left, self.folder.root, self.dataset_format())
            await asyncio.sleep(DISK_S if self._disk_minutes is not None else 0.2)

    def _facts_at_start(self) -> dict[str, object]:
        lease = self.lease()
        demonstrating = bool(self.status and self.status.demonstrating)
        driver = Driver.demonstrator if demonstrating else Driver.person
        return {
            "kind": EpisodeKind.nominal,
            "driver": driver.value,
            "input": lease.label if lease and lease.source else "",
            "rig": self.rig_name,
            "recorded_at": self.clock.wall().isoformat(timespec="milliseconds"),
            "placed_source": PlacedSource.unknown.value,
        }


def _asdict(struct: object) -> dict[str, object]:
    import msgspec

    return msgspec.structs.asdict(struct)  # type: ignore[arg-type]
