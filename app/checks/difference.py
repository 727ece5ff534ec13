"""What is in the picture that was not in the reference, shadows left out."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[Any]
Mask = npt.NDArray[Any]

_BRIGHTER = 22
_COLOURED = 18
_OUT_OF_PROPORTION = 0.25


def new_things(now: Picture, reference: Picture, gain: Picture) -> Mask:
    """(H, W) uint8 0/255: pixels of BGR `now` that neither the light nor a shadow explains.

    The reference is put into the present light by `gain` (3,) first. A shadow
    darkens all channels in proportion; something new is brighter or of another
    colour. What is merely darker passes for a shadow, and is not found.
    """
    expected = cv2.LUT(reference, _table(gain))
    most, least = _extremes(cv2.subtract(now, expected, dtype=cv2.CV_16S))
    ratio_most, ratio_least = _extremes(cv2.divide(now, np.maximum(expected, 1), dtype=cv2.CV_32F))
    brighter = most > _BRIGHTER
    coloured = (most - least > _COLOURED) & (ratio_most - ratio_least > _OUT_OF_PROPORTION)
    return (brighter | coloured).astype(np.uint8) * 255


def _extremes(picture: Picture) -> tuple[Picture, Picture]:
    """The largest and the smallest channel of each pixel."""
    blue, green, red = cv2.split(picture)
    return np.asarray(cv2.max(cv2.max(blue, green), red)), np.asarray(cv2.min(cv2.min(blue, green), red))


def _table(gain: Picture) -> Picture:
    """(1, 256, 3) look-up table of a gain by channel."""
    return np.clip(np.arange(256)[:, None] * gain[None, :], 0, 255).astype(np.uint8)[None]
