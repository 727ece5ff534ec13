"""The studio's state as pages see it: one method a section of the protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from app import __version__
from app.control.models import ControlPhase
from app.core.identity import Identity
from app.recording import Phase
from app.web.access.rights import denied
from app.web.execution.policy_page import policy_page
from app.web.guided.checks_page import checks_page
from app.web.guided.guidance_page import guidance_page
from app.web.protocol import (
    CameraState,
    ChecksState,
    DeniedState,
    GuidanceState,
    IdentityState,
    JobSummary,
    JointState,
    LeaderState,
    LeaseState,
    NoteState,
    PolicyState,
    ReadyItem,
    RecorderState,
    RigState,
    SavedState,
    StudioState,
    TakeState,
)
from app.web.studio import readiness
from app.web.studio.jobs_state import latest

if TYPE_CHECKING:
    from app.web.studio.studio import Studio


class Pages:
    """Reads the studio, changes nothing. null means unknown."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def studio(self, identity: Identity) -> StudioState:
        return StudioState(
            version=__version__,
            identity=self.identity(identity),
            rig=self.rig(),
            lease=self.lease(identity),
            cameras=self.cameras(),
            ready=self.ready(),
            recorder=self.recorder(),
            guidance=self.guidance(),
            checks=self.checks(),
            notes=self.notes(),
            jobs=self.jobs(),
            policy=self.policy(),
        )

    def identity(self, who: Identity) -> IdentityState:
        refused = [DeniedState(right=right, why=why) for right, why in denied(who.role).items()]
        return IdentityState(user=who.user, role=who.role.value, client=who.client, denied=refused)

    def jobs(self) -> list[JobSummary]:
        """What runs and waits, and the last that ended."""
        return latest(self._studio.jobs.views())

    def policy(self) -> PolicyState:
        return policy_page(self._studio.deployment)

    def ready(self) -> list[ReadyItem]:
        return self._studio.ready()

    def notes(self) -> list[NoteState]:
        return self._studio.notes.latest()

    def guidance(self) -> GuidanceState:
        return guidance_page(self._studio, self._studio.guided)

    def checks(self) -> ChecksState:
        return checks_page(self._studio.guided)

    def rig(self) -> RigState:
        facts, status = self._studio.rig_facts, self._studio.status
        joints = [JointState(**msgspec.structs.asdict(joint)) for joint in facts.joints] if facts else []
        return RigState(
            name=self._studio.rig_name,
            connected=self._studio.rig is not None,
            simulated=facts.simulated if facts else self._studio.rig_name == "simulator",
            renderer=self._studio.cameras.attached.renderer if self._studio.cameras else "",
            robot_type=facts.robot_type if facts else "",
            joints=joints,
            phase=status.phase if status else ControlPhase.starting,
            reason=(status.reason if status else "") or self._studio.rig_session.down,
            control_hz=facts.control_hz if facts else 0.0,
            fps=facts.fps if facts else 0,
            realtime=facts.realtime if facts else False,
            lateness_p99_ms=status.lateness_p99_ms if status else None,
            missed=status.missed if status else 0,
            stopped_by=status.stopped_by if status else "",
            demonstrator=facts.demonstrator if facts else False,
            demonstrating=status.demonstrating if status else False,
            outcome=(status.outcome or None) if status else None,  # type: ignore[arg-type]
            leader=self._leader(),
            sides=list(facts.sides) if facts else [],
            blind=facts.blind if facts else False,
        )

    def _leader(self) -> LeaderState | None:
        facts, status = self._studio.rig_facts, self._studio.status
        if facts is None or not facts.leader:
            return None
        problem = status.leader_problem if status else "The rig has not spoken yet."
        return LeaderState(
            name=facts.leader,
            driven=facts.leader_driven,
            following=status.leading if status else False,
            problem=problem,
        )

    def lease(self, identity: Identity) -> LeaseState:
        lease = self._studio.lease()
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

    def cameras(self) -> list[CameraState]:
        if self._studio.cameras is None:
            return []
        now_ns = self._studio.clock.monotonic_ns()
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
            for number, (name, feed) in enumerate(self._studio.cameras.feeds.items())
        ]

    def recorder(self) -> RecorderState:
        recorder = self._studio.recorder
        setup = recorder.setup
        return RecorderState(
            phase=recorder.phase,
            dataset=setup.dataset,
            task=setup.task,
            operator=setup.operator,
            practice=setup.practice,
            saved_episodes=recorder.saved_episodes,
            planned_episodes=self._studio.guided.planned_episodes,
            countdown_s=recorder.countdown_s,
            take=self._take(),
            last_saved=self._saved(),
            start_blocked=readiness.block_reason(self._studio.ready()) if recorder.phase is Phase.idle else "",
            max_take_s=setup.max_take_s,
            disk_minutes=self._studio.disk_minutes,
            fault=recorder.fault,
            unfinished=len(self._studio.unfinished),
        )

    def _take(self) -> TakeState | None:
        take = self._studio.recorder.take
        if take is None:
            return None
        return TakeState(
            uuid=take.uuid,
            rows=take.ticks,
            elapsed_s=take.elapsed_s,
            repeated=take.rows.repeated,
            missed=take.missed,
            recovery_open=take.recovery_open,
            recovery_rows=take.recovery_rows,
        )

    def _saved(self) -> SavedState | None:
        saved = self._studio.recorder.last_saved
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
            outcome=self._studio.recorder.last_outcome or None,  # type: ignore[arg-type]
            undoable=self._studio.recorder.undoable,
        )
