"""The studio's episode columns put back after somebody else's edit dropped them.

LeRobot's own tools keep or drop foreign columns (delete_episodes and
split_dataset drop them) and write files of another schema; a dataset whose
later files have columns that earlier ones lack cannot be loaded. So before an
episode is added the whole of `meta/episodes` has our schema, or is given it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from app.datasets.columns import episode_schema, episode_table, fact_values, facts_of
from app.datasets.disk import Disk
from app.datasets.episodes import episode_files, read_episode_tables
from app.datasets.errors import DatasetFormatMismatch
from app.datasets.generation import link_tree, new_generation
from app.datasets.layout import DatasetHead
from app.datasets.models import EpisodeFacts
from app.datasets.packing import write_episodes
from app.datasets.snapshot import carry_over

logger = logging.getLogger(__name__)


def needs_columns(folder: Path, head: DatasetHead) -> bool:
    """Whether the first or last file of meta/episodes differs from what a commit writes; reads two footers."""
    files = episode_files(folder)
    wanted = episode_schema(head.features)
    return any(not pq.read_schema(path).equals(wanted) for path in (*files[:1], *files[-1:]))


def reattach_columns(folder: Path, disk: Disk, facts: Mapping[int, EpisodeFacts] | None = None) -> None:
    """Rewrite meta/episodes in our schema; `facts` by episode index replace what is there.

    Where neither knows, the facts are unknown. Columns that are neither
    LeRobot's nor ours are dropped. The caller holds the lock. Raises
    DatasetFormatMismatch when statistics are missing, which cannot be invented.
    """
    head = DatasetHead.read(folder)
    schema = episode_schema(head.features)
    rows = read_episode_tables(folder).slice(0, head.total_episodes).to_pylist()
    for index, row in enumerate(rows):
        row |= fact_values((facts or {}).get(index) or facts_of(row))
    _require_columns(folder.name, rows, schema)
    with new_generation(folder, disk) as beside:
        for part in ("data", "videos"):
            if (folder / part).is_dir():
                link_tree(folder / part, beside / part, disk)
        carry_over(folder, beside, disk)
        write_episodes(episode_table(rows, schema), beside, head, disk, apart=True)
    logger.info("The studio's columns of dataset %s were put back.", folder.name)


def _require_columns(name: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    missing = sorted({column for row in rows for column in schema.names if row.get(column) is None})
    if missing:
        raise DatasetFormatMismatch(
            f"Dataset {name} lacks {', '.join(missing[:3])}{' and more' if len(missing) > 3 else ''} of its episodes.",
            todo="Record into a new dataset, or have LeRobot recompute its statistics.",
            missing=missing,
        )
