"""Who did what: one line of JSON each, only ever appended, a file a month."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

log = logging.getLogger(__name__)
TAIL_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Event:
    """`what` is a command's type, "POST /api/..." or a word of accounts; `outcome` done, refused or failed."""

    user: str
    role: str
    what: str
    outcome: str = "done"
    about: str = ""
    address: str = ""
    client: str = ""


class AuditLog:
    """A thread writes, so that neither the arm nor a page waits for the disk.

    Each line carries a digest of the line before it: a line that was changed or taken out shows (`broken`). A crash
    loses at most what was not flushed: `settle` waits until all that was told is on the disk.
    """

    def __init__(self, folder: Path, wall: Callable[[], datetime]) -> None:
        self._folder = folder
        self._wall = wall
        self._told: queue.SimpleQueue[tuple[str, Event] | threading.Event | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._write, name="audit")
        self._thread.start()

    def close(self) -> None:
        """Write what is left and end the thread."""
        if self._thread is not None:
            self._told.put(None)
            self._thread.join()
            self._thread = None

    def tell(self, event: Event) -> None:
        self._told.put((self._wall().isoformat(timespec="milliseconds"), event))

    def settle(self, limit_s: float = 5.0) -> bool:
        """Wait until everything told so far is on the disk; call it in a thread."""
        done = threading.Event()
        self._told.put(done)
        return self._thread is not None and done.wait(limit_s)

    def _write(self) -> None:
        while (first := self._told.get()) is not None:
            batch = [first]
            with contextlib.suppress(queue.Empty):
                while True:
                    batch.append(self._told.get_nowait())  # type: ignore[arg-type]
            lines = [one for one in batch if isinstance(one, tuple)]
            try:
                if lines:
                    self._append(lines)
            except Exception:  # whatever it is, the next batch may be written again
                log.exception("The audit log could not be written: %s events are lost.", len(lines))
            for one in batch:
                if isinstance(one, threading.Event):
                    one.set()
            if None in batch:
                return

    def _append(self, told: list[tuple[str, Event]]) -> None:
        path = self._folder / f"{told[0][0][:7]}.jsonl"
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            before, torn = _last_line(file)
            if torn:
                file.write(b"\n")
            for at, event in told:
                line = json.dumps({"at": at, **asdict(event), "before": _short(before)}, ensure_ascii=False).encode()
                file.write(line + b"\n")
                before = line
            file.flush()
            os.fsync(file.fileno())

    # ---- reading ----

    def months(self) -> list[str]:
        return sorted((path.stem for path in self._folder.glob("*.jsonl")), reverse=True)

    def latest(self, limit: int, keep: Callable[[dict], bool] = lambda _: True) -> list[dict]:
        """The last events that `keep` takes, the newest first."""
        found: list[dict] = []
        for month in self.months():
            for line in _lines_backwards(self._folder / f"{month}.jsonl"):
                with contextlib.suppress(ValueError):
                    event = json.loads(line)
                    if keep(event):
                        found.append(event)
                if len(found) >= limit:
                    return found
        return found

    def broken(self, month: str) -> list[int]:
        """The lines of a month (from 1) whose predecessor is not the one they were written after."""
        before, wrong = b"", []
        for number, line in enumerate((self._folder / f"{month}.jsonl").read_bytes().splitlines(), start=1):
            try:
                if json.loads(line)["before"] != _short(before):
                    wrong.append(number)
            except (ValueError, KeyError, TypeError):
                wrong.append(number)
            before = line
        return wrong


def _short(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()[:16] if line else ""


def _last_line(file: BinaryIO) -> tuple[bytes, bool]:
    """The last line, and whether the power went while it was written."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 64 * 1024))
    end = file.read()
    lines = end.splitlines()
    return (lines[-1] if lines else b""), bool(end) and not end.endswith(b"\n")


def _lines_backwards(path: Path) -> Iterator[bytes]:
    """The last lines first; of a very long file only its last part."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        yield from reversed(file.read().splitlines())
