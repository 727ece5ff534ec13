"""Focus and dirt: how sharp the reference's edges are now, over the picture and place by place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from app.checks.models import Check, Finding, Level
from app.checks.reference import CameraReference, edge_strength
from app.checks.thresholds import Thresholds
from app.checks.view import View

_ROWS, _COLUMNS = 6, 8
_EDGE = 14
_LEAST_EDGES = 25
_LEAST_CELLS = 6
_SMEARED = 0.55


@dataclass(frozen=True)
class Sharpness:
    """Edge strength now by then: the middle over the picture, and the part of places far below it.

    `cells` is how many of the 48 places of the picture have edges to judge by.
    """

    ratio: float
    smeared_share: float
    cells: int


def sharpness(now: View, reference: CameraReference, gain: float = 1.0, *, within_px: int = 3) -> Sharpness | None:
    """Compare the edges of the reference; None when it has too few. `gain` is how much brighter it is now.

    An edge is looked for `within_px` of where it was, so that a camera moved a
    little or an arm that stands a little aside does not look blurred.
    """
    close = np.ones((2 * within_px + 1, 2 * within_px + 1), np.uint8)
    then = reference.edges
    near = np.asarray(cv2.dilate(edge_strength(now), close))
    near_then = np.asarray(cv2.dilate(then, close))
    strong = then > _EDGE
    ratios = []
    for rows in np.array_split(np.arange(now.height), _ROWS):
        for columns in np.array_split(np.arange(now.width), _COLUMNS):
            cell = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            edges = strong[cell]
            if np.count_nonzero(edges) >= _LEAST_EDGES:
                ratios.append(float(near[cell][edges].mean()) / float(near_then[cell][edges].mean()))
    if len(ratios) < _LEAST_CELLS:
        return None
    values = np.array(ratios) / gain
    middle = float(np.median(values))
    return Sharpness(middle, float(np.mean(values < _SMEARED * max(middle, 0.3))), len(ratios))


def lens_findings(camera: str, sharp: Sharpness | None, limits: Thresholds) -> list[Finding]:
    """Focus (the whole picture) and dirty lens (parts of it)."""
    if sharp is None:
        text = f"The {camera} camera's reference has too few edges to judge its focus."
        return [Finding(check, Level.unsure, text, subject=camera) for check in (Check.focus, Check.dirty_lens)]
    return [_focus(camera, sharp, limits), _dirt(camera, sharp, limits)]


def _focus(camera: str, sharp: Sharpness, limits: Thresholds) -> Finding:
    numbers = {"sharpness": round(sharp.ratio, 3), "cells": sharp.cells}
    if sharp.ratio >= limits.warn_sharpness:
        return Finding(Check.focus, Level.ok, f"The {camera} camera is in focus.", "", numbers, camera)
    level = Level.warn if sharp.ratio >= limits.fail_sharpness else Level.fail
    text = f"The {camera} picture is blurred: its edges have {sharp.ratio:.0%} of the reference's sharpness."
    return Finding(Check.focus, level, text, "Wipe the lens, then set its focus again.", numbers, camera)


def _dirt(camera: str, sharp: Sharpness, limits: Thresholds) -> Finding:
    numbers = {"smeared_share": round(sharp.smeared_share, 3), "cells": sharp.cells}
    if sharp.smeared_share <= limits.warn_dirty_share:
        return Finding(Check.dirty_lens, Level.ok, f"The {camera} lens is clean.", "", numbers, camera)
    text = f"Parts of the {camera} picture ({sharp.smeared_share:.0%}) have lost their edges."
    return Finding(
        Check.dirty_lens, Level.warn, text, "Wipe the lens, or clear what stands before it.", numbers, camera
    )
