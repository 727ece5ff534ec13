"""The continuous checks of the cameras, each at its own rate, so that all together stay under 5 % of a core."""

from __future__ import annotations

from collections import deque

import numpy as np

from app.checks.illumination import Illumination, illumination
from app.checks.lens import lens_findings, sharpness
from app.checks.light import flicker_finding, light_findings
from app.checks.liveness import Arrival, FrameLog, liveness_findings
from app.checks.models import Check, Finding, Level
from app.checks.mount import mount_finding, movement
from app.checks.reference import Reference
from app.checks.scene import contrast_finding, intruder_finding
from app.checks.thresholds import Thresholds
from app.checks.view import View

LOOK_EVERY_S = 1.0
"""How often `look` is worth calling for each camera."""
SCENE_EVERY_S = 0.5
"""How often `scene` is worth calling (top camera)."""
PRINT_EVERY_FRAMES = 3
"""Every so many frames are printed for the frozen check; every frame's brightness is taken for flicker."""


class CameraWatch:
    """One camera against its reference.

    A camera `on_hand` is judged only in the start pose: away from it it sees
    something else by right, and its last judgement stands. So it does for the
    lens and the evenness of the light of a fixed one: an arm in the way hides edges.
    """

    def __init__(
        self,
        camera: str,
        fps: float,
        reference: Reference,
        limits: Thresholds,
        *,
        on_hand: bool = False,
        focal_px: float | None = None,
    ) -> None:
        self.camera = camera
        self.log = FrameLog(camera, fps)
        self._reference = reference.cameras.get(camera)
        self._limits = limits
        self._on_hand = on_hand
        self._focal_px = focal_px
        self._brightness: deque[float] = deque(maxlen=round(fps * 1.5))
        self._count = 0
        self._looked: list[Finding] = []
        self.light: Illumination | None = None

    def frame(self, view: View, exposure_ns: int) -> None:
        """Every frame, a few microseconds: its brightness, and now and then its print."""
        self._count += 1
        self._brightness.append(view.mean_luma)
        self.log.add(Arrival(exposure_ns, view.print_ if self._count % PRINT_EVERY_FRAMES == 0 else b""))

    def look(self, view: View, *, in_start_pose: bool) -> None:
        """Judge light, mount and lens, about once a second; the reference must be there."""
        if self._reference is None or (self._on_hand and not in_start_pose):
            return
        reference = self._reference
        self.light = illumination(view, reference.view)
        gain = self.light.level if self.light else _brightness_ratio(view, reference.view)
        moved = movement(view, reference, gain, on_hand=self._on_hand)
        mount = mount_finding(self.camera, moved, self._limits, focal_px=self._focal_px)
        if in_start_pose:
            shifted = moved is None or moved.shift_px >= self._limits.fail_moved_px
            self._looked = [mount, *self._light_and_lens(view, gain, moved=shifted)]
        else:
            self._looked = [mount, *self._light(), *(old for old in self._looked if old.check in _PLACE_BY_PLACE)]

    def findings(self, now_ns: int, *, lost: str = "") -> list[Finding]:
        """All there is to say about this camera now."""
        live = liveness_findings(self.log, now_ns, self._limits, lost=lost)
        if live[0].level is not Level.ok:
            return live
        if self._reference is None:
            todo = 'Capture one with "This is how it should look".'
            return [*live, Finding(Check.camera_moved, Level.unsure, _NO_REFERENCE, todo, subject=self.camera)]
        return [*live, flicker_finding(self.camera, list(self._brightness), self._limits), *self._looked]

    def _light(self) -> list[Finding]:
        """Level and colour: they rest on what did not move."""
        return light_findings(self.camera, self.light, self._limits)[:2]

    def _light_and_lens(self, view: View, gain: float, *, moved: bool) -> list[Finding]:
        """A picture that does not lie on its reference says nothing about evenness and dirt, place by place."""
        assert self._reference is not None
        within_px = 14 if moved else 9 if self._on_hand else 3
        light = light_findings(self.camera, self.light, self._limits)
        lens = lens_findings(self.camera, sharpness(view, self._reference, gain, within_px=within_px), self._limits)
        return [*light[:2], lens[0]] if moved else [*light, *lens]


class SceneWatch:
    """What lies on the table, in the top camera's picture."""

    def __init__(self, reference: Reference, limits: Thresholds, *, px_per_cm: float, camera: str = "top") -> None:
        self._reference = reference.cameras.get(camera)
        self._limits = limits
        self._px_per_cm = px_per_cm

    def findings(
        self, view: View, *, object_px: np.ndarray | None, in_start_pose: bool, told_px: np.ndarray | None = None
    ) -> list[Finding]:
        """Strangers and contrast; `object_px` (N, 2) is the object's outline where vision found it.

        `told_px` is where somebody said that it lies while vision abstains: there it is no stranger.
        """
        if self._reference is None:
            return [Finding(Check.intruder, Level.unsure, _NO_REFERENCE, "Capture one.")]
        light = illumination(view, self._reference.view)
        stranger = intruder_finding(
            view,
            self._reference.view,
            light,
            self._limits,
            px_per_cm=self._px_per_cm,
            object_px=told_px if object_px is None else object_px,
            in_start_pose=in_start_pose,
        )
        return [stranger, contrast_finding(view, object_px, self._limits)]


_PLACE_BY_PLACE = (Check.light_uneven, Check.focus, Check.dirty_lens)
_NO_REFERENCE = "There is no reference picture of this camera yet."


def _brightness_ratio(now: View, then: View) -> float:
    return max(0.05, now.mean_luma) / max(1.0, then.mean_luma)
