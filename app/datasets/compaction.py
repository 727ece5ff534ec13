"""Small files into large ones, in the background, while recording goes on.

The rule is in docs/dataset.md: worth it from `MIN_FILES` small files on, and
the last episode's files stay alone. The new generation is built from a
snapshot without the writer's lock, which is taken for the last step only: that
links what was saved meanwhile. If anything of the snapshot was changed, the
work is thrown away.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from pathlib import Path

from app.datasets.disk import DISK, Disk
from app.datasets.errors import DatasetChanged
from app.datasets.generation import new_generation, recover_generation
from app.datasets.intent import roll_forward
from app.datasets.layout import DatasetHead
from app.datasets.lock import dataset_lock
from app.datasets.packing import pack
from app.datasets.snapshot import Layout, carry_over

logger = logging.getLogger(__name__)

MIN_FILES = 20
COMPACT = "compact"
_MB = 1024 * 1024


def worth_compacting(folder: Path, min_files: int = MIN_FILES) -> bool:
    """Whether the rule asks for it: `min_files` data files under half the size limit, the last not counted."""
    limit = DatasetHead.read(folder).data_files_size_in_mb * _MB / 2
    files = sorted((folder / "data").glob("*/*.parquet"))[:-1]
    return sum(path.stat().st_size < limit for path in files) >= min_files


def compact(folder: Path, disk: Disk = DISK) -> bool:
    """Merge small files; False when there was nothing to merge.

    Raises DatasetBusy when another compaction runs, DatasetChanged when an
    edit or undo overtook it: nothing has changed then.
    """
    with ExitStack() as locks:
        locks.enter_context(dataset_lock(folder, what=COMPACT, wait_s=0.0))
        with dataset_lock(folder):
            recover_generation(folder, disk)
            roll_forward(folder, disk)
            if DatasetHead.read(folder).total_episodes == 0:
                return False
            layout = Layout.read(folder)
        data = pack(layout.data, layout.head.data_files_size_in_mb * _MB)
        limit = layout.head.video_files_size_in_mb * _MB
        videos = {key: pack(units, limit) for key, units in layout.videos.items()}
        after = len(data) + sum(len(groups) for groups in videos.values())
        if after == layout.file_count:
            return False
        with new_generation(folder, disk) as beside:
            layout.write(beside, data, videos, disk, last_apart=layout.episodes_in_files > 1)
            locks.enter_context(dataset_lock(folder))
            if not layout.unchanged():
                raise DatasetChanged(
                    f"Dataset {folder.name} was edited while it was being compacted.",
                    todo="Nothing was changed; it will be tried again.",
                )
            carry_over(folder, beside, disk, since=layout)
        logger.info("Dataset %s: %d files were merged into %d.", folder.name, layout.file_count, after)
        return True
