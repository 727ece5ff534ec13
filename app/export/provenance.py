"""What the training run above a checkpoint says of it: read from files, so that pages may ask too."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUN = "run.json"  # written by app/training beside a run's checkpoints
_UP = 6


@dataclass(frozen=True)
class Provenance:
    """`fps` is the rate that the policy looks at, which may be lower than the dataset's; `execute` how many actions of
    a chunk it executes before it looks again.
    """

    run: str
    step: int | None
    dataset: str
    held_out: tuple[str, ...]
    fps: float
    execute: int | None = None


def provenance(checkpoint: Path) -> Provenance | None:
    """Of the nearest run.json above; None where the checkpoint was trained elsewhere."""
    for place in [checkpoint.resolve(), *list(checkpoint.resolve().parents)[:_UP]]:
        try:
            said: dict[str, Any] = json.loads((place / RUN).read_text(encoding="utf-8"))
            policy = said["policy"]
            return Provenance(
                str(said["name"]),
                _step(checkpoint),
                str(said["dataset"]),
                tuple(said.get("held_out", ())),
                float(policy["fps"]),
                policy.get("execute"),
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _step(checkpoint: Path) -> int | None:
    """checkpoints/000600/pretrained_model: 600."""
    parts = checkpoint.resolve().parts
    after = [step for before, step in itertools.pairwise(parts) if before == "checkpoints" and step.isdecimal()]
    return int(after[-1]) if after else None
