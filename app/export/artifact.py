"""An exported artifact as a `Policy`: trials, scoring and the arm take it like any other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from app.core.errors import Refused
from app.export.runner import ArtifactRefused, ExportedPolicy, LaneMissing
from app.policies.continuation import Guide
from app.policies.errors import ObservationInvalid, PolicyUnreadable
from app.policies.pictures import fit
from app.policies.protocol import Chunk, PolicyCamera, PolicyInfo, PolicyJoint, PolicyObservation, checked

_UNITS = {"%": "percent"}


class ArtifactPolicy:
    """Implements `Policy` by an artifact's stages. `seed` draws the noise of a flow policy: same seed, same chunks."""

    def __init__(self, exported: ExportedPolicy, source: str = "", seed: int = 0) -> None:
        card = exported.card
        self._exported = exported
        self._seed = seed
        self._draws = np.random.default_rng(seed)
        self.tasks = tasks = tuple(card.language.instructions) if card.language else ()
        self.info = PolicyInfo(
            kind=card.family,
            fps=card.fps,
            horizon=card.chunk,
            execute=min(card.execute or card.chunk, card.chunk),
            joints=tuple(PolicyJoint(name, _unit(card.units, name)) for name in card.action),
            cameras=tuple(PolicyCamera(c.name, c.width, c.height) for c in card.cameras),
            task=tasks[0] if len(tasks) == 1 else "",
            takes_task=bool(tasks),
            source=source,
            continues=card.steps > 0,
        )

    def chunk(self, observation: PolicyObservation) -> Chunk:
        """Raises `ObservationInvalid`, `PolicyOutputInvalid`."""
        card = self._exported.card
        try:
            pictures = {c.name: fit(observation.images[c.name], c.width, c.height) for c in card.cameras}
            noise = self._draws.standard_normal(card.noise).astype(np.float32) if card.noise else None
            actions = self._exported.chunk(
                pictures, observation.state, task=observation.task, noise=noise, guide=self._guide(observation)
            )
        except KeyError as error:
            raise ObservationInvalid(f"The policy looks at camera {error}, and there is no picture of it.") from error
        except ArtifactRefused as error:
            raise ObservationInvalid(f"The exported policy does not take this: {error}.") from error
        return checked(self.info, actions, self._stages_ms(), observation.monotonic_ns)

    def reset(self) -> None:
        self._exported.reset()
        self._draws = np.random.default_rng(self._seed)

    def close(self) -> None:
        self._exported.reset()

    def _guide(self, observation: PolicyObservation) -> Guide | None:
        card, ahead = self._exported.card, observation.continuation
        if ahead is None or not card.steps or not ahead.actions.size:
            return None
        rows = ahead.actions
        if card.result_normalized:
            scale = np.where(card.action_out.scale == 0.0, 1.0, card.action_out.scale)
            rows = ((rows - card.action_out.shift) / scale).astype(np.float32)
        height, width = card.noise[-2:]
        return ahead.guide(rows, height, width)

    def _stages_ms(self) -> dict[str, float]:
        spent: dict[str, float] = {}
        for span in self._exported.spans:
            spent[span.stage] = spent.get(span.stage, 0.0) + span.seconds * 1000
        return spent


def open_artifact(folder: Path, device: str = "cpu") -> ArtifactPolicy:
    """Opens and verifies an artifact. Raises `PolicyUnreadable` with the reason; `Refused` for a device but the CPU."""
    if device != "cpu":
        raise Refused(f"An artifact runs where it was exported for, and not on {device}.", todo="Choose the CPU.")
    try:
        return ArtifactPolicy(ExportedPolicy.open(folder), str(folder))
    except (ArtifactRefused, LaneMissing) as error:
        raise PolicyUnreadable(f"The artifact {folder.name} is refused: {error}.", todo="Export it again.") from error


def _unit(units: Mapping[str, str], name: str) -> str:
    unit = units.get(name, "")
    return _UNITS.get(unit, unit)
