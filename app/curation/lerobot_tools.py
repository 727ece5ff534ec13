"""LeRobot's dataset tools, as the edits use them. Only job children import this: it loads torch.

The tools get no network and no cache in anybody's home, their progress bars
report to the job, and `meta.episodes` is handed to them as plain rows: they look
every episode up in it for every file, which takes hours in a table of LeRobot's.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from app.datasets.episodes import episode_files
from app.jobs import Work

log = logging.getLogger(__name__)


class Tools:
    """The tools, loaded once for one job."""

    def __init__(self, work: Work) -> None:
        home = work.scratch / "hf"
        os.environ |= {
            "HF_HUB_OFFLINE": "1",
            "HF_HOME": str(home),
            "HF_DATASETS_CACHE": str(home / "datasets"),
            "HF_LEROBOT_HOME": str(home / "lerobot"),
            "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        }
        work.report("Loading LeRobot")
        import av.logging
        from lerobot.datasets import aggregate, dataset_tools
        from lerobot.datasets.lerobot_dataset import LeRobotDataset

        av.logging.set_libav_level(av.logging.ERROR)
        self._work = work
        self._tools = dataset_tools
        self._open = LeRobotDataset
        dataset_tools.tqdm = self._bar  # type: ignore[attr-defined]
        aggregate.tqdm = _Module(self._bar)  # type: ignore[attr-defined]

    def open(self, folder: Path) -> Any:
        """A LeRobotDataset on `folder`, offline."""
        dataset = self._open(f"local/{folder.name}", root=folder, video_backend="pyav")
        dataset.meta.episodes = _Rows(dataset.meta.episodes, folder)  # type: ignore[assignment]
        return dataset

    def split(self, source: Path, parts: Mapping[str, Sequence[int]], target: Path) -> None:
        """`target/NAME` for every part."""
        self._tools.split_dataset(self.open(source), {name: list(part) for name, part in parts.items()}, target)

    def delete(self, source: Path, episodes: Sequence[int], target: Path) -> None:
        self._tools.delete_episodes(self.open(source), list(episodes), target, "local/edited")

    def merge(self, sources: Sequence[Path], target: Path) -> None:
        self._tools.merge_datasets([self.open(source) for source in sources], "local/merged", target)

    def rename_tasks(self, folder: Path, replacements: Mapping[str, str]) -> None:
        """In place: `folder` must be a real copy of data and meta."""
        self._tools.modify_tasks(self.open(folder), task_replacements=dict(replacements))

    def encode_again(self, folder: Path, codec: str) -> None:
        """In place: `folder` must be a real copy of videos and meta."""
        from lerobot.configs import RGBEncoderConfig

        from app.datasets.layout import ENCODER_INFO
        from app.datasets.models import VideoCodec

        settings = ENCODER_INFO[VideoCodec(codec)]
        names = {"h264": "h264", "av1": "libsvtav1"}
        encoder = RGBEncoderConfig(vcodec=names[codec], pix_fmt="yuv420p", **settings)
        self._tools.reencode_dataset(self.open(folder), rgb_encoder=encoder)

    def _bar(self, items: Iterable[Any], desc: str = "", total: int | None = None, **_: Any) -> Iterator[Any]:
        known = list(items) if not hasattr(items, "__len__") else items
        words = desc or "Working"
        log.info("%s: %d", words, len(known))  # type: ignore[arg-type]
        return self._work.each(known, total or len(known), words)  # type: ignore[arg-type]


class _Module:
    """Stands where `import tqdm` stood."""

    def __init__(self, bar: Any) -> None:
        self.tqdm = bar


class _Rows(list[dict[str, Any]]):
    """Episodes as plain rows, read once; by name it still is a column.

    Where each row lies is read from the files: LeRobot's merge may name files that are not there.
    """

    def __init__(self, table: Any, folder: Path) -> None:
        super().__init__(table.to_list() if hasattr(table, "to_list") else list(table))
        for path in episode_files(folder):
            place = {"chunk_index": int(path.parent.name[6:]), "file_index": int(path.stem[5:])}
            for episode in pq.read_table(path, columns=["episode_index"]).column(0).to_pylist():
                self[episode] |= {f"meta/episodes/{name}": number for name, number in place.items()}

    def __getitem__(self, key: Any) -> Any:
        return [row[key] for row in self] if isinstance(key, str) else super().__getitem__(key)

    @property
    def column_names(self) -> list[str]:
        return list(self[0]) if self else []
