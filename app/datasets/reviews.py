"""What people said about episodes: an append-only file in the dataset, which no edit of the data ever changes."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from app.datasets.disk import DISK, Disk
from app.datasets.errors import ReviewInvalid, ReviewNotFound
from app.datasets.layout import STUDIO_FOLDER
from app.datasets.lock import dataset_lock
from app.datasets.opinions import UNREVIEWED, Opinion, Review, Standing, require_valid, standing_of, taken_back
from app.datasets.reviewlines import parsed, to_line

REVIEWS = STUDIO_FOLDER / "reviews.jsonl"
LOCK_WAIT_S = 10.0  # a save or the last step of a compaction holds the dataset for a moment


class ReviewLog:
    """The reviews of one dataset. Keeps what it read and reads on from there; safe to share by threads.

    A record is on disk before `add` returns. A line that a crash tore, or that
    a later version wrote in another way, is passed over and stays where it is.
    """

    def __init__(self, folder: Path, disk: Disk = DISK) -> None:
        self._folder = folder
        self._disk = disk
        self._reading = threading.Lock()
        self._file: tuple[int, int, int] | None = None
        self._offset = 0
        self._complete: list[Review] = []
        self._records: tuple[Review, ...] = ()
        self._standing: dict[str, Standing] | None = None

    @property
    def path(self) -> Path:
        return self._folder / REVIEWS

    def records(self) -> tuple[Review, ...]:
        """Everything that was said, in its order, what was taken back too."""
        with self._reading:
            return self._read()

    def opinions(self, uuid: str) -> tuple[Opinion, ...]:
        """What was said about one episode, in its order; records that only take back are left out."""
        mine = [record for record in self.records() if record.uuid == uuid]
        gone = taken_back(mine)
        return tuple(Opinion(record, record.id in gone) for record in mine if not record.takes_back)

    def standing(self) -> Mapping[str, Standing]:
        """What holds for each episode of which anything was said and not taken back."""
        with self._reading:
            records = self._read()
            if self._standing is None:
                self._standing = standing_of(records)
            return self._standing

    def of(self, uuid: str) -> Standing:
        return self.standing().get(uuid, UNREVIEWED)

    def add(self, review: Review) -> Review:
        """Keep `review`, with its id; durable on return. Raises ReviewInvalid, DatasetBusy."""
        require_valid(review)
        kept = replace(review, id=secrets.token_hex(8))
        with dataset_lock(self._folder, wait_s=LOCK_WAIT_S):
            self._append(to_line(kept))
        return kept

    def take_back(self, id: str, *, reviewer: str, at: str) -> Review:
        """Undo record `id` by a further one. Raises ReviewNotFound, ReviewInvalid when it is taken back already."""
        records = self.records()
        found = next((record for record in records if record.id == id), None)
        if found is None:
            raise ReviewNotFound(f"There is no review {id[:40]!r}.", todo="Reload the opinions.")
        if id in taken_back(records):
            raise ReviewInvalid("That review was taken back already.", todo="Reload the opinions.")
        return self.add(Review(found.uuid, takes_back=id, reviewer=reviewer, at=at))

    def _append(self, line: bytes) -> None:
        path = self.path
        self._disk.make_folder(path.parent)
        new = not path.exists()
        if not new and path.stat().st_nlink > 1:
            self._unshare(path)
        if not new and not _ends_whole(path):
            line = b"\n" + line
        self._disk.append(path, line)
        if new:
            self._disk.sync_folder(path.parent)

    def _unshare(self, path: Path) -> None:
        """A frozen version may be a second name of the file; it must not grow with ours."""
        beside = path.with_name(f".{path.name}.making")
        self._disk.remove(beside)
        self._disk.write(beside, path.read_bytes())
        self._disk.rename(beside, path)
        self._disk.sync_folder(path.parent)

    def _read(self) -> tuple[Review, ...]:
        try:
            with open(self.path, "rb") as file:
                stat = os.fstat(file.fileno())
                now = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
                if now == self._file:
                    return self._records
                if self._file is None or now[0] != self._file[0] or now[1] < self._offset:
                    self._offset, self._complete = 0, []
                file.seek(self._offset)
                self._take(file.read(), now)
        except FileNotFoundError:
            self._file, self._offset, self._complete, self._records, self._standing = None, 0, [], (), None
        return self._records

    def _take(self, text: bytes, now: tuple[int, int, int]) -> None:
        *whole, rest = text.split(b"\n")
        self._complete += parsed(whole)
        self._offset += len(text) - len(rest)
        self._records = (*self._complete, *parsed([rest]))
        self._file, self._standing = now, None


def _ends_whole(path: Path) -> bool:
    with open(path, "rb") as file:
        if not file.seek(0, os.SEEK_END):
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
