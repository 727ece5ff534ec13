"""One way from a camera's picture to a policy's: the same for a dataset view, a checkpoint and an artifact."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt


def fit(image: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    """(H, W, 3) at the policy's size: area-averaged, so that a thing of a few pixels keeps its colour.

    The picture is squeezed, not cropped: nothing of the workspace is lost, and
    training and execution squeeze alike.
    """
    if image.shape[:2] == (height, width):
        return image
    smaller = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8)


def rgb(i420: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(H, W, 3) RGB of an I420 picture (H*3/2, W)."""
    return np.asarray(cv2.cvtColor(i420, cv2.COLOR_YUV2RGB_I420), np.uint8)


def i420(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """(H*3/2, W) of an RGB picture whose sides are even."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), np.uint8)
