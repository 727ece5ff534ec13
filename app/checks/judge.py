"""Judges one take: counts while it runs, gives the verdict within a moment of its stop."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence

import numpy as np

from app.checks.after import after_findings
from app.checks.during import RowFacts, TakeWatch
from app.checks.episode import EpisodeSignals, JointRange, Usual
from app.checks.models import Finding, Level
from app.checks.thresholds import Thresholds
from app.checks.verdict import Verdict, verdict

UNDER_HAND_MM = 150.0
"""As far from the tool point the hand and the forearm hide the table from above."""


class TakeJudge:
    """Rows come from the recorder's thread, looks from the checks' one, questions from the event loop.

    `before` are the findings the take started with: they are part of its verdict.
    `object_mm` is where the object lay then, in the arm's frame, where that is known.
    """

    def __init__(
        self,
        uuid: str,
        joints: Sequence[JointRange],
        limits: Thresholds,
        *,
        before: Sequence[Finding] = (),
        usual: Usual | None = None,
        ticks_per_row: int = 2,
        object_mm: tuple[float, float] | None = None,
    ) -> None:
        self.uuid = uuid
        self.verdict: Verdict | None = None
        self._joints = tuple(joints)
        self._limits = limits
        self._before = tuple(before)
        self._usual = usual or Usual()
        self._watch = TakeWatch(joints, limits, ticks_per_row=ticks_per_row)
        self._lock = threading.Lock()
        self._rows: list[RowFacts] = []
        self._tool_mm: list[Sequence[float]] = []
        self._seen: list[bool] = []
        self._object_mm = object_mm
        self._gripper = next((index for index, joint in enumerate(joints) if joint.unit == "percent"), None)

    def row(self, facts: RowFacts, tool_mm: Sequence[float]) -> None:
        """One recorded row, in order."""
        with self._lock:
            self._watch.row(facts)
            self._rows.append(facts)
            self._tool_mm.append(tool_mm)

    def light(self, camera: str, level: float) -> None:
        with self._lock:
            self._watch.light(camera, level)

    def mount(self, finding: Finding) -> None:
        with self._lock:
            self._watch.mount(finding)

    def saw_object(self, in_view: bool, at_mm: tuple[float, float] | None = None) -> None:
        """A look at the top picture: whether the object was in view, and where it was seen.

        What the arm hides by right is not out of view: the object under the hand, and what was grasped.
        """
        with self._lock:
            self._object_mm = at_mm or self._object_mm
            self._seen.append(in_view or self._hidden_by_arm())

    def trouble(self) -> list[Finding]:
        """What is wrong with the take so far."""
        with self._lock:
            return [finding for finding in self._watch.findings() if finding.level in (Level.warn, Level.fail)]

    def close(self, frames: Mapping[str, int]) -> Verdict:
        """The take has ended and its files are closed: `frames` by camera (empty in practice). Milliseconds."""
        with self._lock:
            findings = [*self._watch.findings(), *after_findings(self._signals(frames), self._usual, self._limits)]
        self.verdict = verdict([*self._before, *findings])
        return self.verdict

    def _hidden_by_arm(self) -> bool:
        if not self._rows:
            return False
        if self._gripper is not None:
            travel = [row.position[self._gripper] for row in self._rows]
            if max(travel) - travel[-1] >= self._limits.gripper_swing_percent:
                return True
        if self._object_mm is None:
            return False
        x_mm, y_mm, _ = self._tool_mm[-1]
        return math.hypot(x_mm - self._object_mm[0], y_mm - self._object_mm[1]) < UNDER_HAND_MM

    def _signals(self, frames: Mapping[str, int]) -> EpisodeSignals:
        count, width = len(self._rows), len(self._joints)
        return EpisodeSignals(
            time_s=np.array([row.monotonic_s for row in self._rows], np.float64),
            state=np.array([row.position for row in self._rows], np.float64).reshape(count, width),
            action=np.array([row.action for row in self._rows], np.float64).reshape(count, width),
            joints=self._joints,
            tool_mm=np.array(self._tool_mm, np.float64).reshape(count, 3),
            frames=frames,
            object_seen=list(self._seen),
        )
