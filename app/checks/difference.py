"""What is in the picture that was not in the reference, shadows left out."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]

_BRIGHTER = 22.0
_COLOURED = 18.0
_DARKER = 0.45


def new_things(now: Picture, reference: Picture, gain: npt.NDArray[np.float32]) -> Mask:
    """(H, W) uint8 0/255: pixels of BGR `now` that neither the light nor a shadow explains.

    The reference is put into the present light by `gain` (3,) first. A shadow
    darkens all channels alike; something new is brighter, of another colour, or
    darker than a shadow would make it.
    """
    expected = cv2.LUT(reference, _table(gain))
    difference = cv2.subtract(now, expected, dtype=cv2.CV_16S)
    blue, green, red = cv2.split(difference)
    brightest = cv2.max(cv2.max(blue, green), red)
    darkest = cv2.min(cv2.min(blue, green), red)
    spread = cv2.subtract(brightest, darkest)
    brighter = cv2.compare(brightest, _BRIGHTER, cv2.CMP_GT)
    coloured = cv2.compare(spread, _COLOURED, cv2.CMP_GT)
    return np.asarray(cv2.bitwise_or(brighter, cv2.bitwise_and(coloured, _not_shadow(now, expected))), np.uint8)


def _not_shadow(now: Picture, expected: Picture) -> Mask:
    """Where the channels did not darken in proportion: a shadow on a coloured table spreads them, too."""
    blue, green, red = cv2.split(cv2.divide(now, cv2.max(expected, (1, 1, 1, 0)), dtype=cv2.CV_32F))
    most, least = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
    return np.asarray(cv2.compare(cv2.subtract(most, least), 0.25, cv2.CMP_GT), np.uint8)


def _table(gain: npt.NDArray[np.float32]) -> Picture:
    """(1, 256, 3) look-up table of a gain by channel."""
    return np.clip(np.arange(256)[:, None] * gain[None, :], 0, 255).astype(np.uint8)[None]
