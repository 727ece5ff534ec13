"""Takes whose every picture says which one it is, so that an off-by-one cannot hide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from app.datasets import TakeWriter
from app.datasets.disk import Disk, DiskFile
from app.datasets.models import CameraFormat, DatasetFormat, EpisodeFacts, Picture, Row, VideoCodec

JOINTS = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")
BITS = 16


class UnsyncedDisk(Disk):
    """The real disk without waiting for it: for tests that do not lose power."""

    def create(self, path: Path) -> DiskFile:
        return _UnsyncedFile(path)

    def sync_file(self, path: Path) -> None:
        pass


class _UnsyncedFile(DiskFile):
    def sync(self) -> None:
        pass


QUICK = UnsyncedDisk()


def small_format(codec: VideoCodec = VideoCodec.h264, fps: int = 30) -> DatasetFormat:
    cameras = (CameraFormat("top", 96, 64), CameraFormat("gripper", 64, 64))
    return DatasetFormat(fps, "so_follower", JOINTS, cameras, codec)


def coded_rgb(number: int, camera: CameraFormat) -> npt.NDArray[np.uint8]:
    """A picture (H, W, 3) that carries `number` as 16 black and white blocks, over a coloured slope."""
    y, x = np.mgrid[0 : camera.height, 0 : camera.width]
    picture = np.stack([x * 255 / camera.width, y * 255 / camera.height, 128 + 0 * x], axis=2).astype(np.uint8)
    block = camera.width // BITS
    for bit in range(BITS):
        picture[:block, bit * block : (bit + 1) * block] = 235 if number >> bit & 1 else 20
    return picture


def read_code(rgb: npt.NDArray[np.uint8], camera: CameraFormat) -> int:
    """The number in a decoded picture (H, W, 3) uint8."""
    block = camera.width // BITS
    return sum(1 << bit for bit in range(BITS) if rgb[:block, bit * block : (bit + 1) * block].mean() > 128)


def i420(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)


def i420_code(picture: npt.NDArray[np.uint8], camera: CameraFormat) -> int:
    return read_code(cv2.cvtColor(picture, cv2.COLOR_YUV2RGB_I420), camera)


def scene(format: DatasetFormat, count: int, first: int = 0) -> Iterator[tuple[Row, dict[str, Picture]]]:
    """`count` rows whose pictures, states and actions all carry first, first + 1, …"""
    for offset in range(count):
        number = first + offset
        state = np.linspace(-20, 20, len(format.joints), dtype=np.float32) + number
        row = Row(100.0 + number / format.fps, state, state + np.float32(0.5), recovery=offset % 7 == 3)
        pictures = {
            camera.name: Picture(i420(coded_rgb(number, camera)), age_ms=8.0 + offset % 3, repeated=offset % 5 == 4)
            for camera in format.cameras
        }
        yield row, pictures


def record(
    takes: Path,
    uuid: str,
    *,
    format: DatasetFormat | None = None,
    rows: int = 20,
    first: int = 0,
    task: str = "Put the lego brick into the transparent box",
) -> TakeWriter:
    """A running take with `rows` rows in it."""
    return record_with(QUICK, takes, uuid, format or small_format(), rows=rows, first=first, task=task)


def record_with(
    disk: Disk, takes: Path, uuid: str, format: DatasetFormat, *, rows: int, first: int, task: str = "Stack the bricks"
) -> TakeWriter:
    """The same on another disk."""
    facts = EpisodeFacts(uuid)
    writer = TakeWriter.begin(takes, uuid=uuid, dataset="bricks", format=format, task=task, facts=facts, disk=disk)
    for row, pictures in scene(format, rows, first):
        writer.append(row, pictures)
    return writer


class Killed(BaseException):
    """What kill -9 is to the code it meets: nothing of ours catches it."""


class DyingDisk(UnsyncedDisk):
    """Dies before its `at`-th rename, removal or swap."""

    def __init__(self, at: int) -> None:
        self._left = at

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed

    def rename(self, source: Path, target: Path) -> None:
        self._step()
        super().rename(source, target)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)

    def exchange(self, one: Path, other: Path) -> bool:
        self._step()
        return super().exchange(one, other)
