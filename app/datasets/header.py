"""The small JSON files of a take's folder: what it is (written at its start), what it holds (at its end)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.datasets.disk import Disk
from app.datasets.models import CameraFormat, DatasetFormat, EpisodeFacts, TakeSummary, VideoCodec
from app.datasets.stats import PictureStats

HEADER = "take.json"
SUMMARY = "summary.json"
ROWS = "rows.arrow"
BALLAST = "ballast"
TRASH = ".trash"
_VERSION = 1


def video_name(camera: str) -> str:
    return f"{camera}.mp4"


def journal_names(cameras: Iterable[str]) -> list[str]:
    """The files that grow while a take is recorded, in the order that numbers them."""
    return [ROWS, *(video_name(camera) for camera in cameras)]


@dataclass(frozen=True)
class TakeHeader:
    """What a take was begun as; `facts` are those known then, the final ones come with the commit."""

    uuid: str
    dataset: str
    format: DatasetFormat
    task: str
    facts: EpisodeFacts

    def json_bytes(self) -> bytes:
        return json.dumps({"version": _VERSION, **dataclasses.asdict(self)}, indent=1).encode()

    @classmethod
    def read(cls, folder: Path) -> TakeHeader:
        """Raises OSError, ValueError, KeyError or TypeError when missing or damaged."""
        raw = json.loads((folder / HEADER).read_text())
        if raw.pop("version") != _VERSION:
            raise ValueError("the take was written by another version of the studio")
        return cls(
            uuid=raw["uuid"],
            dataset=raw["dataset"],
            format=_format(raw["format"]),
            task=raw["task"],
            facts=EpisodeFacts(**raw["facts"]),
        )


def _format(raw: Mapping[str, Any]) -> DatasetFormat:
    cameras = tuple(CameraFormat(**camera) for camera in raw["cameras"])
    return DatasetFormat(raw["fps"], raw["robot_type"], tuple(raw["joints"]), cameras, VideoCodec(raw["codec"]))


@dataclass(frozen=True)
class StoppedTake:
    """A finished take: its counts and the picture statistics gathered while it was recorded."""

    summary: TakeSummary
    pictures: Mapping[str, PictureStats]

    def write(self, folder: Path, disk: Disk) -> None:
        """Write beside and rename, so that a half-written end reads as no end."""
        body = {
            "version": _VERSION,
            "summary": dataclasses.asdict(self.summary),
            "pictures": {camera: stats.to_json() for camera, stats in self.pictures.items()},
        }
        beside = folder / f".{SUMMARY}.new"
        disk.remove(beside)
        disk.write(beside, json.dumps(body).encode())
        disk.rename(beside, folder / SUMMARY)
        disk.sync_folder(folder)

    @classmethod
    def read(cls, folder: Path) -> StoppedTake | None:
        """None when the take was never finished or its end is damaged: it must be repaired."""
        try:
            raw = json.loads((folder / SUMMARY).read_text())
            pictures = {camera: PictureStats.from_json(one) for camera, one in raw["pictures"].items()}
            return cls(TakeSummary(**raw["summary"]), pictures)
        except (OSError, ValueError, KeyError, TypeError):
            return None
