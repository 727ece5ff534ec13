"""The five steps of the deployment checklist, answered from files alone: before anything is loaded or converted.

The export answers them again from what it did (preflight.py); what differs then is what could not be known here.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.export.devices import HERE, DeviceProfile

FAMILIES = ("act", "smolvla")
NEEDS = ("torch", "lerobot", "onnx", "onnxruntime", "onnxscript")
LEAST_EPISODES = 2
NPU_SIDE = 320  # pixels: above this NXP's converter was seen to map a quarter of a network (facts/edge.md)
TITLES = (
    "A runtime for each stage",
    "Operators and shapes",
    "Kernels for the wanted precision",
    "Validation on logs and in the simulator",
    "Only then tricks",
)
_PICTURES = "observation.images."


@dataclass(frozen=True)
class Step:
    """One line of the checklist: fine, a warning, open, or blocked (the export would refuse)."""

    title: str
    state: str
    words: str

    def as_json(self) -> dict[str, str]:
        return {"title": self.title, "state": self.state, "words": self.words}


@dataclass(frozen=True)
class Known:
    """What the files say before the start. `episodes` None: the dataset is not here."""

    config: Mapping[str, Any]
    dataset: str
    episodes: int | None
    held_out: tuple[str, ...] = ()
    score: str = ""


def read_config(checkpoint: Path) -> dict[str, Any]:
    """config.json of a checkpoint; empty where there is none that can be read."""
    try:
        found = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    except (OSError, ValueError):
        return {}


def missing_packages() -> list[str]:
    return [name for name in NEEDS if importlib.util.find_spec(name) is None]


def checklist(known: Known, device: DeviceProfile) -> list[Step]:
    """In the checklist's order."""
    return [
        _runtimes(known, device),
        _shapes(known, device),
        _kernels(known, device),
        _validation(known),
        Step(TITLES[4], "fine", "None is used before the stages alone were measured."),
    ]


def blocked(steps: list[Step]) -> str:
    """Why the export cannot start, or ""."""
    return next((step.words for step in steps if step.state == "blocked"), "")


def _runtimes(known: Known, device: DeviceProfile) -> Step:
    if missing := missing_packages():
        return Step(
            TITLES[0],
            "blocked",
            f"Not installed here: {', '.join(missing)}. ./understudy install lerobot brings them.",
        )
    words = "; ".join(f"{one.lane}: {one.words}" for one in device.runtimes)
    if device.name == HERE:
        return Step(TITLES[0], "fine", f"{words}.")
    return Step(TITLES[0], "open", f"On {device.title}: {words}. Try it there with the artifact's own runner.")


def _shapes(known: Known, device: DeviceProfile) -> Step:
    kind = str(known.config.get("type", ""))
    if kind not in FAMILIES:
        said = f"The policy is {kind!r}" if kind else "There is no config.json"
        return Step(TITLES[1], "blocked", f"{said}; ACT and SmolVLA can be exported.")
    sizes = cameras_of(known.config)
    if not sizes:
        return Step(TITLES[1], "blocked", "The policy sees no camera.")
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {w}x{h}" for name, (w, h) in sizes.items())
        return Step(TITLES[1], "blocked", f"The cameras differ in size ({listed}), and the vision stage has one shape.")
    width, height = next(iter(sizes.values()))
    parts = "vision and decoder" if kind == "act" else "vision, prefill and denoise"
    family = "ACT" if kind == "act" else "SmolVLA"
    words = f"{family}: {parts}; {len(sizes)} cameras of {width}x{height}, every shape static."
    if any(one.lane == "neutron" for one in device.runtimes) and max(width, height) > NPU_SIDE:
        return Step(
            TITLES[1],
            "warning",
            f"{words} NXP's converter maps few operators above {NPU_SIDE} px: smaller pictures suit the NPU.",
        )
    return Step(TITLES[1], "fine", words)


def _kernels(known: Known, device: DeviceProfile) -> Step:
    words = "Convolutions int8 static; products int8 dynamic, static or 4-bit; softmax and attention stay float."
    if device.name == HERE:
        return Step(TITLES[2], "fine", f"{words} What was really converted is counted in the export.")
    return Step(
        TITLES[2], "open", f"{words} Measured here: how fast {device.title} runs them is not known before --check."
    )


def _validation(known: Known) -> Step:
    if known.episodes is None:
        named = f"The dataset {known.dataset}" if known.dataset else "The dataset it was trained on"
        return Step(TITLES[3], "blocked", f"{named} is not here: choose one to calibrate and to measure on.")
    if known.episodes < LEAST_EPISODES:
        return Step(
            TITLES[3], "blocked", f"{known.dataset} has {known.episodes} episode; two are needed, one to calibrate on."
        )
    held = f"held-out cluster {', '.join(known.held_out)}" if known.held_out else "held-out episodes of each cluster"
    words = f"Calibrated on {known.dataset}, measured on its {held}. "
    if known.score:
        return Step(
            TITLES[3],
            "fine",
            f"{words}In the simulator the checkpoint did {known.score}; the export is scored by an evaluation.",
        )
    return Step(TITLES[3], "open", f"{words}Success is not known before an evaluation.")


def cameras_of(config: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Width and height of each camera that the policy sees."""
    found = {}
    features = config.get("input_features")
    for key, feature in features.items() if isinstance(features, dict) else ():
        shape = feature.get("shape") if isinstance(feature, dict) else None
        if key.startswith(_PICTURES) and isinstance(shape, list) and len(shape) == 3:
            found[key.removeprefix(_PICTURES)] = (int(shape[2]), int(shape[1]))
    return found
