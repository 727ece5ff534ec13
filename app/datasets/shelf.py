"""Folders of one kind beside each other, each by its name: runs, exports, evaluations, pipelines."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from app.core.errors import StudioError
from app.datasets.disk import Disk
from app.datasets.layout import require_name


@dataclass(frozen=True)
class Shelf:
    """The folders below `root` that hold a file `mark`: it is written first, so whatever has it is one of the kind."""

    root: Path
    mark: str

    def names(self) -> list[str]:
        """The newest first."""
        if not self.root.is_dir():
            return []
        marks = [path / self.mark for path in self.root.iterdir() if not path.name.startswith(".")]
        return [mark.parent.name for mark in sorted(filter(Path.is_file, marks), key=_made_ns, reverse=True)]

    def path(self, name: str) -> Path:
        """Where it lies or would lie. Raises DatasetNameInvalid for what cannot be a folder's name."""
        return self.root / require_name(name)

    def has(self, name: str) -> bool:
        return (self.path(name) / self.mark).is_file()

    def free_name(self, wanted: str) -> str:
        """`wanted`, or with a number behind it where that is taken."""
        name, number = require_name(wanted), 1
        while (self.root / name).exists():
            number += 1
            name = f"{wanted}-{number}"
        return name

    def delete(self, name: str) -> None:
        """Out of sight at once, then bit by bit. The caller has seen that it is there and that nothing uses it."""
        path = self.path(name)
        gone = path.with_name(f".{name}.deleted")
        shutil.rmtree(gone, ignore_errors=True)
        path.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def write_whole(disk: Disk, path: Path, body: bytes) -> None:
    """Replace a file in one step; durable on return."""
    beside = path.with_name(f".{path.name}.making")
    disk.remove(beside)
    disk.write(beside, body)
    disk.rename(beside, path)
    disk.sync_folder(path.parent)


def read_model[M: BaseModel](path: Path, model: type[M], missing: type[StudioError], invalid: type[StudioError]) -> M:
    """What a folder of a shelf says of itself; `missing` and `invalid` are raised in words, by the kind's own name."""
    name, kind = path.parent.name, path.stem
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise missing(f"There is no {kind} {name[:80]!r}.", todo="Choose one of the list.") from error
    except (ValidationError, OSError) as error:
        raise invalid(
            f"{name}/{path.name} cannot be read: {str(error)[:200]}",
            todo=f"Restore it from a copy, or delete the {kind}.",
        ) from error


def json_lines(path: Path, key: str) -> Iterator[dict[str, Any]]:
    """The objects of a file of lines that have `key`; what is torn or something else is passed over."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines():
        with suppress(ValueError):
            row = json.loads(line)
            if isinstance(row, dict) and key in row:
                yield row


def _made_ns(mark: Path) -> int:
    with suppress(OSError):
        return mark.stat().st_mtime_ns
    return 0
