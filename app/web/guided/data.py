"""What guided recording keeps on disk and reads back: plan, reference, saved episodes, verdicts, settings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.checks.reference import Reference
from app.core.errors import StudioError
from app.datasets import DatasetStore
from app.datasets.opinions import ReviewVerdict
from app.datasets.reviews import ReviewLog
from app.guidance.calibration import TableCalibration
from app.guidance.calibrations import RigStore
from app.guidance.plan import Plan
from app.guidance.progress import Recorded
from app.guidance.records import Records
from app.guidance.store import PlanStore, ReferenceStore
from app.storage import Database

log = logging.getLogger(__name__)

_HOME = "home_after_stop"
_PLAN, _REFERENCE = "meta/studio/plan.json", "meta/studio/reference"
_WATCHED = ("meta/info.json", _PLAN, "meta/studio/reviews.jsonl", _REFERENCE)

type Stamp = Mapping[str, object]


@dataclass(frozen=True)
class Loaded:
    """One dataset as guidance knows it. `problem` says why its plan cannot be used, "" otherwise."""

    dataset: str
    stamp: Stamp = field(default_factory=dict)
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
    ) -> None:
        self.store = store
        self.plans = PlanStore(store)
        self.references = ReferenceStore(store)
        self.rigs = RigStore(store)
        self._calibration = calibration
        self._reviews: dict[str, ReviewLog] = {}
        self._database = database
        self._records: dict[str, Records] = {}
        self._reading = threading.Lock()

    def load(self, name: str, known: Loaded) -> Loaded:
        """Read what changed; `known` itself when nothing did. What cannot be read is said, never raised."""
        stamp = self._stamp(name)
        if known.dataset == name and known.stamp == stamp:
            return known
        try:
            return self._read(name, stamp, known)
        except StudioError as error:
            return Loaded(name, stamp, problem=str(error))
        except (OSError, ValueError, KeyError) as error:  # read while somebody edits it: looked at again next time
            log.warning("Dataset %s could not be read for guidance: %s", name, error)
            return Loaded(name, {}, problem=f"Dataset {name} cannot be read just now.")

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

    def _read(self, name: str, stamp: Stamp, known: Loaded) -> Loaded:
        calibration = self._calibration()
        if name not in self.store.names():
            return Loaded(name, stamp, calibration=calibration)
        old = known if known.dataset == name and not known.problem else None
        return Loaded(
            name,
            stamp,
            plan=old.plan if old and _same(old, stamp, _PLAN) else self.plans.current(name),
            recorded=self.recorded(name),
            reference=old.reference if old and _same(old, stamp, _REFERENCE) else self.references.load(name),
            calibration=calibration,
        )

    def _rejected(self, name: str) -> set[str]:
        """Episodes that a review took out: they fill no place of the plan."""
        log = self._reviews.setdefault(name, ReviewLog(self.store.folder_of(name)))
        return {uuid for uuid, stands in log.standing().items() if stands.verdict is ReviewVerdict.rejected}

    def _stamp(self, name: str) -> Stamp:
        """What changes when anything that guidance reads is written, by file."""
        folder, table = self.store.folder_of(name), self._calibration()
        return {"table": table and table.made_at, **{part: _identity(folder / part) for part in _WATCHED}}


def _identity(path: Path) -> tuple[int, ...] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _same(known: Loaded, stamp: Stamp, part: str) -> bool:
    return part in known.stamp and known.stamp[part] == stamp.get(part)
