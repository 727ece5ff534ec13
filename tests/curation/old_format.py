"""A dataset in LeRobot's format v2.1, laid out from one of ours: one file an episode, JSON lines in meta."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from app.datasets import Dataset
from app.datasets.columns import stats_of
from app.datasets.episodes import read_episode_tables
from app.datasets.layout import INFO
from app.datasets.stats import stats_to_json
from app.datasets.tables import read_tasks


def as_v21(dataset: Dataset, target: Path) -> None:
    """`dataset` must not be compacted: its files are one an episode already."""
    source = dataset.folder
    rows = read_episode_tables(source).to_pylist()
    info = json.loads((source / INFO).read_text())
    for name in ("data_files_size_in_mb", "video_files_size_in_mb"):
        info.pop(name)
    info |= {
        "codebase_version": "v2.1",
        "total_chunks": 1,
        "total_videos": len(rows) * len(dataset.head.video_keys),
        "data_path": "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
        "video_path": "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
    }
    (target / "meta").mkdir(parents=True)
    (target / "data/chunk-000").mkdir(parents=True)
    (target / INFO).write_text(json.dumps(info))
    lines = [{"episode_index": row["episode_index"], "tasks": row["tasks"], "length": row["length"]} for row in rows]
    stats = [{"episode_index": row["episode_index"], "stats": stats_to_json(stats_of(row))} for row in rows]
    tasks = [{"task_index": index, "task": task} for index, task in enumerate(read_tasks(source))]
    for name, items in (("episodes", lines), ("episodes_stats", stats), ("tasks", tasks)):
        (target / f"meta/{name}.jsonl").write_text("".join(f"{json.dumps(item)}\n" for item in items))
    for index in range(len(rows)):
        name = f"episode_{index:06d}"
        shutil.copy(source / f"data/chunk-000/file-{index:03d}.parquet", target / f"data/chunk-000/{name}.parquet")
        for key in dataset.head.video_keys:
            folder = target / "videos/chunk-000" / key
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / f"videos/{key}/chunk-000/file-{index:03d}.mp4", folder / f"{name}.mp4")
