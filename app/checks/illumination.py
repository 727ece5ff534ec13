"""How the light differs from the reference's, estimated on what did not move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.checks.view import View

Array = npt.NDArray[Any]

_DARK, _BRIGHT = 16, 244
_LEAST_PIXELS = 150
_AGREE = 0.25
GRID = (3, 4)
"""Rows and columns of the patches that uneven light is judged by."""

BLUE_RED_PER_LOG_KELVIN = 0.9
"""d ln(blue/red) / d ln(colour temperature) in encoded pixel values.

A black body's blue (450 nm) to red (600 nm) ratio rises with 7990 K / T, which
is 1.6 per unit of ln T at 5000 K; sRGB's encoding (gamma 2.2) leaves 0.73,
cameras with strong colour matrices show more. The estimate in kelvin is
therefore good to about a third.
"""
REFERENCE_KELVIN = 5000.0


@dataclass(frozen=True)
class Illumination:
    """Light relative to the reference.

    `gain` (3,) BGR: how much brighter each channel is; `level` their mean
    brightness ratio; `kelvin` the change of colour temperature (assuming about
    5000 K in the reference); `uneven` the largest spread of brightness ratios over
    the picture. `static` is the part of pixels that this rests on.
    """

    gain: Array
    level: float
    kelvin: float
    uneven: float
    static: float


def illumination(now: View, reference: View) -> Illumination | None:
    """Compare two pictures of one camera; None when too few pixels agree to tell (covered, or moved)."""
    cur, ref = now.small.astype(np.float32), reference.small.astype(np.float32)
    usable = (
        (ref.min(axis=2) > _DARK) & (ref.max(axis=2) < _BRIGHT) & (cur.max(axis=2) < _BRIGHT) & (cur.min(axis=2) > 4)
    )
    if usable.sum() < _LEAST_PIXELS:
        return None
    ratio = cur / np.maximum(ref, 1)
    gain = np.median(ratio[usable], axis=0)
    static = usable & (np.abs(ratio / gain - 1) < _AGREE).all(axis=2)
    if static.sum() < _LEAST_PIXELS:
        return None
    gain = (cur[static].sum(axis=0) / ref[static].sum(axis=0)).astype(np.float32)
    blue, green, red = (float(g) for g in gain)
    return Illumination(
        gain=gain,
        level=0.114 * blue + 0.587 * green + 0.299 * red,
        kelvin=_kelvin(blue, red),
        uneven=_uneven(cur[..., 1] / green, ref[..., 1], static),
        static=float(static.mean()),
    )


def _kelvin(blue: float, red: float) -> float:
    return float(REFERENCE_KELVIN * (np.exp(np.log(blue / red) / BLUE_RED_PER_LOG_KELVIN) - 1))


def _uneven(cur: Array, ref: Array, static: Array) -> float:
    """Largest minus smallest brightness ratio among patches that show enough still pixels.

    Sums, not medians of ratios: a dark table has few grey steps, and a median of them jumps.
    """
    ratios = []
    for rows in np.array_split(np.arange(len(cur)), GRID[0]):
        for columns in np.array_split(np.arange(cur.shape[1]), GRID[1]):
            patch = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            mask = static[patch]
            if mask.mean() > 0.3:
                ratios.append(float(cur[patch][mask].sum() / ref[patch][mask].sum()))
    return max(ratios) - min(ratios) if len(ratios) >= 4 else 0.0
