"""What guided recording keeps on disk and reads back: plan, reference, saved episodes, verdicts, settings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from app.checks.reference import Reference
from app.core.errors import StudioError
from app.datasets import DatasetStore
from app.guidance.calibration import TableCalibration
from app.guidance.calibrations import RigStore
from app.guidance.plan import Plan
from app.guidance.progress import Recorded
from app.guidance.records import Records
from app.guidance.store import PlanStore, ReferenceStore
from app.storage import Database

_HOME = "home_after_stop"
_WATCHED = ("meta/info.json", "meta/studio/plan.json", "meta/studio/reviews.jsonl", "meta/studio/reference")

type Stamp = tuple[object, ...]


@dataclass(frozen=True)
class Loaded:
    """One dataset as guidance knows it. `problem` says why its plan cannot be used, "" otherwise."""

    dataset: str
    stamp: Stamp = ()
    plan: Plan | None = None
    recorded: tuple[Recorded, ...] = ()
    reference: Reference | None = None
    calibration: TableCalibration | None = None
    problem: str = ""


class GuidedData:
    """`load` runs in a thread, one at a time; the settings belong to the event loop."""

    def __init__(
        self,
        store: DatasetStore,
        database: Database,
        *,
        calibration: Callable[[], TableCalibration | None] = lambda: None,
        rejected: Callable[[str], Collection[str]] = lambda dataset: (),
    ) -> None:
        self.store = store
        self.plans = PlanStore(store)
        self.references = ReferenceStore(store)
        self.rigs = RigStore(store)
        self._calibration = calibration
        self._rejected = rejected
        self._database = database
        self._records: dict[str, Records] = {}
        self._reading = threading.Lock()

    def load(self, name: str, known: Loaded) -> Loaded:
        """Read what changed; `known` itself when nothing did. What cannot be read is said, never raised."""
        stamp = self._stamp(name)
        if known.dataset == name and known.stamp == stamp:
            return known
        try:
            return self._read(name, stamp)
        except StudioError as error:
            return Loaded(name, stamp, problem=str(error))

    def recorded(self, name: str) -> tuple[Recorded, ...]:
        """The saved episodes of any dataset, () where there is none. Raises DatasetUnreadable."""
        if name not in self.store.names():
            return ()
        with self._reading:
            return self._records.setdefault(name, Records()).read(self.store.open(name), self._rejected(name))

    @property
    def home_after_stop(self) -> bool:
        """Whether the arm drives home when a take has ended; yes unless somebody said no."""
        return self._database.setting(_HOME, True) is not False

    def set_home_after_stop(self, on: bool) -> None:
        self._database.set_setting(_HOME, on)

    def _read(self, name: str, stamp: Stamp) -> Loaded:
        calibration = self._calibration()
        if name not in self.store.names():
            return Loaded(name, stamp, calibration=calibration)
        return Loaded(
            name,
            stamp,
            plan=self.plans.current(name),
            recorded=self.recorded(name),
            reference=self.references.load(name),
            calibration=calibration,
        )

    def _stamp(self, name: str) -> Stamp:
        """What changes when anything that guidance reads is written."""
        folder = self.store.folder_of(name)
        table = self._calibration()
        found: list[object] = [name, table and table.made_at]
        for part in _WATCHED:
            path = folder / part
            try:
                stat = path.stat()
            except OSError:
                found.append(None)
            else:
                found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(found)
