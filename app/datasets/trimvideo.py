"""The videos of trimmed episodes: packets copied where the cut falls on a keyframe, encoded again where not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.datasets.columns import stat_values
from app.datasets.cuts import Cut
from app.datasets.disk import Disk, DiskFile
from app.datasets.errors import EncodingFailed
from app.datasets.layout import DatasetHead, free_file, next_file
from app.datasets.models import CameraFormat, VideoCodec
from app.datasets.stats import FeatureStats, PictureStats
from app.datasets.video import VideoWriter, copy_frames, decode, packets


@dataclass
class _Run:
    """Neighbouring episodes of one video file that stay together, or one that is cut."""

    rows: list[dict[str, Any]]
    start: int
    stop: int
    cut: bool


class VideoCutter:
    """One camera's videos, written again where something is cut."""

    def __init__(self, source: Path, target: Path, head: DatasetHead, key: str, cuts: Mapping[int, Cut], disk: Disk):
        self._source = source
        self._target = target
        self._head = head
        self._key = key
        self._cuts = cuts
        self._disk = disk
        self._free = free_file(source / "videos" / key, ".mp4", head.chunks_size)

    def write(self, path: Path, members: list[dict[str, Any]]) -> None:
        """One video file: linked where nothing in it is cut, else one file for each run; `members` learn their places.

        No frame that was cut away stays behind, and no two episodes apart from each other share a file.
        """
        copy = self._target / path.relative_to(self._source)
        self._disk.make_folder(copy.parent)
        if not any(row["episode_index"] in self._cuts for row in members):
            self._disk.link(path, copy)
            return
        key, fps = self._key, self._head.fps
        place = (members[0][f"videos/{key}/chunk_index"], members[0][f"videos/{key}/file_index"])
        for run in _runs(members, key, fps, self._cuts):
            name = self._head.video_path.format(video_key=key, chunk_index=place[0], file_index=place[1])
            self._disk.make_folder((self._target / name).parent)
            _write_run(path, self._target / name, run, self._head, key, self._disk)
            for row in run.rows:
                begin = 0.0 if run.cut else max(0.0, row[f"videos/{key}/from_timestamp"] - run.start / fps)
                length = run.stop - run.start if run.cut else row["length"]
                row |= {
                    f"videos/{key}/chunk_index": place[0],
                    f"videos/{key}/file_index": place[1],
                    f"videos/{key}/from_timestamp": begin,
                    f"videos/{key}/to_timestamp": begin + length / fps,
                }
            if run.cut:
                run.rows[0] |= stat_values({key: _picture_stats(self._target / name, fps)})
            place, self._free = self._free, next_file(self._free, self._head.chunks_size)


def _runs(members: list[dict[str, Any]], key: str, fps: int, cuts: Mapping[int, Cut]) -> list[_Run]:
    runs: list[_Run] = []
    for row in members:
        first, last = (round(row[f"videos/{key}/{part}_timestamp"] * fps) for part in ("from", "to"))
        cut = cuts.get(row["episode_index"])
        if cut:
            runs.append(_Run([row], first + cut.start, first + cut.stop, True))
        elif runs and not runs[-1].cut and runs[-1].stop == first:
            runs[-1].rows.append(row)
            runs[-1].stop = last
        else:
            runs.append(_Run([row], first, last, False))
    return runs


def _write_run(path: Path, made: Path, run: _Run, head: DatasetHead, key: str, disk: Disk) -> None:
    count = run.stop - run.start
    written = copy_frames([(path, run.start, run.stop)], made, head.fps) if _copies(path, run.start, head.fps) else 0
    if written != count:
        _encode(path, made, run.start, run.stop, head, key, disk)
    frames = sum(1 for _ in packets(made))
    if frames != count:
        raise EncodingFailed(
            f"The cut video of {key} has {frames} frames instead of {count}.", todo="Verify the dataset."
        )


def _copies(path: Path, start: int, fps: int) -> bool:
    """Whether frame `start` is a keyframe and no frame is reordered around it."""
    for packet in packets(path):
        if packet.time_base is None or packet.pts is None or packet.pts != packet.dts:
            return False
        index = round(packet.pts * packet.time_base * fps)
        if index >= start:
            return index == start and packet.is_keyframe
    return False


def _encode(path: Path, made: Path, start: int, stop: int, head: DatasetHead, key: str, disk: Disk) -> None:
    """Decode and encode again, with the studio's encoder of that codec."""
    disk.remove(made)
    info = head.features[key].get("info") or {}
    named = info.get("video.codec", "h264")
    if named not in tuple(VideoCodec):
        raise EncodingFailed(
            f"The studio does not encode {named}, so {key} cannot be cut between keyframes.",
            todo="Move the start by a frame, or re-encode the dataset as H.264 first.",
        )
    height, width = (int(size) for size in head.features[key]["shape"][:2])
    camera = CameraFormat(key, width, height)
    writer = VideoWriter(disk.create(made), camera, head.fps, VideoCodec(named), _write_all)
    for picture in decode(path, start, stop):
        writer.append(picture)
    writer.finish()


def _write_all(file: DiskFile, data: bytes) -> None:
    file.write(data)


def _picture_stats(path: Path, fps: int) -> FeatureStats:
    stats = PictureStats.for_rate(fps)
    for picture in decode(path):
        stats.add(picture)
    return stats.stats()
