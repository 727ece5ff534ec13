"""A few columns of meta/episodes as Arrow, file by file: 100,000 episodes without a row in Python."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.episodes import Identity, episode_files, identity
from app.datasets.errors import DatasetUnreadable

_TRIES = 3


class PartFile:
    """Those of the wanted columns that one file has: as one table, or in pieces where they are too large for that."""

    def __init__(self, file: pq.ParquetFile, names: Collection[str]) -> None:
        self._file = file
        self._names = [name for name in file.schema_arrow.names if name in names]

    @property
    def rows(self) -> int:
        return self._file.metadata.num_rows

    def table(self) -> pa.Table:
        return self._file.read(columns=self._names)

    def pieces(self, rows: int = 4096) -> Iterator[pa.RecordBatch]:
        yield from self._file.iter_batches(rows, columns=self._names)


class EpisodeParts[T]:
    """Each file of meta/episodes as `make(its columns)`, made again only when the file changed.

    Used by one thread at a time. A saved episode is one more small file, so
    following a recording costs one small read.
    """

    def __init__(self, names: Collection[str], make: Callable[[PartFile], T]) -> None:
        self._names = frozenset(names)
        self._make = make
        self._files: dict[Path, tuple[Identity, T]] = {}

    def read(self, folder: Path) -> list[T]:
        """In the order of the episodes; parts that info.json does not count yet are there, too. DatasetUnreadable."""
        for _ in range(_TRIES):
            try:
                return self._read(folder)
            except FileNotFoundError:  # a compaction swapped the folder between two looks
                continue
        raise DatasetUnreadable(
            f"The files of {folder.name}/meta/episodes change faster than they can be read.", todo="Try again."
        )

    def _read(self, folder: Path) -> list[T]:
        found: dict[Path, tuple[Identity, T]] = {}
        for path in episode_files(folder):
            now = identity(path)
            known = self._files.get(path)
            found[path] = known if known and known[0] == now else (now, self._made(path))
        self._files = found
        return [part for _, part in found.values()]

    def _made(self, path: Path) -> T:
        try:
            with pq.ParquetFile(path) as file:
                return self._make(PartFile(file, self._names))
        except FileNotFoundError:
            raise
        except (OSError, pa.ArrowInvalid) as error:
            raise DatasetUnreadable(
                f"{path.name} of meta/episodes is damaged ({error}).", todo="Restore the file from a copy."
            ) from error


def episodes_stamp(folder: Path) -> tuple[tuple[str, Identity], ...]:
    """What changes when an episode is saved, edited or taken back, without reading any."""
    found = []
    for path in episode_files(folder):
        try:
            found.append((path.name, identity(path)))
        except FileNotFoundError:
            found.append((path.name, (0, 0, 0)))
    return tuple(found)
