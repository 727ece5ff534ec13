"""Replays of episodes on an arm: one small file each in the dataset, written once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from app.datasets.disk import DISK, Disk
from app.datasets.layout import STUDIO_FOLDER
from app.datasets.lock import dataset_lock

REPLAYS = STUDIO_FOLDER / "replays"


class ReplayStore:
    """The replays of one dataset, by the time they ended."""

    def __init__(self, folder: Path, disk: Disk = DISK) -> None:
        self._folder = folder
        self._disk = disk

    def add(self, body: bytes, at: str) -> None:
        """Keep one; durable on return. Raises DatasetBusy."""
        with dataset_lock(self._folder, wait_s=10.0):
            folder = self._folder / REPLAYS
            self._disk.make_folder(folder)
            path = folder / f"{re.sub('[^0-9A-Za-z]', '', at)}.json"
            beside = path.with_suffix(".making")
            self._disk.remove(beside)
            self._disk.write(beside, body)
            self._disk.rename(beside, path)
            self._disk.sync_folder(folder)

    def of(self, key: str) -> list[dict[str, Any]]:
        """Those of one episode, the newest first; a damaged file is passed over."""
        found = []
        for path in sorted((self._folder / REPLAYS).glob("*.json"), reverse=True):
            try:
                body = json.loads(path.read_bytes())
            except (OSError, ValueError):
                continue
            if isinstance(body, dict) and body.get("key") == key:
                found.append(body)
        return found
