"""NXP eIQ Neutron (i.MX 95): the bundle that is handed over, since its converter is had from NXP only.

The bundle holds what NXP's `neutron-converter` wants and what a reader needs to check its work: the int8 file, scales,
the calibration set's hash, an operator histogram, golden inputs and outputs, the exact command, and a checker for the
converter's report. Nothing here claims that the converted file runs: that is only known on the board.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.export.errors import LaneUnavailable
from app.export.exporting import Exported
from app.export.lanes import neutron_check
from app.export.lanes.litert import calibrated_on, normalised, pictures_of
from app.export.runner.artifact import digest
from app.export.runner.models import Affine, StageFile
from app.export.runner.sessions import open_session, quantized
from app.export.stages import Observation
from app.export.variants import Variant

TARGET = "imx95"
VISION = "vision.int8.tflite"
GOLDENS = 2
# MobileNetV2 mapped 93 % of its operators at 224 px and 25 % at 320: a larger picture may leave the NPU.
SAFE_PX = 224


def hand_over(folder: Path, made: Exported) -> Path:
    """Fills `folder` from what an export converted; gives the path of its README.

    Raises `LaneUnavailable` with the reason where the vision stage is not had in LiteRT, all in int8.
    """
    vision = _vision(made.stages)
    folder.mkdir(parents=True)
    shutil.copyfile(vision.placed.path, folder / VISION)
    shutil.copyfile(Path(neutron_check.__file__), folder / "check.py")
    facts = {
        "target": TARGET,
        "command": command(VISION),
        "vision": {"file": VISION, "sha256": digest(folder / VISION), **_said(vision)},
        "normalization": {name: _affine(affine) for name, affine in made.policy.interface.pictures.items()},
        "calibration": calibration(made.calibration),
        "cpu_stages": _others(folder, made),
        "warnings": warnings(vision.placed.stage.inputs[0].shape),
        "origin": made.report["origin"],
        "versions": made.report["versions"],
    }
    _goldens(folder / "goldens.npz", vision, made)
    (folder / "bundle.json").write_text(json.dumps(facts, indent=1) + "\n")
    readme = folder / "README.md"
    readme.write_text(_readme(facts))
    return readme


def command(name: str) -> str:
    return f"neutron-converter --input {name} --output {name.replace('.tflite', '.neutron.tflite')} --target {TARGET}"


def warnings(shape: Sequence[int]) -> list[str]:
    """What is known to go wrong with a vision stage of this NHWC shape."""
    height, width = shape[1:3]
    if max(height, width) <= SAFE_PX:
        return []
    return [
        f"The pictures are {width}x{height}. The mapped share depends on the resolution: a MobileNetV2 mapped "
        f"93 % at {SAFE_PX} px and 25 % at 320. Check the converter's report before you rely on the NPU."
    ]


def calibration(observations: Sequence[Observation]) -> dict[str, Any]:
    """Which pictures the scales were calibrated on: their count, where they are from, and a hash of all of them."""
    pictures = calibrated_on(observations)
    hashed = hashlib.sha256()
    for seen, name in pictures:
        hashed.update(np.ascontiguousarray(seen.pictures[name]).tobytes())
    moments = [
        {"episode": seen.episode, "frame": seen.frame, "camera": name} for seen, name in pictures if seen.episode >= 0
    ]
    return {"pictures": len(pictures), "sha256": hashed.hexdigest(), "moments": moments}


def _vision(stages: Mapping[str, Sequence[Variant]]) -> Variant:
    found = [one for one in stages.get("vision", ()) if one.placed.lane == "litert"]
    for one in found:
        if not one.refused and not one.facts.get("float_tensor_count", 1):
            return one
    reasons = [one.refused for one in found if one.refused] or ["the LiteRT lane was not part of the export."]
    raise LaneUnavailable(
        f"There is no vision stage all in int8 for the NPU: {reasons[0]}",
        todo="./understudy export --make-lane litert, then export again with --neutron.",
    )


def _others(folder: Path, made: Exported) -> list[dict[str, Any]]:
    """The stages that stay on the CPU, in LiteRT where they could be converted, with the error each was measured at."""
    listed = []
    for name, options in made.stages.items():
        for one in options:
            if name == "vision" or one.refused or (one.placed.lane != "litert" and one is not options[0]):
                continue
            target = folder / f"{name}.{one.placed.precision}{one.placed.path.suffix}"
            shutil.copyfile(one.placed.path, target)
            measured = [
                mix["worst_p95"]
                for mix in made.report["mixes"]
                if mix["alone"] == name
                and mix["stages"][name]["lane"] == one.placed.lane
                and mix["stages"][name]["precision"] == str(one.placed.precision)
            ]
            listed.append(
                {
                    "file": target.name,
                    "sha256": digest(target),
                    "runtime": one.placed.lane,
                    "precision": str(one.placed.precision),
                    "worst_p95": measured[0] if measured else 0.0,
                }
            )
    return listed


def _goldens(path: Path, vision: Variant, made: Exported) -> None:
    """Normalised pictures, the integers they are on the board, and what LiteRT's CPU gave for them."""
    placed = vision.placed
    stage = StageFile(
        placed.stage.name, placed.path.name, "", 1, placed.lane, str(placed.stage.runs), str(placed.layout),
        placed.stage.inputs, placed.stage.outputs, {}, {}, placed.threads,
    )  # fmt: skip
    session = open_session(stage, placed.path)
    pictures = normalised(made.policy, pictures_of(made.held.observations)[:GOLDENS])
    side = vision.facts["inputs"][0]
    scaled = {"dtype": side["dtype"], "quantization": (side["scale"], side["zero_point"])}
    features = np.stack([session.run({"picture": picture})["features"] for picture in pictures])
    np.savez_compressed(path, picture=pictures, picture_int8=quantized(pictures, scaled), features=features)


def _said(vision: Variant) -> dict[str, Any]:
    names = ("operators", "inputs", "outputs", "quantizer", "converter")
    return {name: vision.facts[name] for name in names}


def _affine(affine: Affine) -> dict[str, list[float]]:
    return {"scale": affine.scale.tolist(), "shift": affine.shift.tolist()}


def _readme(facts: Mapping[str, Any]) -> str:
    vision, calibrated = facts["vision"], facts["calibration"]
    histogram = ", ".join(f"{count} {name}" for name, count in vision["operators"].items())
    others = [
        f"- On the CPU: {one['file']} ({one['runtime']}, {one['precision']}; worst error {one['worst_p95']:.2f})."
        for one in facts["cpu_stages"]
    ]
    return "\n".join(
        [
            "# Hand-over for NXP eIQ Neutron (i.MX 95)",
            "",
            f"- Convert: `{facts['command']} | tee report.txt` (the tool comes with NXP's eIQ Toolkit).",
            "- Check what it mapped: `python check.py report.txt`.",
            "- Check what the board gives for goldens.npz: `python check.py --features features.npy`.",
            f"- Input {vision['inputs'][0]}; output {vision['outputs'][0]}.",
            "- A picture goes in as RGB * scale + shift (bundle.json, normalization), then by the input's own scale.",
            f"- Operators: {histogram}.",
            f"- Calibrated on {calibrated['pictures']} pictures, SHA-256 {calibrated['sha256']}.",
            "- goldens.npz: pictures, the same as int8, and the features that LiteRT gave on the CPU that made this.",
            *others,
            "- The converted file was not run by the studio: no board and no converter were at hand.",
            *[f"- Warning: {words}" for words in facts["warnings"]],
            "",
        ]
    )
