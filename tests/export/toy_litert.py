"""Makes files/vision.int8.tflite and its facts: the toy's vision stage in LiteRT, all in int8.

    .venv/bin/python -m tests.export.toy_litert      (after ./understudy export --make-lane litert)

The file is committed, so that CI runs LiteRT itself without the converter's environment.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.export.cards import PlacedStage
from app.export.precision import StagePrecision
from app.export.runner.models import Port
from app.export.stages import Layout
from app.export.variants import Variant
from tests.export import toy

FILE = Path(__file__).parent / "files/vision.int8.tflite"
FACTS = FILE.with_suffix(".json")


def vision(placed: PlacedStage) -> Variant:
    """The toy's vision stage in LiteRT, as a search would have it; `placed` is the one in float32."""
    facts = json.loads(FACTS.read_text())
    stage = replace(placed.stage, inputs=(Port("picture", "float32", (1, toy.SIZE, toy.SIZE, 3)),))
    moved = replace(
        placed,
        stage=stage,
        path=FILE,
        precision=StagePrecision.of("int8_static"),
        lane="litert",
        layout=Layout.nhwc,
        operators=facts["operators"],
    )
    return Variant(moved, facts=facts)


def make() -> dict[str, Any]:
    import torch
    from torch import nn

    from app.export.finding import LANES
    from app.export.lanes.environments import LaneEnvironment

    _, weights = toy.vision_graph()
    first, second = nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.Conv2d(8, toy.WIDTH, 4, stride=4, bias=False)
    for layer, name in ((first, "w1"), (second, "w2")):
        layer.weight = nn.Parameter(torch.from_numpy(weights[name]), requires_grad=False)
    module = nn.Sequential(first, nn.ReLU(), second).eval()
    pictures = [shot for seen in toy.observations(8) for shot in seen.pictures.values()]
    feeds = np.stack(pictures).astype(np.float32)[:, None] / 255
    with tempfile.TemporaryDirectory() as folder:
        program, data = Path(folder) / "vision.pt2", Path(folder) / "feeds.npz"
        torch.export.save(torch.export.export(module, (torch.zeros(1, 3, toy.SIZE, toy.SIZE),)), program)
        np.savez(data, **{"0": feeds})
        request = {"program": str(program), "feeds": str(data), "channel_last": True}
        made = LaneEnvironment("litert", LANES).work(
            "litert_stage.py", {**request, "targets": {"int8_static": str(FILE)}}
        )
    return made["int8_static"]


if __name__ == "__main__":
    FACTS.write_text(json.dumps(make(), indent=1) + "\n")
