"""What every runner on other machines shares: the order it sends, and how a checkpoint comes back."""

from __future__ import annotations

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from app.training.command import RUN, launched
from app.training.errors import TrainingFailed
from app.training.folder import RunFolder
from app.training.hub import view_hash
from app.training.models import Device, Run
from app.training.runners.far import worker

PATIENCE_S = 1800.0  # without a connection, before we give up; what trains there does not mind
RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)


def order_of(run: Run, python: str, last: tuple[int, Path] | None) -> dict[str, Any]:
    """What the far end performs; `{run}` is the run's folder there."""
    first, path = last or (0, None)
    resume = Path(RUN) / "train/checkpoints" / path.name if path else None
    return {
        "command": launched(run, Path(RUN), resume_from=resume, python=python),
        "environment": run.environment,
        "first": first,
        "view": view_hash(run),
    }


def require_card(run: Run, cards: int, where: str) -> None:
    """Raises TrainingFailed when the run wants graphics cards that are not there."""
    wanted = run.settings.processes if f"--policy.device={Device.cuda}" in run.command else 0
    if wanted > cards:
        raise TrainingFailed(
            f"{where} shows {cards or 'no'} graphics card{'s' if cards > 1 else ''}; the run wants {wanted}.",
            todo="Begin a run with the processor as device or fewer cards, or choose another place.",
            code="no_card",
        )


def receive(folder: RunFolder, step: int, write: Callable[[Path], None]) -> None:
    """A checkpoint that came: written beside its place by `write`, then renamed, then marked as whole."""
    place = folder.output / "checkpoints" / f"{step:06d}"
    if place.exists():
        return
    coming = place.with_name(f".{place.name}.coming")
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir(parents=True)
    write(coming)
    coming.rename(place)
    worker.mark_last(place)


def unpack(stream: BinaryIO, into: Path) -> None:
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        tar.extractall(into, filter="data")
