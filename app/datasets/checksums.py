"""Checksums of everything a take writes, so that repair knows what power loss left whole.

After power loss a file may have its full length and zeros where its content
was not written yet; neither a video nor an Arrow stream notices. So each write
is noted, in one small file beside, as (file, offset, length, CRC-32), with a
CRC-32 of the note itself.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.datasets.disk import Disk, DiskFile

CHECKSUMS = "checksums"
_NOTE = struct.Struct("<HQII")
_CRC = struct.Struct("<I")


class ChecksumWriter:
    """Notes writes from several threads; the place in `names` is a file's number."""

    def __init__(self, folder: Path, names: Sequence[str], disk: Disk) -> None:
        self._numbers = {name: number for number, name in enumerate(names)}
        self._lock = threading.Lock()
        self._file = disk.create(folder / CHECKSUMS)

    def add(self, name: str, offset: int, data: bytes, write: Callable[[DiskFile, bytes], None]) -> None:
        """Note that `data` was written at `offset` of file `name`, by `write` as everything else."""
        body = _NOTE.pack(self._numbers[name], offset, len(data), zlib.crc32(data))
        with self._lock:
            write(self._file, body + _CRC.pack(zlib.crc32(body)))

    def sync(self) -> None:
        self._file.sync()

    def close(self) -> None:
        self._file.close()


def sound_lengths(folder: Path, names: Sequence[str]) -> Mapping[str, int]:
    """How many bytes of each file, from its start, are as they were written.

    Files without notes (a take that was an episode before) count as whole.
    """
    path = folder / CHECKSUMS
    if not path.exists():
        return {name: _size(folder / name) for name in names}
    notes: dict[int, list[tuple[int, int, int]]] = {number: [] for number in range(len(names))}
    for number, offset, length, crc in _sound_notes(path.read_bytes()):
        notes.get(number, []).append((offset, length, crc))
    return {name: _sound_length(folder / name, notes[number]) for number, name in enumerate(names)}


def _sound_notes(data: bytes) -> list[tuple[int, int, int, int]]:
    found = []
    step = _NOTE.size + _CRC.size
    for start in range(0, len(data) - step + 1, step):
        body = data[start : start + _NOTE.size]
        if _CRC.unpack_from(data, start + _NOTE.size)[0] == zlib.crc32(body):
            found.append(_NOTE.unpack(body))
    return found


def _sound_length(path: Path, notes: Sequence[tuple[int, int, int]]) -> int:
    sound = 0
    if not path.exists():
        return sound
    with open(path, "rb") as file:
        for offset, length, crc in notes:
            if offset != sound or zlib.crc32(file.read(length)) != crc:
                break
            sound += length
    return sound


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
