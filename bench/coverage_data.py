"""Datasets of any size as our recorder leaves them after so many saves and compactions, without the pictures.

What coverage reads is written by the writers of `app/datasets` themselves: the
schema, the packed file, the last episode's own file, and one file for each save
since. Only the numbers are made up, and data and videos are not there. A test
holds schema and files equal to those of a recorded and compacted dataset.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from app.checks.models import Check
from app.datasets import DatasetFormat, DatasetStore, Review, ReviewVerdict
from app.datasets.columns import data_schema, episode_schema
from app.datasets.disk import DISK
from app.datasets.layout import DATA_PATH, EPISODES_PATH, INFO, TASKS, features, next_file
from app.datasets.packing import write_episodes
from app.datasets.reviewlines import to_line
from app.datasets.tables import parquet_bytes, tasks_bytes
from app.devices.so101 import SO101
from app.guidance.layout import default_plan
from app.guidance.plan import Plan
from app.guidance.store import PlanStore
from app.guidance.targets import position_targets

SINCE_COMPACTION = 20
"""As many saves as the rule of docs/dataset.md lets lie beside the packed file."""

OPERATORS = ("Ada", "Bo", "Chen", "Dia")
STATIONS = ("simulator", "north")
BEGAN = datetime(2026, 9, 1, 8, tzinfo=UTC)
TASK = "Put the tea bag in the mug."


def plan_of(seed: int = 0) -> Plan:
    """The guide's plan of the SO-101."""
    ring = SO101.reach
    return default_plan(TASK, ring.holds if ring else lambda x_cm, y_cm: True, seed=seed)


def make_dataset(
    store: DatasetStore,
    name: str,
    format: DatasetFormat,
    episodes: int,
    *,
    seed: int = 0,
    plan: Plan | None = None,
    compacted: bool = True,
    reviewed: float = 0.3,
    weak: str = "",
    since: int = SINCE_COMPACTION,
    data: bool = False,
) -> Path:
    """A dataset of `episodes` takes over weeks by several people; its folder.

    `reviewed` is the part that somebody judged. Cluster `weak` gets few takes,
    and many of them fail. With `data` the rows are there, too: all zero.
    """
    folder = store.create(name, format).folder
    rng = np.random.default_rng(seed)
    plan = plan or plan_of()
    table = episodes_table(format, episodes, plan, rng, weak)
    later = min(since, max(0, episodes - 2)) if compacted else episodes - 1
    head = store.open(name).head.with_totals(episodes, int(np.sum(table.column("length").to_numpy())), 1)
    write_episodes(table.slice(0, episodes - later), folder, head, DISK, apart=compacted)
    place = (0, 2) if compacted else (0, 1)
    for row in range(episodes - later, episodes):
        path = folder / EPISODES_PATH.format(chunk_index=place[0], file_index=place[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(parquet_bytes(table.slice(row, 1)))
        place = next_file(place, head.chunks_size)
    (folder / TASKS).write_bytes(tasks_bytes([TASK]))
    (folder / INFO).write_bytes(head.json_bytes())
    PlanStore(store).save(name, plan)
    if data:
        _write_rows(folder, format, table)
    if reviewed:
        _review(folder, table, reviewed, rng)
    return folder


def episodes_table(
    format: DatasetFormat, episodes: int, plan: Plan, rng: np.random.Generator, weak: str = ""
) -> pa.Table:
    """Rows of meta/episodes in the recorder's schema."""
    schema = episode_schema(features(format))
    made = _facts(format, episodes, plan, rng, weak)
    columns = [_column(field, made, episodes, rng) for field in schema]
    return pa.table(columns, schema=schema)


def _facts(format: DatasetFormat, n: int, plan: Plan, rng: np.random.Generator, weak: str) -> dict[str, Any]:
    targets = position_targets(plan)
    odds = np.array([0.15 if one.cluster == weak else 1.0 for one in targets])
    chosen = rng.choice(len(targets), n, p=odds / odds.sum())
    xs, ys, yaws = (np.array([getattr(t.placement, part) for t in targets]) for part in ("x_cm", "y_cm", "yaw_deg"))
    recovery = rng.random(n) < plan.recovery_share
    lengths = np.clip(rng.normal(9.5 * format.fps, 1.5 * format.fps, n), 40, None).astype(np.int64)
    frames = np.concatenate([[0], np.cumsum(lengths)])
    failing = np.where(np.isin(chosen, [i for i, t in enumerate(targets) if t.cluster == weak]), 0.5, 0.08)
    outcome = np.where(rng.random(n) < failing, "failure", np.where(rng.random(n) < 0.1, "partial", "success"))
    # A day is four hours of work in one go: 30 s from take to take, now and then a break.
    seconds = np.cumsum(rng.normal(30, 5, n).clip(15) + (rng.random(n) < 0.02) * 900)
    moments = [BEGAN + timedelta(days=int(s // 14_400), seconds=float(s % 14_400)) for s in seconds]
    causes = [cause.name for cause in plan.causes]
    placed = rng.normal(0, 0.35, (2, n))
    return {
        "episode_index": np.arange(n),
        "tasks": [[TASK]] * n,
        "length": lengths,
        "dataset_from_index": frames[:-1],
        "dataset_to_index": frames[1:],
        "stats/studio.recovery/mean": np.where(recovery, 0.4, 0.0),
        "studio/uuid": [f"{seed:08x}-0000-4000-8000-{i:012x}" for i, seed in enumerate(rng.integers(0, 2**32, n))],
        "studio/session": [f"session-{moment:%Y-%m-%d}" for moment in moments],
        "studio/plan_version": np.ones(n, np.int64),
        "studio/cluster": [targets[i].cluster for i in chosen],
        "studio/position": [targets[i].position for i in chosen],
        "studio/target_x_cm": xs[chosen],
        "studio/target_y_cm": ys[chosen],
        "studio/target_yaw_deg": yaws[chosen],
        "studio/placed_x_cm": xs[chosen] + placed[0],
        "studio/placed_y_cm": ys[chosen] + placed[1],
        "studio/placed_yaw_deg": yaws[chosen] + rng.normal(0, 4, n),
        "studio/placed_source": ["simulator"] * n,
        "studio/kind": np.where(recovery, "recovery", "nominal"),
        "studio/recovery_cause": [causes[i % len(causes)] if r else "" for i, r in enumerate(recovery)],
        "studio/outcome": outcome,
        "studio/operator": np.array(OPERATORS)[rng.integers(0, len(OPERATORS), n)],
        "studio/driver": ["person"] * n,
        "studio/input": ["gamepad"] * n,
        "studio/rig": np.array(STATIONS)[rng.integers(0, len(STATIONS), n)],
        "studio/checks": [_checks(word) for word in np.where(rng.random(n) < 0.1, "warn", "ok")],
        "studio/recorded_at": [moment.isoformat(timespec="milliseconds") for moment in moments],
    }


def _checks(level: str) -> str:
    """As long as a real column: every check with its numbers."""
    return json.dumps(
        {
            str(check): {
                "level": level if number == 0 else "ok",
                "text": "The take is longer than usual." if number == 0 and level != "ok" else "",
                "numbers": {"seen": 0.123456, "limit": 1.5},
            }
            for number, check in enumerate(Check)
        },
        separators=(",", ":"),
    )


def _column(field: pa.Field, made: dict[str, Any], n: int, rng: np.random.Generator) -> pa.Array:
    if field.name in made:
        values = np.asarray(made[field.name]) if field.name != "tasks" else made[field.name]
        if pa.types.is_list(field.type) and field.name != "tasks":
            return pa.ListArray.from_arrays(pa.array(np.arange(n + 1), pa.int32()), pa.array(values, pa.float64()))
        return pa.array(values, field.type)
    if pa.types.is_list(field.type):
        return _lists(field, n, rng)
    if pa.types.is_string(field.type):
        return pa.array(["{}" if field.name == "studio/checks" else ""] * n)
    if pa.types.is_floating(field.type):
        return pa.array(np.full(n, np.nan if field.name.startswith("studio/") else 9.5))
    return pa.array(np.zeros(n, np.int64))


def _lists(field: pa.Field, n: int, rng: np.random.Generator) -> pa.Array:
    """Statistics: of a picture (3, 1, 1), of a vector six numbers, of anything else one."""
    picture = pa.types.is_list(field.type.value_type)
    width = 3 if picture else 6 if any(part in field.name for part in ("/action/", "observation.state/")) else 1
    if field.name.endswith("/count"):
        return _nested(pa.array(rng.integers(100, 400, n)), 1, n)
    values: Any = pa.array(rng.random(n * width))
    if picture:
        for _ in range(2):
            values = _nested(values, 1, n * width)
    return _nested(values, width, n)


def _nested(values: Any, width: int, n: int) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(np.arange(n + 1) * width, pa.int32()), values)


def _write_rows(folder: Path, format: DatasetFormat, table: pa.Table) -> None:
    """One file of data, a row group an episode, as a compaction leaves it."""
    lengths = table.column("length").to_numpy()
    count = int(lengths.sum())
    episodes = np.repeat(np.arange(len(lengths)), lengths)
    columns = []
    for field in data_schema(features(format)):
        if pa.types.is_fixed_size_list(field.type):
            width = field.type.list_size
            zeros = pa.array(np.zeros(count * width), field.type.value_type)
            columns.append(pa.FixedSizeListArray.from_arrays(zeros, width))
        else:
            values = episodes if field.name == "episode_index" else np.zeros(count)
            columns.append(pa.array(values).cast(field.type))
    path = folder / DATA_PATH.format(chunk_index=0, file_index=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = pa.table(columns, schema=data_schema(features(format)))
    path.write_bytes(parquet_bytes(rows, row_groups=lengths.tolist()))


def _review(folder: Path, table: pa.Table, part: float, rng: np.random.Generator) -> None:
    uuids, outcomes = table.column("studio/uuid").to_pylist(), table.column("studio/outcome").to_pylist()
    blank = Review("", reviewer="Lea", at="2026-11-20T10:00:00+00:00")
    lines = []
    for number in np.flatnonzero(rng.random(len(uuids)) < part).tolist():
        bad = outcomes[number] == "failure" or rng.random() < 0.05
        verdict = ReviewVerdict.rejected if bad else ReviewVerdict.accepted
        reason = "object not reached" if bad else ""
        lines.append(to_line(replace(blank, uuid=uuids[number], verdict=verdict, reason=reason, id=f"{number:016x}")))
    path = folder / "meta/studio/reviews.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))
