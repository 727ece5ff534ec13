"""One camera's picture as the checks look at it: each form is made once, and only when asked for."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[Any]

SMALL = 8
"""How many times smaller the picture is that light and difference are judged on."""


class View:
    """`i420` is (H*3/2, W) uint8 as it crosses from the cameras; `luma` is a view into it, no copy."""

    def __init__(self, i420: Picture) -> None:
        self.i420 = i420
        self.height = i420.shape[0] * 2 // 3
        self.width = i420.shape[1]

    @staticmethod
    def of_bgr(bgr: Picture) -> View:
        """From a BGR picture (a stored reference); both sides must be even."""
        return View(np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8))

    @property
    def luma(self) -> Picture:
        """(H, W) uint8."""
        return self.i420[: self.height]

    @cached_property
    def bgr(self) -> Picture:
        """(H, W, 3) uint8."""
        return np.asarray(cv2.cvtColor(self.i420, cv2.COLOR_YUV2BGR_I420), np.uint8)

    @cached_property
    def half(self) -> Picture:
        """(H/2, W/2, 3) uint8 BGR, averaged."""
        return np.asarray(
            cv2.resize(self.bgr, (self.width // 2, self.height // 2), interpolation=cv2.INTER_AREA), np.uint8
        )

    @cached_property
    def small(self) -> Picture:
        """(H/8, W/8, 3) uint8 BGR, averaged: sensor noise is gone, edges are soft."""
        size = (self.width // SMALL, self.height // SMALL)
        return np.asarray(cv2.resize(self.half, size, interpolation=cv2.INTER_AREA), np.uint8)

    @cached_property
    def mean_luma(self) -> float:
        """Mean brightness of a sparse grid of pixels: cheap enough for every frame."""
        return float(self.luma[4::8, 4::8].mean())

    @cached_property
    def print_(self) -> bytes:
        """A few hundred pixels as they are: two live pictures never agree in all of them, by sensor noise."""
        return self.luma[7::24, 5::24].tobytes()
