"""`meta/`: tasks, episodes, statistics."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import stats_of
from app.datasets.episodes import episode_files
from app.datasets.errors import DatasetUnreadable
from app.datasets.layout import INFO, STATS, STUDIO, TASKS, DatasetHead
from app.datasets.stats import aggregate
from app.datasets.tables import read_tasks
from app.datasets.verification.findings import Report

STALE = ("index", "episode_index", "task_index")  # LeRobot's own edits leave the statistics of these as they were
_ROUGH = {"rtol": 1e-3, "atol": 1e-4}
_EPISODES = "meta/episodes"
_SHOWN = 5


def check_tasks(folder: Path, head: DatasetHead, report: Report) -> list[str] | None:
    where = TASKS.as_posix()
    if not (folder / TASKS).exists():
        if head.total_episodes:
            report.add("tasks_missing", where, "the file is missing", mendable=True)
        return None
    try:
        tasks = read_tasks(folder)
        places = sorted(pq.read_table(folder / TASKS).column("task_index").to_pylist())
    except (OSError, pa.ArrowInvalid, DatasetUnreadable, KeyError) as error:
        report.add("tasks_damaged", where, f"it cannot be read ({error})", mendable=True)
        return None
    if places != list(range(len(places))):
        report.add("task_order", where, f"task_index is {places[:_SHOWN]}, not 0 to {len(places) - 1}", mendable=True)
        return None
    if len(set(tasks)) != len(tasks):
        report.add("task_twice", where, "a task is there twice", mendable=True)
    if len(tasks) != head.total_tasks:
        words = f"total_tasks is {head.total_tasks}, but there are {len(tasks)}"
        report.add("total_tasks", INFO.as_posix(), words, mendable=True)
    return tasks


def read_meta(folder: Path, head: DatasetHead, report: Report) -> pa.Table | None:
    """meta/episodes whole; None when it cannot be used, and the reason is in the report."""
    files = episode_files(folder)
    if not files:
        if head.total_episodes:
            report.add("episodes_missing", _EPISODES, "there is no file of episodes")
        return None
    tables = []
    for path in files:
        name = path.relative_to(folder).as_posix()
        try:
            tables.append(pq.ParquetFile(path).read().replace_schema_metadata())
        except (OSError, pa.ArrowInvalid) as error:
            report.add("episodes_damaged", name, f"it cannot be read ({error})")
            return None
        if set(tables[-1].column_names) != set(tables[0].column_names):
            odd = sorted(set(tables[-1].column_names) ^ set(tables[0].column_names))
            words = f"its columns differ from those of {files[0].name}: {', '.join(odd[:_SHOWN])}; LeRobot refuses that"
            report.add("episodes_columns", name, words, mendable=all(column.startswith(STUDIO) for column in odd))
        empty = [field.name for field in tables[-1].schema if pa.types.is_null(field.type)]
        if empty:
            words = f"{', '.join(empty[:_SHOWN])} has no type, since no episode has a value; LeRobot cannot load that"
            report.add("episodes_types", name, words, mendable=all(column.startswith(STUDIO) for column in empty))
    joined = pa.concat_tables(tables, promote_options="permissive").combine_chunks()
    missing = [name for name in _needed(head) if name not in joined.column_names]
    if missing:
        report.add("episodes_columns", _EPISODES, f"columns are missing: {', '.join(missing[:_SHOWN])}")
        return None
    if joined.num_rows != head.total_episodes:
        words = f"total_episodes is {head.total_episodes}, but {joined.num_rows} are listed"
        report.add("total_episodes", INFO.as_posix(), words, mendable=True)
    return joined


def _needed(head: DatasetHead) -> list[str]:
    names = ["episode_index", "tasks", "length", "dataset_from_index", "dataset_to_index"]
    names += ["data/chunk_index", "data/file_index"]
    for key in head.video_keys:
        names += [f"videos/{key}/{part}" for part in ("chunk_index", "file_index", "from_timestamp", "to_timestamp")]
    return names


def check_episodes(
    folder: Path, head: DatasetHead, table: pa.Table, tasks: list[str] | None, report: Report
) -> list[dict[str, Any]]:
    """The rows of meta/episodes without statistics, each checked for itself and against its neighbours."""
    names = [name for name in table.column_names if not name.startswith("stats/")]
    rows = table.select(names).to_pylist()
    nulls = [name for name in names if name.startswith(STUDIO) and table.column(name).null_count]
    if nulls:
        words = f"{', '.join(nulls[:_SHOWN])} is empty in places, as after a merge behind the studio's back"
        report.add("studio_null", _EPISODES, words, mendable=True, warning=True)
    expected = 0
    for place, row in enumerate(rows):
        where = f"episode_index {place}"
        if row["episode_index"] != place:
            words = f"its episode_index is {row['episode_index']}"
            report.add("episode_order", where, words, mendable=True)
        if row["length"] is None or row["length"] < 1:
            report.add("episode_empty", where, f"its length is {row['length']}")
        if row["dataset_from_index"] != expected or row["dataset_to_index"] != expected + (row["length"] or 0):
            words = (
                f"it spans rows {row['dataset_from_index']} to {row['dataset_to_index']} of the dataset,"
                f" not {expected} to {expected + (row['length'] or 0)}"
            )
            report.add("episode_span", where, words, mendable=True)
        expected += row["length"] or 0
        unknown = [task for task in row["tasks"] or () if tasks is not None and task not in tasks]
        if unknown or not row["tasks"]:
            report.add("episode_task", where, f"its task {unknown or row['tasks']!r} is not in {TASKS}", mendable=True)
    seen = Counter(row.get(f"{STUDIO}uuid") for row in rows)
    for uuid, count in seen.items():
        if uuid and count > 1:
            report.add("uuid_twice", _EPISODES, f"{count} episodes have the uuid {uuid}")
    return rows


def check_stats(folder: Path, head: DatasetHead, table: pa.Table, report: Report) -> None:
    """stats.json against the statistics of the episodes."""
    where = STATS.as_posix()
    wanted = [key for key, feature in head.features.items() if feature["dtype"] not in ("string", "language")]
    lacking = [key for key in wanted if f"stats/{key}/mean" not in table.column_names]
    if lacking:
        words = f"the statistics of {', '.join(lacking[:_SHOWN])} are missing"
        report.add("episode_stats", _EPISODES, words, mendable=True)
        return
    try:
        said = json.loads((folder / STATS).read_text())
    except (OSError, ValueError) as error:
        report.add("stats_unreadable", where, f"it is missing or damaged ({error})", mendable=True)
        return
    names = [name for name in table.column_names if name.startswith("stats/")]
    summed = aggregate([stats_of(row) for row in table.select(names).to_pylist()])
    for key in wanted:
        if key not in said:
            report.add("stats_wrong", where, f"{key} is missing", mendable=True)
            continue
        if key in STALE:
            continue
        for name in ("min", "max", "mean", "std", "count"):
            if not _close(said[key].get(name), summed[key][name]):
                report.add("stats_wrong", where, f"{name} of {key} is not that of its episodes", mendable=True)
                break


def _close(said: Any, wanted: np.ndarray) -> bool:
    if said is None:
        return False
    mine = np.asarray(said, np.float64).ravel()
    theirs = np.asarray(wanted, np.float64).ravel()
    return mine.shape == theirs.shape and bool(np.allclose(mine, theirs, equal_nan=True, **_ROUGH))
