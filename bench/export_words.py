"""Writes docs/benchmarks/export.md (ACT) and export-smolvla.md from what one run of the export bench measured."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.export.report import machine as this_machine
from bench.export_smolvla import stages_table
from bench.outcome import Reach

PAGES = Path(__file__).resolve().parents[1] / "docs/benchmarks"
FAMILIES = {
    "act": ("export.md", "Export of ACT, 51.6 M parameters, 3 x 480x640"),
    "smolvla": ("export-smolvla.md", "Export of SmolVLA, 450 M parameters"),
}
CHANGED = (
    '**The criterion was changed once**, after the first figures: "times as fast" is taken from the least disturbed '
    "chunk of each instead of the medians, because others shared the two cores. The medians stand beside it."
)

STALE = (
    "`stale_vision` is the chosen mix with vision at every second chunk, in the mean over both: what that saves. "
    "What it costs cannot be told with random weights; the search of an export measures it on recorded looks. Why ten "
    "times eager is out of reach without such a trick on two cores: docs/decisions/0159."
)


def write_pages(
    reports: Mapping[str, Any], figures: Mapping[str, float], reach: Mapping[str, Reach], quick: bool
) -> None:
    """A page a family, so that a run of one leaves the other's figures alone."""
    for family, found in reports.items():
        mine = {name: value for name, value in figures.items() if name.startswith(family)}
        (PAGES / FAMILIES[family][0]).write_text(_page(family, found, mine, reach, quick))


def _page(
    family: str, found: Mapping[str, Any], figures: Mapping[str, float], reach: Mapping[str, Reach], quick: bool
) -> str:
    machine = this_machine()
    day, load = datetime.date.today().strftime("%-d %B %Y"), found["load"]
    parts = [
        f"# {FAMILIES[family][1]}",
        "",
        f"Written by `./understudy bench export --only {family}` on {day}: {machine['processor']}, {machine['cores']} "
        f"cores, two threads, load {load[0]:.0f} as it began and {load[1]:.0f} as it ended. **Random weights**: they "
        "prove parity, size and latency, not accuracy on a task. Ratios come from turns in one run"
        f"{', a quick one' if quick else ''}: of the least disturbed chunk of each, of the medians, and of processor "
        "time (`_cpu`). With a load above the cores every millisecond is too long, and only ratios mean something.",
        "",
        CHANGED,
        "",
        "| figure | measured | reach | holds |",
        "|---|---|---|---|",
    ]
    for name, value in figures.items():
        bound = reach.get(name)
        parts.append(f"| {name} | {value:.4g} | {bound or ''} | {_holds(bound, value)} |")
    if family == "act":
        parts += ["", STALE]
    if family == "smolvla":
        return "\n".join([*parts, "", "## Stage by stage", "", *stages_table(found)]) + "\n"
    parts += ["", "## Every mix measured", "", *_table(found)]
    if found["report"]["refused"]:
        parts += ["", "## Refused, and why", "", *_refused(found["report"]["refused"])]
    if "broken" in found:
        parts += ["", "## Everything in int8", "", _broken(found["broken"])]
    return "\n".join(parts) + "\n"


def _refused(rows: Sequence[Mapping[str, str]]) -> list[str]:
    return [f"- {row['stage']} {row['precision']} in {row['lane']}: {row['why']}" for row in rows]


def _holds(bound: Reach | None, value: float) -> str:
    if bound is None:
        return ""
    return "yes" if bound.holds(value) else "**no**"


def _table(found: Mapping[str, Any]) -> list[str]:
    report, turns = found["report"], found["turns_ms"]
    rows = [
        f"Parity of float32 with LeRobot {report['parity']:.1e}; {report['moments']} held-out moments of the "
        "simulator, "
        f"tolerance {report['within']:g} units.",
        f"In turns, median: {', '.join(f'{name} {ms:.0f} ms' for name, ms in turns.items())}. "
        f"Chosen: {report['chosen']['name']}. {report['chosen']['why']}",
        "",
        "| mix | p50 ms | p95 | MB | relative L2 | worst joint, p95 |",
        "|---|---|---|---|---|---|",
    ]
    for mix in sorted(report["mixes"], key=lambda one: one["latency_ms"]["chunk"][0]):
        p50, p95, _ = mix["latency_ms"]["chunk"]
        mark = "**" if mix["name"] == report["chosen"]["name"] else ""
        rows.append(
            f"| {mark}{mix['name']}{mark} | {p50:.0f} | {p95:.0f} | {mix['size'] / 1e6:.0f} | {mix['relative']:.3f} "
            f"| {mix['worst_p95']:.2f} {mix['worst_joint']} |"
        )
    if report["chosen"]["along_steps"]:
        steps = ", ".join(f"{value:.3f}" for value in report["chosen"]["along_steps"])
        rows += ["", f"Mean error of the chosen mix after each denoise step, in joint units: {steps}."]
    return rows


def _broken(broken: Mapping[str, Any]) -> str:
    return (
        f"Relative L2 {broken['relative']:.2f} ({broken['worst_p95']:.1f} units at the worst joint) at "
        f"{broken['p50_ms']:.0f} ms and {broken['size'] / 1e6:.0f} MB: the output is not the policy's. The cause "
        "is the "
        f"softmax: in int8 its step is 1/255, and over {broken['keys']} keys {100 * broken['rounded_to_zero']:.1f} % "
        f"of the weights are below half of that and round to zero; they carry {100 * broken['attention_lost']:.0f} % "
        "of the attention. So softmax and the products around it stay in float; no artifact may hold this."
    )
