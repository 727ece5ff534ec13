"""The kind of job that exports; its performer is named, not imported (docs/decisions/0083)."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Literal

from pydantic import Field

from app.core.errors import Conflict
from app.datasets import require_name
from app.export.devices import HERE, profile
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
    device: str = Field(default=HERE, max_length=40)


class ArtifactExists(Conflict):
    code = "artifact_exists"


def artifact_folder(folder: DataFolder, name: str) -> Path:
    """Where an artifact of this name lies; raises if the name is none."""
    require_name(name)
    return folder.models / "exports" / name


def _about(arguments: ExportRun) -> tuple[str, ...]:
    """The artifact, and the run whose checkpoint it comes from, where it is one of the studio's."""
    first = PurePath(arguments.checkpoint).parts[:1]
    return (arguments.name, *(() if first == ("/",) else first))


def _refuse(arguments: ExportRun, folder: DataFolder) -> None:
    profile(arguments.device)
    if artifact_folder(folder, arguments.name).exists():
        raise ArtifactExists(f"There is an export called {arguments.name}.", todo="Choose another name.")


EXPORT = Kind(
    "export.run",
    ExportRun,
    "app.export.performing:perform",
    title=lambda a: f"Export {a.name} within {a.within:g} deg, the {a.goal}",
    about=_about,
    refuse=_refuse,
    needs=("lerobot", "onnx", "onnxruntime"),
)
KINDS = (EXPORT,)
