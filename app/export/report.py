"""The report of an export as plain values: what was measured on what, what was chosen and why."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.export.measure import Measured
from app.export.names import units
from app.export.search import Choice, Goal, Ledger, Mix, pareto
from app.export.stages import WHOLE
from app.export.variants import Variant

FORMAT = 1


def build_report(
    ledger: Ledger,
    stages: Mapping[str, Sequence[Variant]],
    choice: Choice,
    *,
    fp32: Mix,
    within: float,
    goal: Goal,
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """Everything a reader needs to believe or doubt the choice, with the counts behind each number."""
    base = ledger.measure(fp32)
    return {
        "format": FORMAT,
        "family": ledger.interface.family,
        "joints": list(ledger.interface.action),
        "units": units(ledger.interface.action),
        "moments": len(ledger.held.observations),
        "chunk": ledger.interface.chunk,
        "within": within,
        "goal": str(goal),
        "machine": machine(),
        **facts,
        "chosen": {
            **choice.mix.as_json(),
            "why": choice.why,
            **choice.measured.as_json(),
            "speedup": base.p50_ms / choice.measured.p50_ms,
            "size_share": choice.measured.size / base.size,
        },
        "mixes": [_line(mix, measured, fp32) for mix, measured in ledger.found.values()],
        "pareto": pareto(ledger.found),
        "refused": [
            {"stage": name, "precision": str(v.placed.precision), "lane": v.placed.lane, "why": v.refused}
            for name, options in stages.items()
            for v in options
            if v.refused
        ],
        "audits": {
            f"{name} {v.placed.words}": v.audit.as_json()
            for name, options in stages.items()
            for v in options
            if v.audit is not None
        },
    }


def machine() -> dict[str, Any]:
    """Whose latencies these are."""
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else ""
    return {"machine": platform.machine(), "processor": model, "cores": os.cpu_count()}


def _line(mix: Mix, measured: Measured, fp32: Mix) -> dict[str, Any]:
    """One mix; `alone` names the stage that alone left float32."""
    changed = [
        one.stage.name
        for one, base in zip(mix.placed, fp32.placed, strict=True)
        if (one.words, one.every) != (base.words, base.every)
    ]
    plain = mix.steps is None and mix.sight == WHOLE and not mix.tuned
    single = changed[0] if len(changed) == 1 and plain else ""
    return {**mix.as_json(), "alone": single, **measured.as_json()}
