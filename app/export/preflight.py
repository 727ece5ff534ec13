"""The five steps of the deployment checklist, answered for one checkpoint and one device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.export.before import TITLES, Step
from app.export.cards import PlacedStage
from app.export.graph import load, operators
from app.export.variants import Variant


def preflight(
    placed: Sequence[PlacedStage],
    variants: Mapping[str, Sequence[Variant]],
    *,
    on_recorded: int,
    episodes: Sequence[int],
    simulated: str = "",
    tricks: Sequence[str] = (),
) -> list[Step]:
    """In the checklist's order: runtime, operators and shapes, kernels, validation, and only then tricks."""
    return [
        _runtimes(placed),
        _shapes(placed),
        _kernels(variants),
        _validation(on_recorded, episodes, simulated),
        _tricks(tricks),
    ]


def _runtimes(placed: Sequence[PlacedStage]) -> Step:
    words = ", ".join(f"{one.stage.name}: {one.lane}, {one.threads} threads" for one in placed)
    return Step(TITLES[0], "fine", words)


def _shapes(placed: Sequence[PlacedStage]) -> Step:
    parts = []
    for one in placed:
        if one.path.suffix == ".onnx":
            found = operators(load(one.path))
            shapes = ", ".join(f"{port.name} {list(port.shape)}" for port in one.stage.inputs)
            parts.append(f"{one.stage.name}: {len(found)} kinds of operator, {sum(found.values())} nodes, {shapes}")
    return Step(TITLES[1], "fine", "; ".join(parts) + ". All shapes are static.")


def _kernels(variants: Mapping[str, Sequence[Variant]]) -> Step:
    refused = [
        f"{v.placed.stage.name} {v.placed.words}: {v.refused}" for vs in variants.values() for v in vs if v.refused
    ]
    counted = [
        f"{v.placed.stage.name} {v.placed.words}: {sum(v.audit.found.values())} of {sum(v.audit.asked.values())}"
        for vs in variants.values()
        for v in vs
        if v.audit is not None
    ]
    words = f"Operators really converted, of those asked: {', '.join(counted) or 'none asked'}."
    if refused:
        return Step(TITLES[2], "warning", f"{words} Refused: {'; '.join(refused)}")
    return Step(TITLES[2], "fine", words)


def _validation(on_recorded: int, episodes: Sequence[int], simulated: str) -> Step:
    where = (
        f"{on_recorded} recorded moments of held-out episodes {list(episodes)}"
        if episodes
        else f"{on_recorded} moments"
    )
    if simulated:
        return Step(TITLES[3], "fine", f"{where}; in the simulator: {simulated}")
    return Step(TITLES[3], "open", f"{where}. Not run in the simulator: success is not known.")


def _tricks(tricks: Sequence[str]) -> Step:
    return Step(TITLES[4], "fine", f"Used: {', '.join(tricks)}." if tricks else "None is used.")


def as_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [step.as_json() for step in steps]
