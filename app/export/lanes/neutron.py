"""NXP eIQ Neutron (i.MX 95): the bundle that is handed over, since its converter is had from NXP only.

The bundle holds what NXP's `neutron-converter` wants and what a reader needs to check its work: the int8 file, scales,
the calibration set's hash, an operator histogram, golden inputs and outputs, the exact command, and a checker for the
converter's report. Nothing here claims that the converted file runs: that is only known on the board.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.export.cards import PlacedStage
from app.export.lanes.litert import LiteRtVision
from app.export.runner.artifact import digest
from app.export.runner.models import StageFile
from app.export.runner.sessions import open_session

TARGET = "imx95"
# MobileNetV2 mapped 93 % of its operators at 224 px and 25 % at 320: a larger picture may leave the NPU.
SAFE_PX = 224


def write_bundle(folder: Path, vision: LiteRtVision, others: Sequence[PlacedStage], goldens: int = 2) -> Path:
    """Fills `folder`; gives the path of its README. `others` are the stages that stay on the CPU."""
    folder.mkdir(parents=True)
    name = "vision.int8.tflite"
    shutil.copyfile(vision.placed.path, folder / name)
    for one in others:
        shutil.copyfile(one.path, folder / one.path.name)
    pictures = np.load(vision.feeds)["picture"]
    session = open_session(_file(vision.placed), vision.placed.path)
    chosen = pictures[:goldens]
    outputs = np.stack([session.run({"picture": picture})["features"] for picture in chosen])
    np.savez_compressed(folder / "goldens.npz", picture=chosen, features=outputs)
    facts = {
        "target": TARGET,
        "vision": {"file": name, "sha256": digest(folder / name), **dict(vision.facts)},
        "calibration": {"pictures": len(pictures), "sha256": digest(vision.feeds)},
        "cpu_stages": [{"file": one.path.name, "precision": str(one.precision)} for one in others],
        "warnings": warnings(vision),
        "command": command(name),
    }
    (folder / "bundle.json").write_text(json.dumps(facts, indent=1) + "\n")
    readme = folder / "README.md"
    readme.write_text(_readme(facts))
    return readme


def command(name: str) -> str:
    return f"neutron-converter --input {name} --output {name.replace('.tflite', '.neutron.tflite')} --target {TARGET}"


def warnings(vision: LiteRtVision) -> list[str]:
    """What is known to go wrong with a stage like this."""
    height, width = vision.placed.stage.inputs[0].shape[1:3]
    found = []
    if max(height, width) > SAFE_PX:
        found.append(
            f"The pictures are {width}x{height}. The mapped share depends on the resolution: a MobileNetV2 mapped "
            f"93 % at {SAFE_PX} px and 25 % at 320. Check the converter's report before you rely on the NPU."
        )
    return found


def _file(placed: PlacedStage) -> StageFile:
    stage = placed.stage
    return StageFile(
        stage.name, placed.path.name, "", 1, placed.lane, str(stage.runs), str(placed.layout), stage.inputs,
        stage.outputs, {}, {}, placed.threads,
    )  # fmt: skip


def _readme(facts: dict[str, Any]) -> str:
    vision = facts["vision"]
    histogram = ", ".join(f"{count} {name}" for name, count in vision["operators"].items())
    return "\n".join(
        [
            "# Hand-over for NXP eIQ Neutron (i.MX 95)",
            "",
            f"- Convert: `{facts['command']}` (the tool comes with NXP's eIQ Toolkit).",
            f"- Input {vision['input']}, output {vision['output']}.",
            f"- Operators: {histogram}.",
            f"- Calibrated on {facts['calibration']['pictures']} pictures, SHA-256 {facts['calibration']['sha256']}.",
            "- goldens.npz: normalised pictures, and the features that LiteRT gave on the CPU that made this.",
            "- The converted file was not run by the studio: no board was at hand.",
            *[f"- Warning: {words}" for words in facts["warnings"]],
            "",
        ]
    )
