"""The folders of runs, `models/RUN/`: the only truth about them.

```
models/RUN/run.json        what it is; written first, never changed
           notes.json      name shown, notes, pinned; a person's
           view/           the dataset it learns from; made anew when missing
           base/           the checkpoint it begins from, where it begins from one of this machine
           train/          lerobot-train's own output: checkpoints/STEP/{pretrained_model, training_state}
           metrics.jsonl   one line a logged step
           scores.jsonl    one line a scored checkpoint, the last of a step counts
           card.md         the model card
           elsewhere.json  by which name another place knows the job that trains it
```
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.datasets import Disk, Shelf, json_lines, read_model, write_whole
from app.training.command import OUTPUT, VIEW
from app.training.errors import RunExists, RunInvalid, RunNotFound
from app.training.models import Run

RUN, NOTES, METRICS, SCORES, CARD = "run.json", "notes.json", "metrics.jsonl", "scores.jsonl", "card.md"
ELSEWHERE = "elsewhere.json"
PRETRAINED, BASE = "pretrained_model", "base"
_STEP = re.compile(r"\d+")
_NOTES_LIMIT = 20_000


@dataclass(frozen=True)
class Notes:
    """What people say about a run. `best` overrides the suggested checkpoint; 0 leaves it to the scores."""

    notes: str = ""
    pinned: bool = False
    best: int = 0


class RunFolder:
    """Reads and writes one run's files. A torn last line of a log is passed over."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.path = path
        self._disk = disk or Disk()

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def view(self) -> Path:
        return self.path / VIEW

    @property
    def base(self) -> Path:
        return self.path / BASE

    @property
    def output(self) -> Path:
        return self.path / OUTPUT

    def create(self, run: Run) -> None:
        """Durable on return. Raises RunExists."""
        if (self.path / RUN).exists():
            raise RunExists(f"There already is a run {self.name}.", todo="Choose another name.")
        self._disk.make_folder(self.path)
        self._write(RUN, run.model_dump_json(indent=1).encode())

    def run(self) -> Run:
        """Raises RunNotFound, RunInvalid."""
        return read_model(self.path / RUN, Run, RunNotFound, RunInvalid)

    # ---- checkpoints ----

    def checkpoints(self) -> dict[int, Path]:
        """Whole checkpoints by step, in order."""
        found = {}
        folder = self.output / "checkpoints"
        for path in folder.iterdir() if folder.is_dir() else ():
            whole = (path / PRETRAINED / "model.safetensors").is_file() and (path / "training_state").is_dir()
            if _STEP.fullmatch(path.name) and not path.is_symlink() and whole:
                found[int(path.name)] = path
        return dict(sorted(found.items()))

    def last_checkpoint(self) -> tuple[int, Path] | None:
        """The newest one that training can go on from."""
        found = [(step, path) for step, path in self.checkpoints().items() if _resumable(path) and step <= self._whole]
        return found[-1] if found else None

    def remove_unfinished(self) -> None:
        """What a training that ended while it saved has left of a checkpoint: of no use, and on a full disk in the way.

        Only when nothing trains any more.
        """
        folder, whole = self.output / "checkpoints", self._whole
        for path in list(folder.iterdir()) if folder.is_dir() else ():
            if _STEP.fullmatch(path.name) and not path.is_symlink() and int(path.name) > whole:
                shutil.rmtree(path, ignore_errors=True)

    @property
    def _whole(self) -> int:
        """LeRobot moves this link when a checkpoint is written to its end; 0 before the first."""
        try:
            return int((self.output / "checkpoints/last").readlink().name)
        except (OSError, ValueError):
            return 0

    # ---- what grows ----

    def metrics(self) -> list[dict[str, Any]]:
        """One row a logged step; after a resume the later line of a step counts."""
        return list({int(row["step"]): row for row in json_lines(self.path / METRICS, "step")}.values())

    def add_metrics(self, row: Mapping[str, Any]) -> None:
        with (self.path / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def scores(self) -> list[dict[str, Any]]:
        """One row a scored checkpoint, by step."""
        rows = {int(row["step"]): row for row in json_lines(self.path / SCORES, "step")}
        return [rows[step] for step in sorted(rows)]

    def add_scores(self, row: Mapping[str, Any]) -> None:
        self._disk.append(self.path / SCORES, (json.dumps(row) + "\n").encode())

    # ---- a person's ----

    def notes(self) -> Notes:
        try:
            raw = json.loads((self.path / NOTES).read_text(encoding="utf-8"))
            return Notes(str(raw["notes"]), bool(raw["pinned"]), int(raw["best"]))
        except (OSError, ValueError, KeyError):
            return Notes()

    def keep_notes(self, notes: Notes) -> None:
        if len(notes.notes) > _NOTES_LIMIT:
            raise RunInvalid(f"Notes are up to {_NOTES_LIMIT} characters.", todo="Shorten them.")
        self._write(NOTES, json.dumps(vars(notes)).encode())

    def keep_card(self, text: str) -> None:
        self._write(CARD, text.encode())

    def elsewhere(self) -> dict[str, Any]:
        """Empty while it was begun nowhere else."""
        try:
            return dict(json.loads((self.path / ELSEWHERE).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def keep_elsewhere(self, kept: Mapping[str, Any]) -> None:
        self._write(ELSEWHERE, json.dumps(dict(kept)).encode())

    @property
    def bytes(self) -> int:
        total = 0
        for path in self.path.rglob("*"):
            with suppress(OSError):
                total += path.stat().st_size if path.is_file() and not path.is_symlink() else 0
        return total

    def _write(self, name: str, body: bytes) -> None:
        write_whole(self._disk, self.path / name, body)


class RunStore:
    """The runs of one data folder."""

    def __init__(self, models: Path) -> None:
        self._shelf = Shelf(models, RUN)

    @property
    def root(self) -> Path:
        return self._shelf.root

    def names(self) -> list[str]:
        """The newest first."""
        return self._shelf.names()

    def folder(self, name: str) -> RunFolder:
        """Raises DatasetNameInvalid for what cannot be a folder's name."""
        return RunFolder(self._shelf.path(name))

    def open(self, name: str) -> RunFolder:
        """Raises RunNotFound."""
        folder = self.folder(name)
        if not self._shelf.has(name):
            raise RunNotFound(f"There is no run {name[:80]!r}.", todo="Choose one of the list.")
        return folder

    def free_name(self, wanted: str) -> str:
        return self._shelf.free_name(wanted)

    def delete(self, name: str) -> None:
        """Raises RunNotFound. The caller has seen that it is not being trained."""
        self.open(name)
        self._shelf.delete(name)


def _resumable(path: Path) -> bool:
    return (path / PRETRAINED / "train_config.json").is_file() and (
        path / "training_state" / "training_step.json"
    ).is_file()
