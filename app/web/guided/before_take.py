"""What the checks say while no take runs: it opens or closes Start, and goes into the columns of the next take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.checks.gatekeeper import Gatekeeper
from app.checks.liveness import drawn
from app.checks.models import Finding
from app.checks.thresholds import Thresholds
from app.checks.verdict import checks_json
from app.guidance.before import Facts, before_findings
from app.guidance.guide import Guide
from app.recording import Phase
from app.web.guided.data import Loaded
from app.web.guided.watcher import Sight
from app.web.guided.workplace import Workplace

if TYPE_CHECKING:
    from app.web.studio import Studio

_LOOKING = (Phase.idle, Phase.countdown)


class BeforeTake:
    """The gatekeeper, told anew with every sight."""

    def __init__(self, studio: Studio, workplace: Workplace) -> None:
        self._studio = studio
        self._workplace = workplace
        self.gatekeeper = Gatekeeper()

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.gatekeeper.findings

    def judge(self, sight: Sight, loaded: Loaded, guide: Guide | None, limits: Thresholds) -> None:
        """While a take runs, or waits for its decision, table and arm are as it left them: cameras alone are judged."""
        at = self._workplace
        facts = Facts(
            cameras=drawn(sight.cameras) if at.simulated else sight.cameras,
            scene=sight.scene,
            controls=at.controls,
            position=at.position,
            start=at.start_pose,
            reference=loaded.reference,
            calibrated=at.calibrated,
            disk_minutes=self._studio.disk_minutes,
        )
        looking = self._studio.recorder.phase in _LOOKING
        self.gatekeeper.see(before_findings(facts, guide if looking else None, limits))

    def columns(self, *, gated: bool) -> dict[str, object]:
        """Of a take that starts now; without a plan nothing was gated, so nothing was overridden."""
        keeper = self.gatekeeper
        return {
            "checks": checks_json(keeper.findings, snoozed=self.snoozed),
            "override_reason": keeper.override_in_use if gated else "",
        }

    @property
    def snoozed(self) -> tuple[str, ...]:
        return tuple(sorted(self.gatekeeper.snoozed))
