"""Opens an artifact folder, and refuses one that is damaged, cut short or not what it says it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .models import Card, Misfit, StageFile, card_from_json

CARD = "policy.json"
GOLDENS = "goldens.npz"
_BLOCK = 1 << 20


class ArtifactRefused(ValueError):
    """The folder cannot be run; the message says what is wrong and with which file."""


@dataclass(frozen=True)
class Artifact:
    """A folder whose card was read and whose files are, byte for byte, those that the card names."""

    folder: Path
    card: Card

    def path(self, stage: StageFile) -> Path:
        return self.folder / stage.file

    @property
    def size(self) -> int:
        """Bytes of all stages."""
        return sum(stage.size + (stage.beside[1] if stage.beside else 0) for stage in self.card.stages)

    def goldens(self) -> dict[str, np.ndarray]:
        """The recorded inputs and outputs; raises `ArtifactRefused` if they cannot be read."""
        try:
            with np.load(self.folder / self.card.goldens["file"], allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except (OSError, ValueError, KeyError) as error:
            raise ArtifactRefused(f"{self.card.goldens['file']} cannot be read: {error}") from error


def open_artifact(folder: Path) -> Artifact:
    """Reads and verifies everything but the runtimes. Raises `ArtifactRefused`."""
    card = read_card(folder)
    for stage in card.stages:
        verify(folder, stage.file, stage.size, stage.sha256)
        if stage.beside:
            verify(folder, *stage.beside)
    goldens = card.goldens
    try:
        verify(folder, str(goldens["file"]), int(goldens["size"]), str(goldens["sha256"]))
    except KeyError as error:
        raise ArtifactRefused(f"{CARD} does not say {error} of the goldens") from error
    _consistent(card)
    return Artifact(folder, card)


def verify(folder: Path, name: str, size: int, sha256: str) -> None:
    """Raises `ArtifactRefused` if the file is missing, cut short, too long, outside the folder or altered."""
    path = folder / name
    if Path(name).is_absolute() or ".." in Path(name).parts:
        raise ArtifactRefused(f"{CARD} names {name!r}, which is outside the artifact")
    if not path.is_file():
        raise ArtifactRefused(f"{name} is missing from {folder}")
    found = path.stat().st_size
    if found != size:
        word = "cut short" if found < size else "too long"
        raise ArtifactRefused(f"{name} is {word}: {found} bytes instead of {size}; copy the artifact again")
    if digest(path) != sha256:
        raise ArtifactRefused(f"{name} was altered: its SHA-256 is not the one in {CARD}; copy the artifact again")


def digest(path: Path) -> str:
    """SHA-256 of a file, read in blocks."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            total.update(block)
    return total.hexdigest()


def read_card(folder: Path) -> Card:
    """policy.json alone, its seal checked, without a look at the files that it names. Raises `ArtifactRefused`."""
    path = folder / CARD
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ArtifactRefused(f"{folder} is no artifact: it has no {CARD}") from None
    except (OSError, ValueError) as error:
        raise ArtifactRefused(f"{CARD} cannot be read: {error}") from error
    if not isinstance(values, dict):
        raise ArtifactRefused(f"{CARD} holds no object")
    sealed = values.pop("sha256", None)
    if sealed != seal(values):
        raise ArtifactRefused(f"{CARD} was altered after the export: its seal does not fit what it says")
    try:
        return card_from_json(values)
    except Misfit as error:
        raise ArtifactRefused(f"{CARD} does not fit: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ArtifactRefused(f"{CARD} does not fit: {error!r}") from error


def seal(values: dict[str, object]) -> str:
    """SHA-256 of the card's content, which the card carries."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _consistent(card: Card) -> None:
    """What single fields cannot show: that the stages fit each other, the cameras and the joints."""
    if not card.stages or not card.cameras:
        raise ArtifactRefused(f"{CARD} names no stage or no camera")
    if missing := [c.name for c in card.cameras if c.name not in card.pictures]:
        raise ArtifactRefused(f"{CARD} has no normalisation for the camera {missing[0]!r}")
    for name, affine, joints in (("state", card.state_in, card.state), ("action", card.action_out, card.action)):
        if affine.scale.shape != (len(joints),) or affine.shift.shape != (len(joints),):
            raise ArtifactRefused(
                f"the normalisation of {name} has {affine.scale.size} values for {len(joints)} joints"
            )
    known: dict[str, tuple[int, ...]] = {}
    for stage in card.stages:
        for port in stage.inputs:
            expected = known.get(port.name)
            if expected is not None and np.prod(expected) != np.prod(port.shape):
                text = f"stage {stage.name!r} takes {port.name!r} as {list(port.shape)}"
                raise ArtifactRefused(f"{text}, and the stage before gives {list(expected)}")
        for port in stage.outputs:
            many = (len(card.cameras), *port.shape) if stage.runs == "per_camera" else port.shape
            known[port.name] = many
    if card.result not in known and card.steps == 0:
        raise ArtifactRefused(f"no stage gives {card.result!r}, which {CARD} calls the result")
