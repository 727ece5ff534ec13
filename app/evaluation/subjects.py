"""What an entrant's policy is: the folder it lies in, the run it came from, its hash. Reads files; opens no network."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.evaluation.errors import EvaluationInvalid
from app.evaluation.models import Subject
from app.storage.paths import DataFolder
from app.training.describing import judgement_of
from app.training.errors import RunInvalid, RunNotFound
from app.training.folder import PRETRAINED, RunFolder, RunStore
from app.training.models import Run

CARD, CONFIG, WEIGHTS = "policy.json", "config.json", "model.safetensors"


@dataclass(frozen=True)
class Found:
    """Where a policy lies. `run` and `step` are the training run's, "" and 0 where it is not here."""

    folder: Path
    artifact: bool
    run: str = ""
    step: int = 0


def find(policy: str, data: DataFolder) -> Found:
    """`policy` is a run (its best checkpoint), RUN/STEP, exports/NAME, or the path of a folder.

    Raises EvaluationInvalid.
    """
    for folder in (data.models / policy, Path(policy)):
        if _holds(folder) is not None:
            return _described(folder.resolve(), data)
    name, _, step = policy.partition("/")
    run = RunStore(data.models)
    if name in run.names():
        return _checkpoint(run.open(name), step)
    raise EvaluationInvalid(
        f"There is no policy {policy[:120]!r}: no run, no export of that name, and no folder that holds one.",
        todo="Name a run, RUN/STEP, exports/NAME, or the folder of a checkpoint or an artifact.",
    )


def subject(key: str, found: Found, data: DataFolder) -> Subject:
    """Everything a reader needs to know which policy it was; hashes its weights, which takes a moment."""
    run = _run(found, data)
    values = _card(found) if found.artifact else _config(found)
    return Subject(
        key=key,
        family=values["family"],
        precision=values["precision"],
        sha256=_digest(found.folder, found.artifact),
        folder=str(found.folder),
        run=found.run,
        step=found.step,
        dataset=run.dataset if run else "",
        dataset_hash=run.dataset_hash if run else "",
        trained_on=run.clusters if run else (),
        fps=values["fps"] or (run.policy.fps if run else 0.0),
        horizon=values["horizon"],
        execute=min(values["horizon"], (run.policy.execute if run else 0) or values["execute"]),
        cameras=values["cameras"],
    )


def trained_on(found: Found, data: DataFolder) -> tuple[str, ...]:
    """The clusters that the policy learnt from; () where nobody knows."""
    run = _run(found, data)
    return run.clusters if run else ()


def used_in(found: Found, data: DataFolder) -> dict[str, int] | None:
    """Episodes that the policy learnt from, by cluster; None where its run is not here."""
    run = _run(found, data)
    if run is None:
        return None
    counts: dict[str, int] = {}
    for use in run.used:
        counts[use.cluster] = counts.get(use.cluster, 0) + 1
    return counts


def _holds(folder: Path) -> bool | None:
    """True for an artifact, False for a checkpoint, None for neither."""
    for place in (folder, folder / PRETRAINED):
        if (place / CARD).is_file():
            return True
        if (place / CONFIG).is_file():
            return False
    return None


def _described(folder: Path, data: DataFolder) -> Found:
    artifact = bool(_holds(folder))
    place = folder if (folder / (CARD if artifact else CONFIG)).is_file() else folder / PRETRAINED
    made_of = Path(str((_json(place / CARD).get("origin") or {}).get("checkpoint") or "")) if artifact else place
    step = made_of.parent.name
    store = RunStore(data.models)
    run = next((name for name in store.names() if name in made_of.parts), "")
    return Found(place, artifact, run, int(step) if step.isdecimal() else 0)


def _checkpoint(folder: RunFolder, step: str) -> Found:
    there = folder.checkpoints()
    wanted = (
        int(step) if step.isdecimal() else folder.notes().best or judgement_of(folder).best or max(there, default=0)
    )
    if wanted not in there:
        known = ", ".join(str(one) for one in there) or "none"
        raise EvaluationInvalid(
            f"{folder.name} has no checkpoint of step {step or wanted}.", todo=f"It has: {known}; name RUN/STEP."
        )
    return Found(there[wanted] / PRETRAINED, False, folder.name, wanted)


def _run(found: Found, data: DataFolder) -> Run | None:
    if not found.run:
        return None
    try:
        return RunStore(data.models).open(found.run).run()
    except (RunNotFound, RunInvalid):
        return None


def _card(found: Found) -> dict[str, Any]:
    card = _json(found.folder / CARD)
    stages = card.get("stages") or []
    horizon = int(card.get("chunk") or 1)
    return {
        "family": str(card.get("family", "")),
        "precision": "; ".join(f"{stage.get('name')} {_precision(stage.get('precision'))}" for stage in stages),
        "fps": float(card.get("fps") or 0),
        "horizon": horizon,
        "execute": min(horizon, int(card.get("execute") or horizon)),
        "cameras": tuple(str(camera["name"]) for camera in card.get("cameras") or ()),
    }


def _precision(said: object) -> str:
    """A stage's precision in words: the whole stage's, then what differs from it."""
    if not isinstance(said, dict):
        return str(said or "")
    rest = [f"{group}={value}" for group, value in said.items() if group not in ("whole", "stage")]
    return ", ".join([*(str(said[name]) for name in ("whole", "stage") if name in said), *rest])


def _config(found: Found) -> dict[str, Any]:
    config = _json(found.folder / CONFIG)
    horizon = int(config.get("chunk_size") or config.get("horizon") or 1)
    pictures = [key for key in config.get("input_features") or {} if key.startswith("observation.images.")]
    return {
        "family": str(config.get("type", "")),
        "precision": "fp32, PyTorch",
        "fps": 0.0,
        "horizon": horizon,
        "execute": int(config.get("n_action_steps") or horizon),
        "cameras": tuple(key.removeprefix("observation.images.") for key in pictures),
    }


def _digest(folder: Path, artifact: bool) -> str:
    """Of an artifact the card's, which names every stage's own hash; of a checkpoint the weights'."""
    path = folder / (CARD if artifact else WEIGHTS)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EvaluationInvalid(f"{path.name} of {folder.name} cannot be read: {error}.") from error


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationInvalid(f"{path} cannot be read: {error}.", todo="Export or train it again.") from error
    return found if isinstance(found, dict) else {}
