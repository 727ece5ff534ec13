"""A named block of memory that two processes map; the file lives in memory, not on disk."""

from __future__ import annotations

import mmap
import os
from pathlib import Path


class SharedBlock:
    """A mapped file of fixed size. The creator unlinks it; readers map it as it is.

    `buffer` is a writable memoryview. Consistency is the business of the layout
    above (a sequence lock). Put `path` in the run folder: it is on tmpfs.
    """

    def __init__(self, path: Path, mapping: mmap.mmap) -> None:
        self.path = path
        self._mapping = mapping
        self.buffer = memoryview(mapping)

    @classmethod
    def create(cls, path: Path, size: int) -> SharedBlock:
        """Make a zeroed block of `size` bytes; a reader of an older file keeps the older one."""
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, size)
            mapping = mmap.mmap(descriptor, size)
        finally:
            os.close(descriptor)
        os.replace(beside, path)
        return cls(path, mapping)

    @classmethod
    def attach(cls, path: Path) -> SharedBlock:
        """Map an existing block; FileNotFoundError while its creator has not made it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            mapping = mmap.mmap(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)
        return cls(path, mapping)

    def close(self) -> None:
        self.buffer.release()
        self._mapping.close()

    def unlink(self) -> None:
        self.path.unlink(missing_ok=True)
