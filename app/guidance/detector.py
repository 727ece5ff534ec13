"""Where the object lies, seen in the top picture: difference to the empty table, colour and shape.

It lives in guidance, not in checks, because it speaks of centimetres: it needs
the table's calibration and the plan's object. The checks below get its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from app.checks.difference import new_things
from app.checks.illumination import illumination
from app.checks.view import View
from app.devices.models import Placement
from app.guidance.plan import PlacedObject
from app.guidance.table_view import TableView, rectangle

Picture = npt.NDArray[Any]
Mask = npt.NDArray[Any]
Gain = npt.NDArray[Any]
Points = npt.NDArray[Any]

_LEAST_SIDE, _MOST_SIDE = 0.86, 1.25
_LEAST_FILL, _MOST_FILL = 0.85, 1.15
_LEAST_LIKENESS = 0.8
_SQUARE_3, _SQUARE_5 = np.ones((3, 3), np.uint8), np.ones((5, 5), np.uint8)
_MARGIN_PX = 12
_COLOUR_REACH = 46.0


@dataclass(frozen=True)
class Seen:
    """The object's placement as vision found it; `confidence` 0 to 1, `outline_px` (N, 2) what was taken for it."""

    placement: Placement
    confidence: float
    outline_px: Points


@dataclass(frozen=True)
class Unseen:
    """Vision abstains: `reason` is for the operator, who then says where the object is.

    `missing`: the table is seen well and the object is not on it.
    """

    reason: str
    missing: bool = False


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

    def _choose(self, now: View, mask: Mask, gain: Gain) -> Seen | Unseen:
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
            return (
                Unseen(hidden)
                if hidden
                else Unseen(f"No {self._placed.name} is to be seen on the table.", missing=True)
            )
        if len(found) > 1:
            return Unseen(f"{len(found)} things look like the {self._placed.name}.")
        return found[0]

    def _share(self, pixels: float, at_px: Points) -> float:
        """A blob's area as a part of the object's."""
        x, y = self._view.px_to_cm(at_px)[0]
        scale = self._view.px_per_cm(float(x), float(y))
        return pixels / scale**2 / (self._placed.length_cm * self._placed.width_cm)

    def _candidates(self, now: Picture, reference: Picture, gain: Gain) -> Mask:
        """Pixels that are new and, where the object's colour is known, of that colour."""
        new = new_things(now, reference, gain)
        if self._look is None:
            return new
        return np.asarray(cv2.bitwise_and(new, self._coloured(now, gain)), np.uint8)

    def _coloured(self, now: Picture, gain: Gain) -> Mask:
        """Pixels whose hue, put back into the reference's light, is near the object's."""
        assert self._look is not None
        back = np.clip(np.arange(256)[:, None] / gain[None, :], 0, 255).astype(np.uint8)[None]
        lab = cv2.cvtColor(cv2.LUT(now, back), cv2.COLOR_BGR2LAB)
        reach = max(_COLOUR_REACH, 3 * self._look.spread)
        _, a, b = self._look.lab
        lower = np.array([max(0.0, self._look.lab[0] * 0.35), a - reach, b - reach])
        upper = np.array([255.0, a + reach, b + reach])
        return np.asarray(cv2.inRange(lab, np.clip(lower, 0, 255), np.clip(upper, 0, 255)), np.uint8)

    def _measure(self, now: View, box: tuple[int, int, int, int], gain: Gain) -> Seen | Unseen:
        """The blob in `box` (left, top, width, height px) at full resolution, as a rectangle on the table."""
        name = self._placed.name
        left, top = max(0, box[0]), max(0, box[1])
        right, bottom = min(now.width, box[0] + box[2]), min(now.height, box[1] + box[3])
        if right - left < box[2] or bottom - top < box[3]:
            return Unseen(f"The {name} is at the picture's edge.")
        cut = (slice(top, bottom), slice(left, right))
        cover, outline = _cover(now.bgr[cut], self._reference.bgr[cut], gain)
        if outline is None:
            return Unseen(f"No {name} is to be seen on the table.", missing=True)
        return self._judge(_shape(cover, left, top), outline + np.array([left, top]))

    def _judge(self, shape: _Shape, outline_px: Points) -> Seen | Unseen:
        """A blob's place, turn and likeness to the object's rectangle."""
        middle, spread = self._on_table(shape)
        widths, axes = np.linalg.eigh(spread)
        width, length = np.sqrt(12 * np.maximum(widths, 1e-9))
        lift = self._lift_cm(shape)
        off = (_beyond(length, self._placed.length_cm, lift), _beyond(width, self._placed.width_cm, lift))
        area = shape.pixels / self._view.px_per_cm(*map(float, middle)) ** 2
        fill = area / (length * width)
        name = self._placed.name
        if min(off) < _LEAST_SIDE:
            return Unseen(f"The {name} is partly hidden.")
        if max(off) > _MOST_SIDE:
            return Unseen(f"Something touches the {name}, or it is something else.")
        if not _LEAST_FILL < fill < _MOST_FILL:
            return Unseen(f"What lies there has not the shape of the {name}.")
        likeness = 1 - abs(off[0] - 1) - abs(off[1] - 1) - abs(fill - 1)
        if likeness < _LEAST_LIKENESS:
            return Unseen(f"The {name} may be partly hidden.")
        yaw = np.rad2deg(np.arctan2(axes[1, 1], axes[0, 1]))
        placement = Placement(float(middle[0]), float(middle[1]), float((yaw + 90) % 180 - 90))
        return Seen(placement, float(np.clip(likeness, 0, 1)), outline_px)

    def _lift_cm(self, shape: _Shape) -> float:
        """How far the object's top is seen outside of its foot: a box shows that much of its side, a pillow less."""
        foot, top = (self._view.px_to_cm(shape.middle, z_cm)[0] for z_cm in (0.0, self._placed.height_cm))
        return float(np.linalg.norm(foot - top))

    def _on_table(self, shape: _Shape) -> tuple[Points, Points]:
        """Middle (2,) and covariance (2, 2) in cm at half the object's height, by the map's slope there."""
        steps = shape.middle + np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        middle, right, down = self._view.px_to_cm(steps, self._placed.height_cm / 2)
        slope = np.column_stack([right - middle, down - middle])
        return middle, slope @ shape.spread @ slope.T


@dataclass(frozen=True)
class _Shape:
    """Moments of a blob in the picture: middle (2,) px, covariance (2, 2) px^2, area in pixels."""

    middle: Points
    spread: Points
    pixels: float


def _cover(now: Picture, reference: Picture, gain: Gain) -> tuple[npt.NDArray[np.float32], Points | None]:
    """How much of each pixel the new thing covers, 0 to 1, and its outline (N, 2); None when there is none.

    Inside the outline the thing covers all, whatever is printed on it; on the
    border the pixel's own brightness tells how much, which is worth a tenth of a pixel.
    """
    mask = new_things(now, reference, gain)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, _SQUARE_5)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _SQUARE_3)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros(mask.shape, np.float32), None
    largest = max(contours, key=cv2.contourArea)
    whole = cv2.drawContours(np.zeros_like(mask), [largest], -1, 255, cv2.FILLED)
    inner, outer = cv2.erode(whole, _SQUARE_3, iterations=2), cv2.dilate(whole, _SQUARE_3)
    lift = now.astype(np.float32) - np.clip(reference.astype(np.float32) * gain, 0, 255)
    border = (outer > 0) & (inner == 0)
    cover = (inner > 0).astype(np.float32)
    if inner.any() and border.any():
        colour = np.median(lift[inner > 0], axis=0)
        cover[border] = np.clip(1.25 * lift[border] @ colour / max(1.0, float(colour @ colour)), 0, 1)
    return cover, largest.reshape(-1, 2).astype(np.float64)


def _beyond(measured: float, side: float, lift: float) -> float:
    """A measured side by the object's own; 1 as long as its height explains what is more."""
    if measured <= side:
        return measured / side
    return max(1.0, measured / (side + lift))


def _shape(cover: npt.NDArray[np.float32], left: int, top: int) -> _Shape:
    moments = cv2.moments(cover)
    pixels = max(1e-6, moments["m00"])
    middle = np.array([moments["m10"] / pixels + left, moments["m01"] / pixels + top])
    spread = np.array([[moments["mu20"], moments["mu11"]], [moments["mu11"], moments["mu02"]]]) / pixels
    return _Shape(middle, spread, pixels)
