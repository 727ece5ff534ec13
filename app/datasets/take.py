"""A take: what is being recorded, in a folder of its own, kept through a crash but for the last half second."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from app.core.errors import StudioError
from app.datasets.checksums import CHECKSUMS, ChecksumWriter
from app.datasets.disk import DISK, Disk, DiskFile, is_full
from app.datasets.errors import DiskFull, EncodingFailed, TakeInvalid
from app.datasets.header import BALLAST, HEADER, ROWS, StoppedTake, TakeHeader, journal_names, video_name
from app.datasets.models import DatasetFormat, EpisodeFacts, Picture, Row, TakeSummary
from app.datasets.repair import repair_take
from app.datasets.rows import RowWriter
from app.datasets.takesfolder import hold_folder, move_to_trash
from app.datasets.video import EncoderThread

logger = logging.getLogger(__name__)

SYNC_S = 0.25
FLUSH_S = 0.1
BALLAST_BYTES = 16 * 1024 * 1024


class TakeWriter:
    """One running take. `append` is called by one thread at the recording rate.

    Rows and fragments are written as they come and synced every `SYNC_S`; with
    the one frame the muxer holds back, at most half a second is ever unsynced.
    A lock on the folder, which dies with the process, says that it is running.
    """

    def __init__(self, folder: Path, header: TakeHeader, disk: Disk) -> None:
        self._folder = folder
        self._header = header
        self._disk = disk
        self._cameras = {camera.name: camera for camera in header.format.cameras}
        self._stop_sync = threading.Event()
        self._making_room = threading.Lock()
        self._full = False
        self._failure: StudioError | None = None
        self._repeated = dict.fromkeys(self._cameras, 0)
        self._count = 0

    @classmethod
    def begin(
        cls,
        takes_folder: Path,
        *,
        uuid: str,
        dataset: str,
        format: DatasetFormat,
        task: str,
        facts: EpisodeFacts,
        disk: Disk = DISK,
    ) -> TakeWriter:
        """Make the take's folder and start its threads. Raises DiskFull, FileExistsError."""
        writer = cls(takes_folder / uuid, TakeHeader(uuid, dataset, format, task, facts), disk)
        try:
            writer._open()
        except OSError as error:
            if not is_full(error):
                raise
            disk.remove(takes_folder / uuid)
            raise _disk_full(takes_folder) from error
        return writer

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def rows(self) -> int:
        return self._count

    @property
    def repeated(self) -> Mapping[str, int]:
        """Rows in which a camera was late and its last picture stands in, by camera."""
        return dict(self._repeated)

    @property
    def elapsed_s(self) -> float:
        """The length of what is recorded, rows / fps."""
        return self._count / self._header.format.fps

    def append(self, row: Row, pictures: Mapping[str, Picture]) -> None:
        """One row and one I420 picture per camera; waits when an encoder is behind, never drops.

        The pictures' arrays must not be changed afterwards. Raises TakeInvalid
        for what does not fit the format (nothing is written), DiskFull when the
        disk is full and EncodingFailed when an encoder died: then `stop` the
        take, which keeps everything until there.
        """
        self._check(row, pictures)
        self._raise_failure()
        self._rows.append(row, pictures)
        self._count += 1
        for name, picture in pictures.items():
            self._repeated[name] += bool(picture.repeated)
            self._encoders[name].put(picture.i420)

    def sync(self) -> None:
        """Make everything handed over so far durable, but for the last picture of each camera.

        Waits for the encoders; for a pause, when nothing follows that would carry it along.
        """
        for encoder in self._encoders.values():
            encoder.wait_for(self._count)
        self._guarded(self._sync_files)
        self._raise_failure()

    def stop(self) -> TakeSummary:
        """End the take; everything is durable on return. Counts are those of the files."""
        self._close_threads()
        problems = [encoder.failure for encoder in self._encoders.values() if encoder.failure]
        if problems or self._failure_of_rows():
            return self._stop_damaged()
        frames = {name: encoder.frames for name, encoder in self._encoders.items()}
        summary = TakeSummary(
            uuid=self._header.uuid,
            dataset=self._header.dataset,
            task=self._header.task,
            rows=self._count,
            duration_s=self.elapsed_s,
            repeated=self.repeated,
            frames=frames,
            bytes=sum(path.stat().st_size for path in self._folder.iterdir() if path.name not in (BALLAST, CHECKSUMS)),
            note="The disk filled up; everything until then was kept." if self._full else "",
        )
        pictures = {name: encoder.stats for name, encoder in self._encoders.items()}
        self._checksums.close()
        self._disk.remove(self._folder / BALLAST)
        self._disk.remove(self._folder / CHECKSUMS)
        StoppedTake(summary, pictures).write(self._folder, self._disk)
        self._release()
        return summary

    def discard(self) -> None:
        """End the take and move it to the trash; see `empty_trash` for how long it stays there."""
        self._close_threads()
        self._disk.remove(self._folder / BALLAST)
        self._checksums.close()
        self._release()
        move_to_trash(self._folder, self._disk)

    # ---- inside ----

    def _open(self) -> None:
        self._disk.make_folder(self._folder.parent)
        self._disk.new_folder(self._folder)
        self._lock_file = hold_folder(self._folder)
        self._reserve_ballast()
        self._disk.write(self._folder / HEADER, self._header.json_bytes())
        form = self._header.format
        self._checksums = ChecksumWriter(self._folder, journal_names(self._cameras), self._disk)
        self._rows = RowWriter(self._folder / ROWS, form, self._disk, self._write)
        self._encoders = {
            name: EncoderThread(self._folder / video_name(name), camera, form.fps, form.codec, self._disk, self._write)
            for name, camera in self._cameras.items()
        }
        self._disk.sync_folder(self._folder)
        self._disk.sync_folder(self._folder.parent)
        for encoder in self._encoders.values():
            encoder.start()
        self._flusher = threading.Thread(target=self._keep_flushed, name="take-flush", daemon=True)
        self._flusher.start()
        self._syncer = threading.Thread(target=self._keep_synced, name="take-sync", daemon=True)
        self._syncer.start()

    def _reserve_ballast(self) -> None:
        """Space to finish the take in when the disk is full: given back at the first failed write."""
        with open(self._folder / BALLAST, "xb") as file:
            os.posix_fallocate(file.fileno(), 0, BALLAST_BYTES)

    def _write(self, file: DiskFile, data: bytes) -> None:
        """Write to a file of the take and note its checksum."""
        offset = file.size
        self._write_or_make_room(file, data)
        self._checksums.add(file.path.name, offset, data, self._write_or_make_room)

    def _write_or_make_room(self, file: DiskFile, data: bytes) -> None:
        """Write, and when the disk is full give up the ballast and write the rest: no stream is torn."""
        before = file.size
        try:
            file.write(data)
        except OSError as error:
            if not is_full(error):
                raise
            self._give_up_ballast()
            file.write(data[file.size - before :])

    def _give_up_ballast(self) -> None:
        with self._making_room:
            if self._full:
                return
            self._full = True
            logger.warning("The disk is full; take %s ends.", self._header.uuid)
            (self._folder / BALLAST).unlink(missing_ok=True)

    def _keep_flushed(self) -> None:
        """Hand rows to the system apart from syncing them: one sync of a busy disk can last seconds."""
        while not self._stop_sync.wait(FLUSH_S):
            self._guarded(self._rows.flush)

    def _keep_synced(self) -> None:
        while not self._stop_sync.wait(SYNC_S):
            self._guarded(self._sync_files)

    def _sync_files(self) -> None:
        self._rows.flush()
        self._rows.sync()
        for encoder in self._encoders.values():
            encoder.sync()
        self._checksums.sync()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # a thread that dies in silence would lose rows: the next append says so
            full = isinstance(error, OSError) and is_full(error)
            self._failure = _disk_full(self._folder) if full else _failed(self._folder, error)

    def _close_threads(self) -> None:
        for encoder in self._encoders.values():
            encoder.finish()
        self._stop_sync.set()
        self._syncer.join()
        self._flusher.join()

    def _failure_of_rows(self) -> bool:
        try:
            self._rows.finish()
        except OSError as error:
            logger.warning("The rows of take %s could not be finished: %s", self._header.uuid, error)
            return True
        return False

    def _stop_damaged(self) -> TakeSummary:
        self._disk.remove(self._folder / BALLAST)
        self._checksums.close()
        self._release()
        return repair_take(self._folder, self._disk).summary

    def _release(self) -> None:
        os.close(self._lock_file)

    def _raise_failure(self) -> None:
        for name, encoder in self._encoders.items():
            if isinstance(encoder.failure, OSError) and is_full(encoder.failure):
                raise _disk_full(self._folder) from encoder.failure
            if encoder.failure is not None:
                raise EncodingFailed(
                    f"The encoder of camera {name} failed: {encoder.failure}.",
                    todo="Stop the take; what was recorded until then is kept.",
                    camera=name,
                ) from encoder.failure
        if self._failure is not None:
            raise self._failure
        if self._full:
            raise _disk_full(self._folder)

    def _check(self, row: Row, pictures: Mapping[str, Picture]) -> None:
        joints = len(self._header.format.joints)
        for what, vector in (("state", row.state), ("action", row.action)):
            if np.shape(vector) != (joints,) or not np.isfinite(vector).all():
                raise TakeInvalid(f"The {what} of a row must be {joints} finite numbers, not {vector!r}.")
        if not np.isfinite(row.monotonic_s):
            raise TakeInvalid("A row's instant must be a finite number of seconds.")
        if pictures.keys() != self._cameras.keys():
            raise TakeInvalid(
                f"A row needs pictures of {sorted(self._cameras)}, not of {sorted(pictures)}.",
                todo="Hand over a camera's last picture as repeated when a new one is late.",
            )
        for name, picture in pictures.items():
            camera = self._cameras[name]
            if picture.i420.shape != (camera.height * 3 // 2, camera.width) or picture.i420.dtype != np.uint8:
                raise TakeInvalid(
                    f"Camera {name} gave a picture of {picture.i420.shape} {picture.i420.dtype}, "
                    f"its format is ({camera.height * 3 // 2}, {camera.width}) uint8 I420."
                )
            if not np.isfinite(picture.age_ms):
                raise TakeInvalid(f"The age of camera {name}'s picture must be a finite number of ms.")


def _disk_full(folder: Path) -> DiskFull:
    return DiskFull(
        f"The disk of {folder.name} is full.",
        todo="What was recorded is kept. Free space, then save or discard the take.",
    )


def _failed(folder: Path, error: Exception) -> StudioError:
    return EncodingFailed(
        f"Writing take {folder.name} failed: {error}.", todo="Stop the take; what was recorded until then is kept."
    )
