"""The exports of one data folder, as far as their files say: nothing is run, and no runtime is imported."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import NotFound
from app.datasets import Shelf
from app.export.runner.artifact import CARD, ArtifactRefused, read_card
from app.export.runner.models import Card

REPORT = "report.json"
PAGE = "report.html"


class ExportNotFound(NotFound):
    code = "export_not_found"


@dataclass(frozen=True)
class ExportFolder:
    """One artifact. Its card is read with its seal; the stages are only looked at for being there, whole in size."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    def card(self) -> Card:
        """Raises `ArtifactRefused` with the reason."""
        card = read_card(self.path)
        files = [(stage.file, stage.size) for stage in card.stages]
        files += [stage.beside[:2] for stage in card.stages if stage.beside]
        for name, size in files:
            path = self.path / name
            if not path.is_file():
                raise ArtifactRefused(f"{name} is missing; export it again")
            if path.stat().st_size != size:
                raise ArtifactRefused(f"{name} has {path.stat().st_size} bytes instead of {size}; export it again")
        return card

    def problem(self) -> str:
        """Why it cannot be run, or ""."""
        try:
            self.card()
        except ArtifactRefused as error:
            return f"{error}."
        return ""

    def report(self) -> Mapping[str, Any]:
        """report.json, {} where there is none that can be read."""
        try:
            found = json.loads((self.path / REPORT).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def page(self) -> Path:
        """The report as one HTML file. Raises `ExportNotFound`."""
        path = self.path / PAGE
        if not path.is_file():
            raise ExportNotFound(f"{self.name} has no report.", todo="Export it again.")
        return path

    @property
    def size(self) -> int:
        """Bytes of everything in the folder."""
        return sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())


class ExportStore:
    """`models/exports/NAME/`."""

    def __init__(self, models: Path) -> None:
        self._shelf = Shelf(models / "exports", CARD)

    def names(self) -> list[str]:
        """The newest first."""
        return self._shelf.names()

    def open(self, name: str) -> ExportFolder:
        """Raises `ExportNotFound`, `DatasetNameInvalid`."""
        if not self._shelf.has(name):
            raise ExportNotFound(f"There is no export {name[:80]!r}.", todo="Choose one of the list.")
        return ExportFolder(self._shelf.path(name))

    def free_name(self, wanted: str) -> str:
        return self._shelf.free_name(wanted)

    def delete(self, name: str) -> None:
        """Raises `ExportNotFound`. The caller has seen that nothing runs it."""
        self.open(name)
        self._shelf.delete(name)
