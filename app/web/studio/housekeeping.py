"""What the studio does by itself between events: fresh numbers for pages, the disk, merging small files."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from app.core.errors import StudioError
from app.datasets import minutes_left
from app.recording import Phase

if TYPE_CHECKING:
    from app.web.studio.studio import Studio

REFRESH_S = 0.25
DISK_S = 5.0
COMPACT_S = 20.0

log = logging.getLogger(__name__)


class Housekeeping:
    """Three endless tasks of one studio; disk work runs in threads."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def start(self, tasks: asyncio.TaskGroup) -> None:
        tasks.create_task(self._refresh(), name="refresh")
        tasks.create_task(self._watch_disk(), name="watch-disk")
        tasks.create_task(self._compact_when_idle(), name="compact")

    async def _refresh(self) -> None:
        """What changes by itself: rates, ages, the take's counters."""
        while True:
            await asyncio.sleep(REFRESH_S)
            for section in ("cameras", "ready", "recorder"):
                self._studio.changed(section)

    async def _watch_disk(self) -> None:
        studio = self._studio
        while True:
            if studio.rig_facts is not None and studio.cameras is not None:
                dataset = studio.folder.datasets / studio.recorder.setup.dataset
                studio.disk_minutes = await asyncio.to_thread(minutes_left, dataset, studio.dataset_format())
            await asyncio.sleep(DISK_S if studio.disk_minutes is not None else 0.2)

    async def _compact_when_idle(self) -> None:
        """Small files are merged between takes, by the rule of docs/dataset.md, in a thread that yields to takes."""
        studio = self._studio
        while True:
            await asyncio.sleep(COMPACT_S)
            name = studio.recorder.setup.dataset
            if studio.recorder.phase is not Phase.idle or name not in await asyncio.to_thread(studio.store.names):
                continue
            try:
                dataset = await asyncio.to_thread(studio.store.open, name)
                if dataset.worth_compacting and await asyncio.to_thread(dataset.compact):
                    studio.notes.add("info", "compacted", f"Small files of dataset {name} were merged.")
            except StudioError as error:
                log.info("Dataset %s was not compacted: %s", name, error)
