"""Turns one picture into the forms the studio needs: raw I420 for recording, JPEG tiers for viewers."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

FULL, LOWER, HALF = 0, 1, 2
_QUALITY = {FULL: 80, LOWER: 50, HALF: 50}


def jpeg_tiers(i420: npt.NDArray[np.uint8], mask: int, passthrough: bytes | None = None) -> list[bytes]:
    """The JPEGs of one picture (H*3/2, W) for every tier in `mask`; b"" where nobody watches.

    A camera's own JPEG (`passthrough`) is tier 0 untouched.
    """
    tiers = [passthrough or b"", b"", b""] if mask & 1 else [b"", b"", b""]
    missing = [tier for tier in (FULL, LOWER, HALF) if mask >> tier & 1 and not tiers[tier]]
    if missing:
        bgr = cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420)
        for tier in missing:
            picture = cv2.resize(bgr, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if tier == HALF else bgr
            tiers[tier] = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY[tier]])[1].tobytes()
    return tiers


def decode_jpeg(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """A camera's JPEG as I420 (H*3/2, W) uint8; ValueError when it is damaged."""
    bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError("The camera delivered a damaged picture.")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)
