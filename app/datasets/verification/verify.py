"""One look at everything: the head, the tables of meta, the rows of every episode, every picture.

It holds a dataset to what LeRobot 0.6 reads and writes: whatever LeRobot wrote
itself passes, so columns that LeRobot leaves as they were after its own edits
(statistics of the indices) are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.datasets.errors import DatasetUnreadable
from app.datasets.intent import needs_rolling
from app.datasets.layout import INFO, VERSION, DatasetHead
from app.datasets.verification.findings import Report
from app.datasets.verification.meta import check_episodes, check_stats, check_tasks, read_meta
from app.datasets.verification.rows import check_rows
from app.datasets.verification.videos import check_videos

type Said = Callable[[str, int, int], None]


def verify(folder: Path, said: Said = lambda words, step, steps: None, *, pictures: bool = True) -> Report:
    """Look at dataset `folder`; with `pictures` every one is decoded, else only counted. Reads only."""
    report = Report(folder.name)
    head = _head(folder, report)
    if head is None:
        return report
    said("Reading tables", 0, 1)
    if needs_rolling(folder):
        report.add("unfinished", "meta/studio/intent", "a change was interrupted and not completed", mendable=True)
    tasks = check_tasks(folder, head, report)
    table = read_meta(folder, head, report)
    if table is None:
        return report
    episodes = check_episodes(folder, head, table, tasks, report)
    frames = check_rows(folder, head, table, tasks, report, said)
    report.episodes, report.frames = len(episodes), frames
    if frames != head.total_frames:
        words = f"total_frames is {head.total_frames}, but there are {frames} rows"
        report.add("total_frames", INFO.as_posix(), words, mendable=True)
    check_stats(folder, head, table, report)
    report.pictures = check_videos(folder, head, episodes, report, said, decode=pictures)
    return report


def _head(folder: Path, report: Report) -> DatasetHead | None:
    where = INFO.as_posix()
    try:
        raw: dict[str, Any] = json.loads((folder / INFO).read_text())
    except (OSError, ValueError) as error:
        report.add("info_unreadable", where, f"it is missing or damaged ({error})")
        return None
    try:
        head = DatasetHead.read(folder)
        _require_features(raw["features"])
    except (DatasetUnreadable, KeyError, TypeError, ValueError) as error:
        report.add("info_unreadable", where, f"{error}")
        return None
    if head.fps <= 0:
        report.add("fps", where, f"fps is {head.fps}")
        return None
    if raw.get("codebase_version") != VERSION:
        report.add("version", where, f"the version is {raw.get('codebase_version')}", warning=True)
    whole = f"0:{head.total_episodes}"
    splits = raw.get("splits") or {}
    if list(splits) == ["train"] and splits["train"] != whole:
        report.add("splits", where, f"splits say {splits['train']!r}, not {whole!r}", mendable=True)
    return head


def _require_features(features: dict[str, Any]) -> None:
    for key, feature in features.items():
        if not isinstance(feature.get("dtype"), str) or not isinstance(feature.get("shape"), list | tuple):
            raise ValueError(f"the feature {key} has no dtype or shape")
    for key in ("timestamp", "frame_index", "episode_index", "index", "task_index"):
        if key not in features:
            raise ValueError(f"the feature {key} is missing")
