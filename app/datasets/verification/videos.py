"""`videos/`: every file is there, can be decoded, and has the frames that its episodes claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np

from app.datasets.episodes import video_path
from app.datasets.layout import DatasetHead
from app.datasets.verification.findings import Report

_CODECS = {"libx264": "h264", "libsvtav1": "av1", "libx265": "hevc", "libaom-av1": "av1", "libdav1d": "av1"}


@dataclass(frozen=True)
class _Seen:
    """What is in a video file. `problem` says why it cannot be read to its end."""

    frames: int
    width: int
    height: int
    codec: str
    times: np.ndarray
    problem: str = ""


def check_videos(
    folder: Path,
    head: DatasetHead,
    rows: list[dict[str, Any]],
    report: Report,
    said: Callable[[str, int, int], None],
    *,
    decode: bool,
) -> int:
    """How many pictures were looked at."""
    files: dict[tuple[str, Path], list[tuple[int, dict[str, Any]]]] = {}
    for key in head.video_keys:
        for place, row in enumerate(rows):
            if row[f"videos/{key}/chunk_index"] is None:
                report.add("video_missing", f"episode_index {place}", f"it names no video of {key}")
                continue
            files.setdefault((key, video_path(folder, head, row, key)), []).append((place, row))
    total = 0
    for number, ((key, path), members) in enumerate(files.items()):
        said("Decoding pictures" if decode else "Counting pictures", number, len(files))
        total += _check_file(folder, path, key, members, head, report, decode)
    known = {path.resolve() for _, path in files}
    for path in sorted((folder / "videos").glob("*/*/*.mp4")):
        if path.resolve() not in known:
            report.add("video_unused", path.relative_to(folder).as_posix(), "no episode lies in it", warning=True)
    return total


def _check_file(
    folder: Path,
    path: Path,
    key: str,
    members: list[tuple[int, dict[str, Any]]],
    head: DatasetHead,
    report: Report,
    decode: bool,
) -> int:
    name = path.relative_to(folder).as_posix()
    if not path.exists():
        report.add("video_missing", name, f"the pictures of {_episodes(members)} are missing")
        return 0
    seen = _look(path, head.fps, decode)
    if seen.problem:
        words = f"it cannot be read beyond picture {seen.frames} ({seen.problem}): {_episodes(members)}"
        report.add("video_damaged", name, words)
    if seen.frames == 0:
        return 0
    _check_form(name, seen, key, head, report)
    off = np.abs(seen.times - np.arange(len(seen.times)) / head.fps).max(initial=0.0)
    if off > 0.5 / head.fps:
        report.add("video_times", name, f"a picture is shown {off:.3f} s away from its frame")
    ends = 0.0
    for place, row in members:
        begin, end = row[f"videos/{key}/from_timestamp"], row[f"videos/{key}/to_timestamp"]
        where, length = f"episode_index {place}", row["length"]
        if round((end - begin) * head.fps) != length or begin < 0:
            words = f"{key} spans {begin:.3f} to {end:.3f} s, which is not {length} rows at {head.fps} per second"
            mendable = begin >= 0 and round(begin * head.fps) + length <= seen.frames
            report.add("video_span", where, words, mendable=mendable)
        elif round(end * head.fps) > seen.frames and not seen.problem:
            words = f"{key} has {seen.frames - round(begin * head.fps)} pictures for {length} rows"
            report.add("video_short", where, words, mendable=seen.frames > round(begin * head.fps) + 1)
        if round(begin * head.fps) < round(ends * head.fps):
            report.add("video_overlap", where, f"{key} begins at {begin:.3f} s, within the episode before it")
        ends = end
    return seen.frames


def _check_form(name: str, seen: _Seen, key: str, head: DatasetHead, report: Report) -> None:
    feature = head.features[key]
    height, width = _size(feature)
    if (seen.height, seen.width) != (height, width):
        words = f"it is {seen.width} x {seen.height}, info.json says {width} x {height}"
        report.add("video_size", name, words)
    said = (feature.get("info") or {}).get("video.codec")
    if said and _CODECS.get(said, said) != seen.codec:
        report.add("video_codec", name, f"it is {seen.codec}, info.json says {said}")


def _size(feature: Any) -> tuple[int, int]:
    """Height and width, also of features that put the channels first."""
    shape = [int(size) for size in feature["shape"]]
    names = list(feature.get("names") or ())
    if names[:1] and str(names[0]).startswith("channel"):
        return shape[1], shape[2]
    return shape[0], shape[1]


def _look(path: Path, fps: int, decode: bool) -> _Seen:
    times: list[float] = []
    width = height = 0
    codec = problem = ""
    try:
        with av.open(str(path), options={"err_detect": "explode"}) as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"err_detect": "explode"}
            width, height, codec = stream.codec_context.width, stream.codec_context.height, stream.codec_context.name
            if decode:
                times = [float(frame.time or 0.0) for frame in container.decode(stream)]
            else:
                times = sorted(
                    float(packet.pts * (packet.time_base or 0))
                    for packet in container.demux(stream)
                    if packet.pts is not None
                )
            claimed = stream.frames
            if claimed and claimed != len(times):
                problem = f"its index names {claimed} pictures"
    except (av.error.FFmpegError, IndexError, OSError) as error:
        problem = str(error) or type(error).__name__
    return _Seen(len(times), width, height, _CODECS.get(codec, codec), np.array(times), problem)


def _episodes(members: list[tuple[int, dict[str, Any]]]) -> str:
    first, last = members[0][0], members[-1][0]
    return f"episode_index {first}" if first == last else f"episode_index {first} to {last}"
