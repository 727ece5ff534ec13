"""The one interface through which this room writes: what is durable, and in which order, is decided here.

A test hands in a `Disk` that logs every operation and replays power loss over
the log, so nothing that must survive may write around it.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import shutil
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

logger = logging.getLogger(__name__)


class DiskFile:
    """A file that is written from its start to its end; `sync` makes what was written durable."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115 - closed by close()

    def write(self, data: bytes | memoryview) -> int:
        """Write all of `data` at the end; OSError(ENOSPC) leaves what fitted."""
        view = memoryview(data).cast("B")
        written = 0
        while written < len(view):
            count = self._file.write(view[written:]) or 0
            written += count
            self.size += count
        return written

    def patch(self, offset: int, data: bytes) -> None:
        """Overwrite a few bytes that lie within one sector; used once, to finish a video."""
        os.pwrite(self._file.fileno(), data, offset)

    def sync(self) -> None:
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class Disk:
    """The real disk. Every method raises OSError as the system does."""

    def create(self, path: Path) -> DiskFile:
        """A new file; FileExistsError when there is one."""
        return DiskFile(path)

    def write(self, path: Path, data: bytes) -> None:
        """A whole new file, durable but for its name (see `sync_folder`)."""
        file = self.create(path)
        try:
            file.write(data)
            file.sync()
        finally:
            file.close()

    def append(self, path: Path, data: bytes) -> None:
        """Add `data` at the end of a file, which is made if there is none; durable but for a new name."""
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def sync_file(self, path: Path) -> None:
        """Make durable a file that a library wrote by its path."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync_folder(self, path: Path) -> None:
        """Make durable the names in a folder."""
        self.sync_file(path)

    def make_folder(self, path: Path) -> None:
        """The folder and its parents, each new name synced in its parent."""
        missing: list[Path] = []
        while not path.exists():
            missing.append(path)
            path = path.parent
        for folder in reversed(missing):
            self.new_folder(folder)
            self.sync_folder(folder.parent)

    def new_folder(self, path: Path) -> None:
        """One new folder; FileExistsError when there is one."""
        path.mkdir()

    def rename(self, source: Path, target: Path) -> None:
        """Rename over `target`; atomic, durable after `sync_folder` of both parents."""
        os.rename(source, target)

    def truncate(self, path: Path, size: int) -> None:
        """Cut a file that is damaged from `size` on."""
        os.truncate(path, size)
        self.sync_file(path)

    def link(self, source: Path, target: Path) -> None:
        """A second name for a file, or a copy where the file system knows no links."""
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EXDEV, errno.EOPNOTSUPP, errno.EMLINK):
                raise
            shutil.copy2(source, target)
            self.sync_file(target)

    def exchange(self, one: Path, other: Path) -> bool:
        """Swap two folders atomically; False where kernel or file system cannot."""
        libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(libc, "renameat2"):
            return False
        result = libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
        if result == 0:
            return True
        code = ctypes.get_errno()
        if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
            return False
        raise OSError(code, os.strerror(code), str(one))

    def remove(self, path: Path) -> None:
        """Remove a file or a whole folder; nothing happens when it is gone."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_full(error: OSError) -> bool:
    """Whether the error says that no more bytes fit."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


DISK = Disk()
