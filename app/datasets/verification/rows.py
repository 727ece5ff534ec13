"""`data/`: every row of every episode, against meta and against the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import stats_of, to_numpy
from app.datasets.episodes import data_path
from app.datasets.layout import ACTION, STATE, DatasetHead
from app.datasets.verification.findings import Report
from app.datasets.verification.meta import STALE

_SCALARS = {
    "float32": pa.float32(),
    "float64": pa.float64(),
    "int64": pa.int64(),
    "int32": pa.int32(),
    "bool": pa.bool_(),
    "string": pa.string(),
}
_ROUGH = {"rtol": 1e-3, "atol": 1e-4}


def check_rows(
    folder: Path,
    head: DatasetHead,
    table: pa.Table,
    tasks: list[str] | None,
    report: Report,
    said: Callable[[str, int, int], None],
) -> int:
    """How many rows there are in the files that can be read."""
    rows = table.to_pylist()
    files: dict[Path, list[tuple[int, dict[str, Any]]]] = {}
    for place, row in enumerate(rows):
        files.setdefault(data_path(folder, head, row), []).append((place, row))
    total = 0
    for number, (path, members) in enumerate(files.items()):
        said("Reading rows", number, len(files))
        total += _check_file(folder, path, members, head, tasks, report)
    known = {path.resolve() for path in files}
    for path in sorted((folder / "data").glob("*/*.parquet")):
        if path.resolve() not in known:
            name = path.relative_to(folder).as_posix()
            report.add("data_unused", name, "no episode lies in it", warning=True)
    return total


def _check_file(
    folder: Path,
    path: Path,
    members: list[tuple[int, dict[str, Any]]],
    head: DatasetHead,
    tasks: list[str] | None,
    report: Report,
) -> int:
    name = path.relative_to(folder).as_posix()
    try:
        data = pq.ParquetFile(path).read()
    except FileNotFoundError:
        report.add("data_missing", name, f"the rows of {_episodes(members)} are missing")
        return 0
    except (OSError, pa.ArrowInvalid) as error:
        report.add("data_damaged", name, f"the rows of {_episodes(members)} cannot be read ({error})")
        return 0
    if not _columns_fit(name, data.schema, head, report):
        return data.num_rows
    at = 0
    episodes = data.column("episode_index").to_numpy()
    wanted = [row["episode_index"] for _, row in members]
    labelled = sorted(set(episodes.tolist())) == sorted(set(wanted))
    if not labelled:
        words = f"its rows say episodes {_short(sorted(set(episodes.tolist())))}, meta says {_short(sorted(wanted))}"
        report.add("row_episode", name, words, mendable=len(members) == 1)
    for place, row in members:
        mine = data.filter(pa.array(episodes == row["episode_index"])) if labelled else data.slice(at, row["length"])
        at += row["length"] or 0
        _check_episode(place, mine, row, head, tasks, report)
    return data.num_rows


def _columns_fit(name: str, schema: pa.Schema, head: DatasetHead, report: Report) -> bool:
    """Whether every feature has its column, of its type."""
    fits = True
    for key, feature in head.features.items():
        if feature["dtype"] in ("video", "image", "language"):
            continue
        if key not in schema.names:
            report.add("column_missing", name, f"column {key} is missing")
            fits = False
            continue
        kind, scalar = schema.field(key).type, _SCALARS.get(feature["dtype"])
        inner = kind.value_type if pa.types.is_nested(kind) and hasattr(kind, "value_type") else kind
        while hasattr(inner, "value_type"):
            inner = inner.value_type
        size = int(np.prod(feature["shape"]))
        if scalar is not None and (inner != scalar or (size > 1) != pa.types.is_nested(kind)):
            report.add("column_type", name, f"column {key} is {kind}, not {feature['dtype']} of {feature['shape']}")
            fits = False
        elif pa.types.is_fixed_size_list(kind) and kind.list_size != size:
            report.add("column_type", name, f"column {key} has {kind.list_size} values a row, not {size}")
            fits = False
    return fits


def _check_episode(
    place: int,
    mine: pa.Table,
    row: Mapping[str, Any],
    head: DatasetHead,
    tasks: list[str] | None,
    report: Report,
) -> None:
    where = f"episode_index {place}"
    count = mine.num_rows
    if count != row["length"]:
        report.add("row_count", where, f"it has {count} rows, meta says {row['length']}", mendable=count > 0)
    if not count:
        return
    frames = np.arange(count)
    columns = {name: to_numpy(mine.column(name)) for name in ("frame_index", "index", "timestamp", "task_index")}
    if not np.array_equal(columns["frame_index"], frames):
        report.add("row_frame", where, "frame_index does not count from 0", mendable=True)
    if not np.array_equal(columns["index"], frames + (row["dataset_from_index"] or 0)):
        report.add("row_index", where, f"index does not count from {row['dataset_from_index']}", mendable=True)
    late = np.abs(columns["timestamp"].ravel() - frames / head.fps).max()
    if not late < 0.1 / head.fps:
        words = f"a time stamp is {late:.4f} s away from frame_index / fps"
        report.add("row_timestamp", where, words, mendable=True)
    if tasks is not None and (wrong := _wrong_task(columns["task_index"], tasks, row["tasks"] or ())):
        report.add("row_task", where, wrong, mendable=bool(row["tasks"]))
    for key in (STATE, ACTION):
        if key in mine.column_names:
            values = to_numpy(mine.column(key))
            if values.dtype != object and not np.isfinite(values.astype(np.float64)).all():
                report.add("row_not_finite", where, f"{key} has values that are not numbers")
    _check_stats(where, mine, row, head, report)


def _wrong_task(places: np.ndarray, tasks: list[str], said: Any) -> str:
    outside = [int(place) for place in np.unique(places) if not 0 <= place < len(tasks)]
    if outside:
        return f"task_index {outside[0]} is no task"
    named = {tasks[int(place)] for place in np.unique(places)}
    return (
        f"its rows have the task {sorted(named)[0]!r}, meta says {said[0]!r}" if not named & set(said) and said else ""
    )


def _check_stats(where: str, mine: pa.Table, row: Mapping[str, Any], head: DatasetHead, report: Report) -> None:
    """The least, greatest and mean value of each column; what LeRobot leaves stale is not looked at."""
    said = stats_of({name: value for name, value in row.items() if name.startswith("stats/")})
    for key, feature in head.features.items():
        if key in STALE or key not in mine.column_names or feature["dtype"] in ("string", "language", "image"):
            continue
        if key not in said:
            report.add("episode_stats", where, f"the statistics of {key} are missing", mendable=True)
            continue
        values = to_numpy(mine.column(key))
        if values.dtype == object:
            continue
        values = values.reshape(len(values), -1).astype(np.float64)
        for name, right in (("min", values.min(0)), ("max", values.max(0)), ("mean", values.mean(0))):
            found = np.asarray(said[key].get(name, ()), np.float64).ravel()
            if found.shape != right.shape or not np.allclose(found, right, equal_nan=True, **_ROUGH):
                report.add("episode_stats", where, f"{name} of {key} is not that of its rows", mendable=True)
                break


def _episodes(members: list[tuple[int, dict[str, Any]]]) -> str:
    first, last = members[0][0], members[-1][0]
    return f"episode_index {first}" if first == last else f"episode_index {first} to {last}"


def _short(values: list[int]) -> str:
    return ", ".join(map(str, values[:5])) + (", …" if len(values) > 5 else "")
