"""What a policy's numbers are called and measured in: from the dataset it was trained on, else by position."""

from __future__ import annotations

import json
from pathlib import Path

SO101 = ("shoulder_pan", "shoulder_lift", "elbow_flex", "wrist_flex", "wrist_roll", "gripper")


def dataset_names(dataset: str | None, sizes: tuple[int, int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of state and action. A dataset that is not here leaves `joint_1` and so on; six are an SO-101's."""
    found = _features(dataset)
    names = []
    for key, size in zip(("observation.state", "action"), sizes, strict=True):
        listed = found.get(key, {}).get("names") or []
        named = tuple(str(name).removesuffix(".pos") for name in listed)
        if len(named) != size:
            named = SO101 if size == len(SO101) else tuple(f"joint_{number + 1}" for number in range(size))
        names.append(named)
    return names[0], names[1]


def dataset_fps(dataset: str | None, fallback: float) -> float:
    info = Path(dataset or "") / "meta/info.json"
    return float(json.loads(info.read_text())["fps"]) if dataset and info.is_file() else fallback


def units(names: tuple[str, ...]) -> dict[str, str]:
    """LeRobot's units: degrees for the body, 0 to 100 for a gripper."""
    return {name: "%" if "gripper" in name else "deg" for name in names}


def _features(dataset: str | None) -> dict[str, dict[str, list[str]]]:
    info = Path(dataset or "") / "meta/info.json"
    return dict(json.loads(info.read_text())["features"]) if dataset and info.is_file() else {}
