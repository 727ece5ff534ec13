"""A take's rows as an Arrow IPC stream: appended while recording, readable up to any cut."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from app.datasets.columns import row_schema
from app.datasets.disk import Disk, DiskFile
from app.datasets.layout import ACTION, INTERVENTION, MONOTONIC, RECOVERY, STATE, age_column, repeated_column
from app.datasets.models import DatasetFormat, Picture, Row


class _Sink:
    """Adapts our file to what pyarrow writes to."""

    closed = False

    def __init__(self, file: DiskFile, on_write: Callable[[DiskFile, bytes], None]) -> None:
        self._file = file
        self._on_write = on_write

    def write(self, data: bytes) -> int:
        self._on_write(self._file, bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def writable(self) -> bool:
        return True


class RowWriter:
    """Buffers rows until `flush`, which writes without holding up `append`: a busy disk may block for seconds."""

    def __init__(
        self, path: Path, format: DatasetFormat, disk: Disk, on_write: Callable[[DiskFile, bytes], None]
    ) -> None:
        self._format = format
        self._schema = row_schema(format)
        self._file = disk.create(path)
        self._stream = pa.ipc.new_stream(pa.PythonFile(_Sink(self._file, on_write), mode="w"), self._schema)
        self._waiting: list[tuple[Row, Mapping[str, Picture]]] = []
        self._queueing = threading.Lock()
        self._writing = threading.Lock()

    def append(self, row: Row, pictures: Mapping[str, Picture]) -> None:
        bare = {name: Picture(_NOTHING, picture.age_ms, picture.repeated) for name, picture in pictures.items()}
        with self._queueing:
            self._waiting.append((row, bare))

    def flush(self) -> None:
        """Write what waits; durable after `sync`."""
        with self._writing:
            with self._queueing:
                waiting, self._waiting = self._waiting, []
            if not waiting:
                return
            try:
                batch = self._batch(waiting)
            except Exception:
                with self._queueing:
                    self._waiting[:0] = waiting
                raise
            self._stream.write_batch(batch)

    def sync(self) -> None:
        self._file.sync()

    def finish(self) -> None:
        self.flush()
        self._stream.close()
        self._file.sync()
        self._file.close()

    def _batch(self, waiting: list[tuple[Row, Mapping[str, Picture]]]) -> pa.RecordBatch:
        rows = [row for row, _ in waiting]
        joints = len(self._format.joints)
        columns: dict[str, pa.Array] = {
            name: pa.FixedSizeListArray.from_arrays(
                pa.array(np.concatenate([np.asarray(part, np.float32) for part in parts])), joints
            )
            for name, parts in ((ACTION, [row.action for row in rows]), (STATE, [row.state for row in rows]))
        }
        for camera in self._format.cameras:
            shots = [pictures[camera.name] for _, pictures in waiting]
            columns[age_column(camera.name)] = pa.array([shot.age_ms for shot in shots], pa.float32())
            columns[repeated_column(camera.name)] = pa.array([bool(shot.repeated) for shot in shots], pa.bool_())
        columns[MONOTONIC] = pa.array([row.monotonic_s for row in rows], pa.float64())
        columns[INTERVENTION] = pa.array([bool(row.intervention) for row in rows], pa.bool_())
        columns[RECOVERY] = pa.array([bool(row.recovery) for row in rows], pa.bool_())
        return pa.record_batch([columns[name] for name in self._schema.names], schema=self._schema)


_NOTHING = np.zeros((0, 0), np.uint8)


def read_rows(path: Path, format: DatasetFormat) -> pa.Table:
    """The whole rows of a journal, up to the first damage; a missing or foreign file reads as no rows."""
    schema = row_schema(format)
    batches: list[pa.RecordBatch] = []
    try:
        with pa.OSFile(str(path)) as source, pa.ipc.open_stream(source) as reader:
            if not reader.schema.equals(schema):
                return schema.empty_table()
            for batch in reader:
                batch.validate(full=True)
                batches.append(batch)
    except (OSError, pa.ArrowInvalid, StopIteration):
        pass
    return pa.Table.from_batches(batches, schema)


def write_rows(path: Path, rows: pa.Table, disk: Disk) -> None:
    """A whole journal, durable but for its name."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as stream:
        stream.write_table(rows)
    disk.write(path, sink.getvalue().to_pybytes())
