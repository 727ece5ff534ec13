"""From LeRobot's format v2.1 to v3.0 by LeRobot's own converter, on a copy, in the job's child."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from app.core.errors import StudioError
from app.curation.arguments import Convert
from app.curation.old_format import require_v21
from app.datasets import Dataset
from app.datasets.disk import DISK
from app.datasets.generation import new_generation
from app.datasets.lock import dataset_lock
from app.datasets.trash import keep
from app.datasets.verification import verify
from app.jobs import Link, Outcome, Work


class ConversionUnsound(StudioError):
    code = "conversion_unsound"


def run(arguments: Convert, work: Work) -> Outcome:
    folder = work.data.datasets / arguments.dataset
    require_v21(folder)
    work.report("Copying")
    copy = work.scratch / "converted" / arguments.dataset
    shutil.copytree(folder, copy)
    before = _states(folder)
    _convert(copy, work)
    work.report("Looking at the result")
    report = verify(copy)
    if not report.sound:
        raise ConversionUnsound(
            f"The converted dataset has faults, the first: {report.errors[0]}.",
            todo="Nothing was changed. The log lists all of them; LeRobot's issue tracker may know the first.",
        )
    with dataset_lock(folder), new_generation(folder, DISK) as beside:
        if _states(folder) != before:
            raise ConversionUnsound(f"{folder.name} was changed meanwhile.", todo="Start it again.")
        keep(folder, "Before its conversion from v2.1", work.file.user, DISK)
        for path in sorted(copy.iterdir()):
            DISK.rename(path, beside / path.name)
    opened = Dataset.open(folder)
    words = f"{arguments.dataset} is in format v3.0 now: {opened.total_episodes} episodes. The old one is in the trash."
    return Outcome(words, (Link("Open it", f"/datasets/{arguments.dataset}"),), {"episodes": opened.total_episodes})


def _convert(copy: Path, work: Work) -> None:
    home = work.scratch / "hf"
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": str(home), "HF_LEROBOT_HOME": str(home / "lerobot")}
    work.report("Loading LeRobot's converter")
    from lerobot.scripts.convert_dataset_v21_to_v30 import convert_dataset

    work.report("Converting")
    convert_dataset(f"local/{copy.name}", root=copy, push_to_hub=False)


def _states(folder: Path) -> dict[str, tuple[int, int]]:
    stats = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}
