"""The forms of a picture: JPEG tiers for viewers, I420 from a camera's own JPEG."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.observation.pictures import JpegDecoder, jpeg_tiers


def scene() -> np.ndarray:
    """Smooth colours from black to white, as BGR (48, 64, 3)."""
    x, y = np.meshgrid(np.linspace(0, 255, 64), np.linspace(0, 255, 48))
    return np.stack([x, y, 255 - x], axis=2).astype(np.uint8)


@pytest.mark.parametrize("sampling", [cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422])
def test_a_cameras_jpeg_becomes_i420_with_the_same_colours(sampling: int) -> None:
    quality = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    jpeg = cv2.imencode(".jpg", scene(), quality)[1].tobytes()
    i420 = JpegDecoder().decode(jpeg)
    assert i420.shape == (72, 64)
    back = cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420)
    assert np.abs(back.astype(int) - scene()).mean() < 3


@pytest.mark.parametrize("damaged", [b"", b"not a jpeg", b"\xff\xd8\xff\xd9"])
def test_a_damaged_jpeg_is_refused_and_the_next_one_decodes(damaged: bytes) -> None:
    decoder = JpegDecoder()
    with pytest.raises(ValueError, match="damaged"):
        decoder.decode(damaged)
    assert decoder.decode(cv2.imencode(".jpg", scene())[1].tobytes()).shape == (72, 64)


def test_only_wanted_tiers_are_encoded_and_a_cameras_own_jpeg_passes_untouched() -> None:
    i420 = np.asarray(cv2.cvtColor(scene(), cv2.COLOR_BGR2YUV_I420), np.uint8)
    assert jpeg_tiers(i420, 0) == [b"", b"", b""]
    own = b"the camera's own bytes"
    assert jpeg_tiers(i420, 0b001, own) == [own, b"", b""]
    full, lower, half = jpeg_tiers(i420, 0b111)
    assert len(full) > len(lower) > len(half) > 0
    assert cv2.imdecode(np.frombuffer(half, np.uint8), cv2.IMREAD_COLOR).shape == (24, 32, 3)
