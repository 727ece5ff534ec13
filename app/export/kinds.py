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
    """Export a run or a checkpoint under `models/` to an artifact beside it. `within` is in joint units (degrees).

    `lanes` are made where they are not there yet; without any, those that are there are searched over. `neutron` adds
    the hand-over bundle for NXP's converter. `trials` runs float32, the choice and everything in int8 in the simulator,
    and `lose` is the share of float32's successes that the choice may lose.
    """

    checkpoint: str
    name: str
    dataset: str = ""
    within: float = Field(default=1.0, gt=0, le=90, allow_inf_nan=False)
    goal: Literal["fastest", "smallest"] = "fastest"
    tasks: tuple[str, ...] = ()
    vlm: str = ""
    device: str = Field(default=HERE, max_length=40)
    rate_hz: float = Field(default=3.0, gt=0, le=100, allow_inf_nan=False)
    search: bool = True
    lanes: tuple[Literal["openvino", "litert"], ...] = ()
    neutron: bool = False
    trials: int = Field(default=0, ge=0, le=500)
    lose: float = Field(default=0.1, ge=0, le=1)


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


def bundle_folder(artifact: Path) -> Path:
    """Where an artifact's hand-over bundle for NXP's converter lies: beside it."""
    return artifact.with_name(f"{artifact.name}-neutron")


def _refuse(arguments: ExportRun, folder: DataFolder) -> None:
    profile(arguments.device)
    artifact = artifact_folder(folder, arguments.name)
    for path in (artifact, *([bundle_folder(artifact)] if arguments.neutron else [])):
        if path.exists():
            raise ArtifactExists(f"There is an export called {path.name}.", todo="Choose another name.")


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
