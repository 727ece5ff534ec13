"""The kind of job that exports; its performer is named, not imported (docs/decisions/0083)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from app.core.errors import Conflict
from app.datasets import require_name
from app.jobs import Arguments, Kind
from app.storage.paths import DataFolder


class ExportRun(Arguments):
    """Export a run or a checkpoint under `models/` to an artifact beside it. `within` is in joint units (degrees)."""

    checkpoint: str
    name: str
    dataset: str = ""
    within: float = Field(default=1.0, gt=0, le=90, allow_inf_nan=False)
    goal: Literal["fastest", "smallest"] = "fastest"
    tasks: tuple[str, ...] = ()
    vlm: str = ""


class ArtifactExists(Conflict):
    code = "artifact_exists"


def artifact_folder(folder: DataFolder, name: str) -> Path:
    """Where an artifact of this name lies; raises if the name is none."""
    require_name(name)
    return folder.models / "exports" / name


def _refuse(arguments: ExportRun, folder: DataFolder) -> None:
    if artifact_folder(folder, arguments.name).exists():
        raise ArtifactExists(f"There is an export called {arguments.name}.", todo="Choose another name.")


EXPORT = Kind(
    "export.run",
    ExportRun,
    "app.export.performing:perform",
    title=lambda a: f"Export {a.checkpoint} within {a.within:g} deg",
    about=lambda a: (a.checkpoint,),
    refuse=_refuse,
)
KINDS = (EXPORT,)
