"""All continuous checks of one rig: each camera against its reference, and what lies on the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from app.checks.models import Check, Finding
from app.checks.reference import Reference
from app.checks.thresholds import Thresholds
from app.checks.view import View
from app.checks.watch import CameraWatch, SceneWatch

TOP = "top"
ON_HAND = ("gripper",)


class Inspection:
    """Used by one thread. Without a reference only what needs none is judged: alive, rate, fresh, frozen.

    `fps` by camera; `px_per_cm` is the top picture's scale on the table (None
    while the table is not calibrated), `focal_px` the top camera's, where known.
    """

    def __init__(
        self,
        fps: Mapping[str, float],
        reference: Reference | None,
        limits: Thresholds,
        *,
        px_per_cm: float | None = None,
        focal_px: float | None = None,
    ) -> None:
        self.reference = reference
        self._watches = {
            name: CameraWatch(
                name,
                rate,
                reference or Reference({}),
                limits,
                on_hand=name in ON_HAND,
                focal_px=focal_px if name == TOP else None,
            )
            for name, rate in fps.items()
        }
        known = reference is not None and px_per_cm is not None
        self._scene = SceneWatch(reference, limits, px_per_cm=px_per_cm, camera=TOP) if known else None  # type: ignore[arg-type]

    def frame(self, camera: str, view: View, exposure_ns: int) -> None:
        """Every frame."""
        self._watches[camera].frame(view, exposure_ns)

    def look(self, camera: str, view: View, *, in_start_pose: bool) -> None:
        """About once a second a camera."""
        self._watches[camera].look(view, in_start_pose=in_start_pose)

    def scene(
        self, view: View, *, object_px: np.ndarray | None, in_start_pose: bool, told_px: np.ndarray | None = None
    ) -> list[Finding]:
        """Twice a second, on the top picture; [] while there is nothing to compare with."""
        if self._scene is None:
            return []
        return self._scene.findings(view, object_px=object_px, in_start_pose=in_start_pose, told_px=told_px)

    def cameras(self, now_ns: int, lost: Mapping[str, str]) -> list[Finding]:
        """What there is to say of each camera now; `lost` are drivers' own reasons."""
        return [
            finding
            for name, watch in self._watches.items()
            for finding in watch.findings(now_ns, lost=lost.get(name, ""))
        ]

    def light_level(self, camera: str) -> float | None:
        """The brightness ratio to the reference at the last look; None where it could not be told."""
        light = self._watches[camera].light
        return light.level if light else None

    def moved_in_take(self, camera: str, now_ns: int) -> Finding | None:
        """The last look's word on a fixed camera's mount, as a finding of the running take."""
        if camera in ON_HAND or self.reference is None:
            return None
        for finding in self._watches[camera].findings(now_ns):
            if finding.check is Check.camera_moved:
                return replace(finding, check=Check.moved_in_take)
        return None
