"""Turns one picture into the forms the studio needs: raw I420 for recording, JPEG tiers for viewers."""

from __future__ import annotations

from typing import Any

import av
import av.error
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


class JpegDecoder:
    """Decodes a camera's JPEGs to I420 by FFmpeg's decoder, in half the time of OpenCV's. One thread only.

    JPEG uses the full range of values and video the limited one: a table maps them.
    """

    def __init__(self) -> None:
        self._decoder: Any = av.CodecContext.create("mjpeg", "r")

    def decode(self, jpeg: bytes) -> npt.NDArray[np.uint8]:
        """I420 (H*3/2, W) uint8, limited range; ValueError when the JPEG is damaged."""
        try:
            if not jpeg:  # to the decoder an empty packet is the end of the stream
                raise ValueError("no bytes")
            frame = self._decoder.decode(av.Packet(jpeg))[0]
        except (av.error.FFmpegError, IndexError, ValueError) as error:
            raise ValueError("The camera delivered a damaged picture.") from error
        if frame.format.name != "yuvj420p":
            return np.asarray(frame.reformat(format="yuv420p").to_ndarray(), np.uint8)
        planes = frame.to_ndarray()
        limited = np.empty_like(planes)
        cv2.LUT(planes[: frame.height], _LUMA, limited[: frame.height])
        cv2.LUT(planes[frame.height :], _CHROMA, limited[frame.height :])
        return limited


def _table(low: float, high: float) -> npt.NDArray[np.uint8]:
    return np.clip(np.round(low + np.arange(256) * (high - low) / 255), 0, 255).astype(np.uint8)


_LUMA = _table(16, 235)
_CHROMA = np.clip(np.round(128 + (np.arange(256) - 128) * 224 / 255), 0, 255).astype(np.uint8)
