"""Where the object lies, seen in the top picture: difference to the empty table, colour and shape.

It lives in guidance, not in checks, because it speaks of centimetres: it needs
the table's calibration and the plan's object. The checks below get its answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from app.checks.difference import new_things
from app.checks.illumination import illumination
from app.checks.view import View
from app.devices.models import Placement
from app.guidance.plan import PlacedObject
from app.guidance.table_view import TableView, rectangle

Mask = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float64]

_LEAST_AREA, _MOST_AREA = 0.72, 1.45
_LEAST_FILL = 0.78
_MARGIN_PX = 12
_COLOUR_REACH = 46.0


@dataclass(frozen=True)
class Seen:
    """The object's placement as vision found it; `confidence` from 0 to 1, `outline_px` (N, 2) what was taken for it."""

    placement: Placement
    confidence: float
    outline_px: Points


@dataclass(frozen=True)
class Unseen:
    """Vision abstains: `reason` is for the operator, who then says where the object is."""

    reason: str


@dataclass(frozen=True)
class ObjectLook:
    """The object's colour under the reference's light: CIE Lab (L 0..255, a, b around 128), and its spread."""

    lab: tuple[float, float, float]
    spread: float


def learn_look(now: View, view: TableView, placed: PlacedObject, at: Placement) -> ObjectLook:
    """The colour inside the object's outline, for when somebody has said where it lies."""
    inner = rectangle(placed.length_cm * 0.8, placed.width_cm * 0.8, at)
    mask = np.zeros((now.height, now.width), np.uint8)
    cv2.fillConvexPoly(mask, np.rint(view.cm_to_px(inner, placed.height_cm)).astype(np.int32), 255)
    pixels = cv2.cvtColor(now.bgr, cv2.COLOR_BGR2LAB)[mask > 0].astype(np.float64)
    middle = np.median(pixels, axis=0)
    spread = float(np.median(np.linalg.norm(pixels[:, 1:] - middle[1:], axis=1)))
    return ObjectLook((float(middle[0]), float(middle[1]), float(middle[2])), spread)


class ObjectDetector:
    """Finds one kind of object against one reference picture of the empty table."""

    def __init__(self, view: TableView, placed: PlacedObject, reference: View, look: ObjectLook | None = None) -> None:
        self._view = view
        self._placed = placed
        self._reference = reference
        self._look = look

    def find(self, now: View) -> Seen | Unseen:
        """The object in this picture, or why vision cannot say."""
        if (now.width, now.height) != (self._reference.width, self._reference.height):
            return Unseen("The picture has another size than the reference.")
        light = illumination(now, self._reference)
        if light is None:
            return Unseen("The picture hardly resembles the reference of the empty table.")
        if not 0.2 < light.level < 4.0:
            return Unseen("The light is too far from the reference's.")
        mask = self._candidates(now.half, self._reference.half, light.gain)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        return self._choose(now, mask, light.gain)

    def _choose(self, now: View, mask: Mask, gain: npt.NDArray[np.float32]) -> Seen | Unseen:
        """Measure every blob of about the right size in full resolution; exactly one must look like the object."""
        _, _, stats, centres = cv2.connectedComponentsWithStats(mask)
        found: list[Seen] = []
        hidden = ""
        for (left, top, width, height, pixels), centre in zip(stats[1:], centres[1:], strict=True):
            share = self._share(4.0 * pixels, 2.0 * centre)
            if not 0.3 < share < 2.5:
                continue
            box = (2 * left - _MARGIN_PX, 2 * top - _MARGIN_PX, 2 * width + 2 * _MARGIN_PX, 2 * height + 2 * _MARGIN_PX)
            measured = self._measure(now, box, gain)
            if isinstance(measured, Seen):
                found.append(measured)
            else:
                hidden = measured.reason
        if not found:
            return Unseen(hidden or f"No {self._placed.name} is to be seen on the table.")
        if len(found) > 1:
            return Unseen(f"{len(found)} things look like the {self._placed.name}.")
        return found[0]

    def _share(self, pixels: float, at_px: Points) -> float:
        """A blob's area as a part of the object's."""
        x, y = self._view.px_to_cm(at_px)[0]
        scale = self._view.px_per_cm(float(x), float(y))
        return pixels / scale**2 / (self._placed.length_cm * self._placed.width_cm)

    def _candidates(
        self, now: npt.NDArray[np.uint8], reference: npt.NDArray[np.uint8], gain: npt.NDArray[np.float32]
    ) -> Mask:
        """Pixels that are new and, where the object's colour is known, of that colour."""
        new = new_things(now, reference, gain)
        if self._look is None:
            return new
        return np.asarray(cv2.bitwise_and(new, self._coloured(now, gain)), np.uint8)

    def _coloured(self, now: npt.NDArray[np.uint8], gain: npt.NDArray[np.float32]) -> Mask:
        """Pixels whose hue, put back into the reference's light, is near the object's."""
        assert self._look is not None
        back = np.clip(np.arange(256)[:, None] / gain[None, :], 0, 255).astype(np.uint8)[None]
        lab = cv2.cvtColor(cv2.LUT(now, back), cv2.COLOR_BGR2LAB)
        reach = max(_COLOUR_REACH, 3 * self._look.spread)
        _, a, b = self._look.lab
        lower = np.array([max(0.0, self._look.lab[0] * 0.35), a - reach, b - reach])
        upper = np.array([255.0, a + reach, b + reach])
        return np.asarray(cv2.inRange(lab, np.clip(lower, 0, 255), np.clip(upper, 0, 255)), np.uint8)

    def _measure(self, now: View, box: tuple[int, int, int, int], gain: npt.NDArray[np.float32]) -> Seen | Unseen:
        """The blob in `box` (left, top, width, height px) at full resolution, as a rectangle on the table."""
        name = self._placed.name
        left, top = max(0, box[0]), max(0, box[1])
        right, bottom = min(now.width, box[0] + box[2]), min(now.height, box[1] + box[3])
        if right - left < box[2] or bottom - top < box[3]:
            return Unseen(f"The {name} is at the picture's edge.")
        cut = (slice(top, bottom), slice(left, right))
        mask = self._candidates(now.bgr[cut], self._reference.bgr[cut], gain)
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not contours:
            return Unseen(f"No {name} is to be seen on the table.")
        outline = max(contours, key=cv2.contourArea).reshape(-1, 2) + np.array([left, top])
        return self._judge(outline.astype(np.float64))

    def _judge(self, outline_px: Points) -> Seen | Unseen:
        """A closed outline's place, turn and likeness to the object's rectangle."""
        points = self._view.px_to_cm(outline_px, self._placed.height_cm / 2).astype(np.float32)
        hull = cv2.convexHull(points)
        moments = cv2.moments(hull)
        expected = self._placed.length_cm * self._placed.width_cm
        share = moments["m00"] / expected
        if share < _LEAST_AREA:
            return Unseen(f"The {self._placed.name} is partly hidden.")
        if share > _MOST_AREA:
            return Unseen(f"Something touches the {self._placed.name}, or it is something else.")
        (_, _), sides, _ = cv2.minAreaRect(hull)
        fill = moments["m00"] / max(1e-6, sides[0] * sides[1])
        solid = cv2.contourArea(points) / moments["m00"]
        if fill < _LEAST_FILL or solid < 0.85:
            return Unseen(f"What lies there has not the shape of the {self._placed.name}.")
        x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
        yaw = np.rad2deg(0.5 * np.arctan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"]))
        confidence = float(np.clip(1 - abs(share - 1) - (1 - fill) - (1 - solid), 0, 1))
        return Seen(Placement(float(x), float(y), float(yaw)), confidence, outline_px)
