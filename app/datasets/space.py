"""How long the disk lasts, from free space and the bytes a minute of this format took so far."""

from __future__ import annotations

import shutil
from pathlib import Path

from app.datasets.errors import DatasetUnreadable
from app.datasets.layout import DatasetHead
from app.datasets.models import DatasetFormat, VideoCodec

RESERVE_BYTES = 512 * 1024 * 1024
# Measured on 640x480 at 30 fps of a moving scene (x264 4.2 Mbit/s, SVT-AV1 2.1), per pixel of a frame.
_BYTES_PER_PIXEL = {VideoCodec.h264: 4.2e6 / 8 / (640 * 480 * 30), VideoCodec.av1: 2.1e6 / 8 / (640 * 480 * 30)}
_ROW_BYTES = 200


def minutes_left(folder: Path, format: DatasetFormat) -> float:
    """Minutes of recording until the disk of `folder` has `RESERVE_BYTES` left; 0 when it has less.

    `folder` may be a dataset, whose episodes then give the rate, or any
    folder, not there yet, on the disk that will be recorded to.
    """
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free - RESERVE_BYTES
    rate = measured_rate(folder) or expected_rate(format)
    return max(0.0, free / rate / 60)


def expected_rate(format: DatasetFormat) -> float:
    """Bytes a second of a format that nothing was recorded in yet."""
    pixels = sum(camera.width * camera.height for camera in format.cameras)
    return format.fps * (pixels * _BYTES_PER_PIXEL[format.codec] + _ROW_BYTES)


def measured_rate(folder: Path) -> float | None:
    """Bytes a second of what the dataset at `folder` holds; None when it holds nothing."""
    try:
        head = DatasetHead.read(folder)
        files = [*(folder / "data").glob("*/*.parquet"), *(folder / "videos").glob("*/*/*.mp4")]
        total = sum(path.stat().st_size for path in files)
    except (DatasetUnreadable, OSError):
        return None
    return total / (head.total_frames / head.fps) if head.total_frames and total else None
