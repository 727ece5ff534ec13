"""One writer a dataset: an advisory lock beside its folder, so that swapping the folder keeps it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.datasets.errors import DatasetBusy

WAIT_S = 2.0
_POLL_S = 0.02


@contextmanager
def dataset_lock(folder: Path, *, what: str = "write", wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold dataset `folder` for `what` ("write", "compact"); the system frees it when the process dies.

    Waits up to `wait_s` for another holder (a compaction's last step takes
    milliseconds), then raises DatasetBusy naming the holder's process.
    """
    path = folder.parent / f".{folder.name}.{what}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _take(descriptor, folder.name, wait_s)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, name: str, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 20, 0).decode(errors="replace") or "unknown"
                raise DatasetBusy(
                    f"Dataset {name} is being written by process {holder}.",
                    todo="Wait until it is done, or close the other studio, and try again.",
                    name=name,
                ) from error
            time.sleep(_POLL_S)
