"""Exports for the Deploy page's tests: the tiny stages of tests/export/toy.py, measured and reported as any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from app.export.before import TITLES
from app.export.cards import on_the_bench, versions
from app.export.lanes.onnxruntime import OnnxRuntimeLane
from app.export.measure import Bench
from app.export.precision import StagePrecision
from app.export.report import build_report
from app.export.report_page import report_page
from app.export.search import Goal, Ledger, alone, choose, fp32_mix
from app.export.variants import variants
from app.export.writer import Contents, write_artifact
from tests.export import toy

PRECISIONS = {"vision": ["int8_static"], "decoder": ["int8_dynamic", "int4"]}


def export_toys(models: Path, work: Path, fps: float = 10.0) -> None:
    """`models/exports/fast` and `models/exports/small`, one for each goal."""
    sources = toy.sources(work, toy.observations(4))
    placed = [source.placed for source in sources]
    stages = {
        one.stage.name: variants(
            source, [OnnxRuntimeLane()], [StagePrecision.of(word) for word in PRECISIONS[one.stage.name]]
        )
        for one, source in zip(placed, sources, strict=True)
    }
    bench = Bench(on_the_bench(toy.interface(), placed), toy.held(np.zeros((3, toy.CHUNK, 6), np.float32)))
    bench.accuracy()
    held = toy.held(bench.outputs())
    ledger = Ledger(toy.interface(), held, chunks=3)
    alone(ledger, stages)
    for name, goal, device in (("fast", Goal.fastest, "here"), ("small", Goal.smallest, "imx95")):
        choice = choose(ledger, stages, within=100.0, goal=goal)
        origin = {"run": "bricks", "step": 40, "dataset_name": "bricks", "device": device, "episodes": {}}
        facts = {
            "parity": 1e-6,
            "torch_ms": 1.0,
            "origin": origin,
            "preflight": [{"title": title, "state": "fine", "words": "Looked at."} for title in TITLES],
            "versions": versions(),
            "fps": fps,
        }
        report = build_report(ledger, stages, choice, fp32=fp32_mix(stages), within=100.0, goal=goal, facts=facts)
        extra = {"report.json": json.dumps(report).encode(), "report.html": report_page(report).encode()}
        contents = Contents(toy.interface(), choice.mix.placed, held, fps, origin)
        write_artifact(models / "exports" / name, contents, extra)
