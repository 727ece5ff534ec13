"""What guidance keeps inside a dataset: the versions of its plan, and its reference pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.checks.reference import Reference, reference_from_files, reference_to_files
from app.datasets import DatasetStore, Disk
from app.guidance.plan import Plan
from app.guidance.plan_json import versions_from_bytes, versions_to_bytes

PLAN = Path("meta/studio/plan.json")
REFERENCE = Path("meta/studio/reference")


class PlanStore:
    """Every version of a dataset's plan, the newest last; an earlier one is never changed."""

    def __init__(self, store: DatasetStore, disk: Disk | None = None) -> None:
        self._store = store
        self._disk = disk or Disk()

    def versions(self, dataset: str) -> tuple[Plan, ...]:
        """() while it has none. Raises DatasetNotFound, PlanInvalid."""
        path = self._store.open(dataset).folder / PLAN
        return versions_from_bytes(path.read_bytes()) if path.exists() else ()

    def current(self, dataset: str) -> Plan | None:
        versions = self.versions(dataset)
        return versions[-1] if versions else None

    def save(self, dataset: str, plan: Plan) -> Plan:
        """Keep `plan` as the next version; durable on return."""
        versions = self.versions(dataset)
        numbered = replace(plan, version=len(versions) + 1)
        path = self._store.open(dataset).folder / PLAN
        self._disk.make_folder(path.parent)
        beside = path.with_name(f".{path.name}.making")
        self._disk.remove(beside)
        self._disk.write(beside, versions_to_bytes((*versions, numbered)))
        self._disk.rename(beside, path)
        self._disk.sync_folder(path.parent)
        return numbered


class ReferenceStore:
    """The reference pictures of a dataset; a new capture replaces the old one whole."""

    def __init__(self, store: DatasetStore, disk: Disk | None = None) -> None:
        self._store = store
        self._disk = disk or Disk()

    def load(self, dataset: str) -> Reference | None:
        """None while there is none. Raises DatasetNotFound, ReferenceUnreadable."""
        folder = self._store.open(dataset).folder / REFERENCE
        if not folder.is_dir():
            return None
        return reference_from_files({path.name: path.read_bytes() for path in folder.iterdir()})

    def save(self, dataset: str, reference: Reference) -> None:
        """Durable on return."""
        folder = self._store.open(dataset).folder / REFERENCE
        beside = folder.with_name(".reference.making")
        self._disk.remove(beside)
        self._disk.make_folder(beside)
        for name, data in reference_to_files(reference).items():
            self._disk.write(beside / name, data)
        self._disk.sync_folder(beside)
        self._disk.remove(folder)
        self._disk.rename(beside, folder)
        self._disk.sync_folder(folder.parent)
