"""Datasets of LeRobot's format v2.1: recognised here, converted by LeRobot's own converter in a job."""

from __future__ import annotations

import json
from pathlib import Path

from app.core.errors import Refused
from app.datasets import DatasetNotFound
from app.datasets.layout import INFO

OLD = "v2.1"


class NotOld(Refused):
    """There is nothing to convert."""

    code = "not_v21"


def version_of(folder: Path) -> str:
    """What info.json says, "" where it says nothing."""
    try:
        return str(json.loads((folder / INFO).read_text()).get("codebase_version", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def require_v21(folder: Path) -> None:
    """Raises DatasetNotFound, NotOld."""
    if not folder.is_dir():
        raise DatasetNotFound(f"There is no dataset {folder.name}.", todo="Choose one of the list.")
    version = version_of(folder)
    if version != OLD:
        raise NotOld(
            f"{folder.name} is in format {version or 'unknown'}, and the converter reads {OLD}.",
            todo="Open it as it is, or bring it to v2.1 with an older LeRobot first.",
        )
