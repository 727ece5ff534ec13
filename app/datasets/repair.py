"""What a crash left of a take, cut to what is whole: rows and frames to their common length."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from app.datasets.checksums import CHECKSUMS, sound_lengths
from app.datasets.disk import DISK, Disk
from app.datasets.errors import TakeBusy
from app.datasets.header import BALLAST, HEADER, ROWS, TRASH, StoppedTake, TakeHeader, journal_names, video_name
from app.datasets.layout import repeated_column
from app.datasets.models import TakeSummary
from app.datasets.rows import read_rows, write_rows
from app.datasets.stats import PictureStats
from app.datasets.takesfolder import hold_folder, move_to_trash, take_folder, take_folders
from app.datasets.video import copy_frames, count_frames, decode, packets

logger = logging.getLogger(__name__)


def unfinished_takes(takes_folder: Path, disk: Disk = DISK) -> list[TakeSummary]:
    """Every take that is neither saved nor discarded, repaired, oldest first; decides nothing.

    A take that a living process is recording is left alone. One whose header
    cannot be read is listed with no rows, so that it can be seen and discarded.
    """
    found = []
    for folder in sorted(take_folders(takes_folder), key=lambda path: path.stat().st_mtime_ns):
        try:
            found.append(stopped_take(takes_folder, folder.name, disk).summary)
        except TakeBusy:
            continue
    return found


def stopped_take(takes_folder: Path, uuid: str, disk: Disk = DISK) -> StoppedTake:
    """The take as it was stopped, repaired first where a crash cut it. Raises TakeNotFound, TakeBusy."""
    folder = take_folder(takes_folder, uuid)
    try:
        held = hold_folder(folder)
    except BlockingIOError as error:
        raise TakeBusy(f"Take {uuid} is still being recorded.", todo="Stop it first.", uuid=uuid) from error
    try:
        stopped = StoppedTake.read(folder)
        return repair_take(folder, disk) if stopped is None else _with_pictures(folder, stopped)
    finally:
        os.close(held)


def discard_take(takes_folder: Path, uuid: str, disk: Disk = DISK) -> None:
    """Move an unfinished take to the trash. Raises TakeNotFound, TakeBusy."""
    folder = take_folder(takes_folder, uuid)
    try:
        os.close(hold_folder(folder))
    except BlockingIOError as error:
        raise TakeBusy(f"Take {uuid} is still being recorded.", todo="Stop it first.", uuid=uuid) from error
    disk.remove(folder / BALLAST)
    move_to_trash(folder, disk)


def repair_take(folder: Path, disk: Disk) -> StoppedTake:
    """Cut rows and videos to their common length and write the take's end; idempotent.

    Everything whole stays; the frames after the last common one are what is lost.
    """
    disk.remove(folder / BALLAST)
    try:
        header = TakeHeader.read(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("The header of take %s cannot be read: %s", folder.name, error)
        return _unreadable(folder, disk)
    cameras = [camera.name for camera in header.format.cameras]
    _drop_unsound(folder, cameras, disk)
    rows = read_rows(folder / ROWS, header.format)
    frames = {name: sum(1 for _ in packets(folder / video_name(name))) for name in cameras}
    whole = min([rows.num_rows, *frames.values()])
    rows = rows.slice(0, whole)
    if whole:
        for name in cameras:
            _cut_video(folder / video_name(name), whole, header.format.fps, disk)
        _replace_rows(folder, rows, disk)
    summary = TakeSummary(
        uuid=folder.name,
        dataset=header.dataset,
        task=header.task,
        rows=whole,
        duration_s=whole / header.format.fps,
        repeated={name: sum(rows.column(repeated_column(name)).to_pylist()) for name in cameras},
        frames=dict.fromkeys(cameras, whole),
        bytes=sum(path.stat().st_size for path in folder.iterdir()),
        repaired=True,
        note=_note(whole, header.format.fps, frames),
    )
    stopped = StoppedTake(summary, _picture_stats(folder, cameras, header.format.fps) if whole else {})
    stopped.write(folder, disk)
    return stopped


def _drop_unsound(folder: Path, cameras: list[str], disk: Disk) -> None:
    """Cut every file where it is no longer what was written; then the checksums have done their work."""
    for name, sound in sound_lengths(folder, journal_names(cameras)).items():
        path = folder / name
        if path.exists() and path.stat().st_size > sound and not _finished(path):
            disk.truncate(path, sound)
    disk.remove(folder / CHECKSUMS)
    disk.sync_folder(folder)


def _finished(path: Path) -> bool:
    """Whether it is a finished video: its head is rewritten only after all of it is durable."""
    return path.suffix == ".mp4" and count_frames(path) > 0


def _note(whole: int, fps: int, frames: Mapping[str, int]) -> str:
    if whole == 0:
        return "The take was interrupted before anything whole was written."
    longest = max([whole, *frames.values()])
    lost = f", {longest - whole} frames of single cameras were cut" if longest > whole else ""
    return f"The take was interrupted; {whole} rows ({whole / fps:.1f} s) were recovered{lost}."


def _unreadable(folder: Path, disk: Disk) -> StoppedTake:
    summary = TakeSummary(
        uuid=folder.name,
        dataset="",
        task="",
        rows=0,
        duration_s=0.0,
        repaired=True,
        note=f"Its {HEADER} cannot be read, so it cannot be saved; discard it, which keeps it in {TRASH}.",
    )
    return StoppedTake(summary, {})


def _cut_video(path: Path, whole: int, fps: int, disk: Disk) -> None:
    """Make `path` a plain video of exactly `whole` frames; done already, it is left alone."""
    if count_frames(path) == whole:
        return
    beside = path.with_name(f".{path.name}.cut.mp4")
    disk.remove(beside)
    copy_frames([(path, 0, whole)], beside, fps)
    disk.sync_file(beside)
    disk.rename(beside, path)
    disk.sync_folder(path.parent)


def _replace_rows(folder: Path, rows: pa.Table, disk: Disk) -> None:
    beside = folder / f".{ROWS}.cut"
    disk.remove(beside)
    write_rows(beside, rows, disk)
    disk.rename(beside, folder / ROWS)
    disk.sync_folder(folder)


def _with_pictures(folder: Path, stopped: StoppedTake) -> StoppedTake:
    """The take with its picture statistics, which one that was an episode before comes without."""
    missing = [name for name in stopped.summary.frames if name not in stopped.pictures]
    if not missing:
        return stopped
    fps = TakeHeader.read(folder).format.fps
    return replace(stopped, pictures={**stopped.pictures, **_picture_stats(folder, missing, fps)})


def _picture_stats(folder: Path, cameras: list[str], fps: int) -> dict[str, PictureStats]:
    """The statistics that died with the process, taken again from the stored pictures."""
    result = {}
    for name in cameras:
        stats = PictureStats.for_rate(fps)
        for picture in decode(folder / video_name(name)):
            stats.add(picture)
        result[name] = stats
    return result
