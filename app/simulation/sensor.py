"""What a sensor and a lens do to a clean picture: light, blur, noise, and the I420 the studio speaks."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from app.simulation.appearance import DAYLIGHT_KELVIN, Appearance
from app.simulation.stage import HEIGHT, WIDTH, Picture

_NOISE_SIGMA = 1.6
_SLACK = 64  # the noise tile is larger by this, so that each frame cuts another piece


class Sensor:
    """Turns RGB into noisy I420. The noise of frame k is the same in every run with the same seed."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng((seed, 0xCA))
        noise = np.rint(random.normal(0.0, _NOISE_SIGMA, (HEIGHT + _SLACK, WIDTH + _SLACK)))
        self._brighter = np.clip(noise, 0, 12).astype(np.uint8)
        self._darker = np.clip(-noise, 0, 12).astype(np.uint8)
        self._offsets = random.integers(0, _SLACK, (251, 2))

    def expose(self, rgb: Picture, camera: str, sequence: int, look: Appearance) -> Picture:
        """(H*3/2, W) uint8 I420 of an RGB picture, under this light, through this lens."""
        if look.light_percent != 100.0 or look.light_kelvin != DAYLIGHT_KELVIN:
            rgb = np.asarray(cv2.LUT(rgb, _light_table(look.light_percent, look.light_kelvin)), np.uint8)
        blur_px = look.lens(camera).blur_px
        if blur_px > 0.0:
            rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), blur_px), np.uint8)
        i420 = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420), np.uint8)
        luma = i420[:HEIGHT]
        row, column = self._offsets[(sequence * 7 + len(camera)) % len(self._offsets)]
        cut = (slice(row, row + HEIGHT), slice(column, column + WIDTH))
        cv2.add(luma, self._brighter[cut], dst=luma)
        cv2.subtract(luma, self._darker[cut], dst=luma)
        return i420


def _light_table(percent: float, kelvin: float) -> npt.NDArray[np.uint8]:
    """(1, 256, 3): a locked camera under other light; warm light is redder, cold light bluer."""
    warm = np.log(kelvin / DAYLIGHT_KELVIN)
    gains = percent / 100.0 * np.exp(warm * np.array([-0.45, 0.0, 0.65]))
    values = np.arange(256)[:, None] * gains[None, :]
    return np.clip(values, 0, 255).astype(np.uint8)[None]
