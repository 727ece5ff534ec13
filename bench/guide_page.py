"""docs/benchmarks/guide-table.md: the table, the comparisons behind it, and what they do not say."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from app.evaluation.executing import choice_of
from app.evaluation.folder import EvaluationFolder
from app.evaluation.models import Evaluation, Part
from app.evaluation.results import Comparison, EntrantResult, Results, Score
from app.policies.feasibility import feasibility
from app.policies.protocol import PolicyInfo
from bench.guide_policies import LOSE
from bench.outcome import Reach

# NXP and Hugging Face, March 2026: i.MX 95, seconds a look; success on training, held-out, all.
GUIDE = (
    ("ACT, ONNX FP32", "2.86 s", "1.00", "0.90", "0.96"),
    ("ACT, optimized", "0.32 s", "1.00", "0.60", "0.89"),
    ("SmolVLA, ONNX FP32", "29.10 s", "0.50", "0.40", "0.47"),
)


def figures_of(
    here: Results, there: Results, smolvla: Mapping[str, Any], colours: Mapping[str, str]
) -> dict[str, float]:
    """What the reach is held against; NaN for what was not tried. Starved steps are counted where it is green."""
    precision = comparison(here, "optimized", "fp32")
    speed = comparison(there, "optimized-async", "optimized-sync")
    quick = one(there, "optimized-async")
    nan = float("nan")
    return {
        "matched_trials": float(_matched(precision)) if precision else 0.0,
        "fp32_success_percent": _percent(one(here, "fp32")),
        "optimized_success_percent": _percent(one(here, "optimized")),
        "int8_all_success_percent": _percent(one(here, "int8-all")),
        "optimized_keeps_percent": round(100 * precision.kept, 1) if precision and precision.kept is not None else nan,
        "optimized_minus_fp32_points": round(100 * precision.difference, 1)
        if precision and precision.difference is not None
        else nan,
        "asynchronous_starved_steps": float(quick.starved_steps)
        if quick and quick.done and colours.get("optimized-async") == "green"
        else nan,
        "asynchronous_times_as_fast": round(speed.faster, 2) if speed and speed.faster is not None else nan,
        "emulated_matched_trials": float(_matched(speed)) if speed else 0.0,
        "smolvla_random_weights_ms": round(float(smolvla["ms"]), 0) if smolvla else nan,
    }


def page(
    folders: Sequence[EvaluationFolder],
    found: Sequence[Results],
    smolvla: Mapping[str, Any],
    figures: Mapping[str, float],
    reach: Mapping[str, Reach],
    chosen: str,
    policies: int,
) -> str:
    """The whole page; nothing in it is stated that was not counted."""
    here, there = found
    evaluation = folders[0].evaluation()
    machine = evaluation.machine
    loaded = f"load {os.getloadavg()[0]:.0f} when this page was written"
    parts = [
        "# The guide's table, on our arm",
        f"Written by `./understudy bench guide-table`. Simulated trials in lock-step of {policies} exports of "
        f"{_policy(evaluation)}, a small ACT at 64 px and 10 Hz on the demonstrations of `./understudy bench train`. "
        f"{machine.processor}, {machine.cores} cores, {loaded}: success does not depend on it, milliseconds here do.",
        "**Success is judged by physics; every latency of the i.MX 95 is emulated**: injected into simulated time, "
        "rounded up to whole steps of 100 ms, while the world moves on. It is not a measurement of that board.",
        "## The table",
        _table(here, there, smolvla, colours_of(folders[1])),
        "Successes of trials, 95 % Wilson interval. On this machine the world waits while the policy thinks. Optimized "
        "is the smallest mix whose own error stays within 1 unit (95th percentile, worst joint) and which, in trials "
        f"at places that this page has not, loses at most {100 * LOSE:.0f} points of float32's successes: {chosen} "
        "All-int8 quantizes softmax and attention too: no export offers it.",
        "## What differs, over matched trials",
        _comparisons(found),
        "## What was to be reached",
        _reached(figures, reach),
        "## How it was tried",
        _protocol(folders),
        "## The guide's own figures, for comparison",
        _guide(),
        _limits(here, there),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def colours_of(folder: EvaluationFolder) -> dict[str, str]:
    """What the feasibility test says of each entrant at its emulated latency, before anything starts."""
    found, evaluation = {}, folder.evaluation()
    for entrant in evaluation.entrants:
        subject, ms = evaluation.subject(entrant.key), entrant.execution.delay_ms
        if subject is not None and ms is not None:
            info = PolicyInfo(subject.family, subject.fps, subject.horizon, subject.execute, (), ())
            choice = choice_of(entrant.execution, subject.execute)
            found[entrant.key] = str(feasibility([ms / 1000.0], info, choice).colour)
    return found


def comparison(found: Results, first: str, second: str) -> Comparison | None:
    return next((pair for pair in found.comparisons if (pair.first, pair.second) == (first, second)), None)


def one(found: Results, key: str) -> EntrantResult | None:
    return next((entrant for entrant in found.entrants if entrant.key == key), None)


def _table(here: Results, there: Results, smolvla: Mapping[str, Any], colours: Mapping[str, str]) -> str:
    lines = ["| policy | where | latency | feasible | training | held-out | all | time to success | steps held |",
             "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    lines += [_row(entrant, "this machine", "-") for entrant in here.entrants]
    lines += [_row(entrant, "**i.MX 95, emulated**", colours.get(entrant.key, "-")) for entrant in there.entrants]
    took = _smolvla_took(smolvla) if smolvla else "not measured in this run"
    size = f", {smolvla['parameters'] / 1e6:.0f} M parameters" if smolvla else ""
    unknown = "random weights know no task"
    lines.append(f"| SmolVLA, **random weights**{size} | this machine | {took} | - | {unknown} | - | - | - | - |")
    return "\n".join(lines)


def _smolvla_took(smolvla: Mapping[str, Any]) -> str:
    looks = f"{smolvla['looks']} look{'s' if smolvla['looks'] > 1 else ''}"
    cold = "" if smolvla["warm"] else ", the first one: cold"
    return (
        f"{smolvla['ms'] / 1000:.1f} s (PyTorch fp32, {smolvla['threads']} threads, {looks}{cold}, load "
        f"{smolvla['load']:.0f}), {smolvla['vision_ms'] / 1000:.1f} s of it pictures"
    )


def _row(entrant: EntrantResult, where: str, colour: str) -> str:
    delay = f"{entrant.delay_ms / 1000:.2f} s" if entrant.emulated and entrant.delay_ms is not None else ""
    own = f"{entrant.latency_p50_ms:.0f} ms" if entrant.latency_p50_ms is not None else "-"
    took = f"{entrant.duration_s:.1f} s" if entrant.duration_s is not None else "-"
    cells = [_score(entrant.training), _score(entrant.held_out), _score(entrant.all)]
    held = f"{entrant.starved_steps} of {entrant.steps}"
    return f"| {entrant.title} | {where} | {delay or own} | {colour} | {' | '.join(cells)} | {took} | {held} |"


def _score(score: Score) -> str:
    if score.low is None or score.high is None or score.share is None:
        return "not tried"
    return (
        f"{score.successes} of {score.trials}, {100 * score.share:.0f} % ({100 * score.low:.0f}-{100 * score.high:.0f})"
    )


def _comparisons(found: Sequence[Results]) -> str:
    wanted = [("optimized", "fp32"), ("int8-all", "fp32"),
              ("optimized-async", "optimized-sync"), ("optimized-sync", "fp32-sync"), ("fp32-async", "fp32-sync"),
              ("optimized-async", "fp32-async")]  # fmt: skip
    lines = []
    for results in found:
        place = "i.MX 95, emulated" if results.entrants[0].emulated else "this machine"
        for first, second in wanted:
            pair = comparison(results, first, second)
            if pair is not None and pair.difference is not None:
                lines.append(f"- {place}: {pair.words}")
    return "\n".join(lines) + "\n\nDifferences in points with Tango's paired interval; times with a bootstrap interval."


def _reached(figures: Mapping[str, float], reach: Mapping[str, Reach]) -> str:
    lines = ["| figure | wanted | measured | |", "|---|---|---|---|"]
    for name, bound in reach.items():
        said = "reached" if bound.holds(figures[name]) else "**missed**"
        lines.append(f"| {name.replace('_', ' ')} | {bound} | {figures[name]:g} | {said} |")
    return "\n".join(lines)


def _protocol(folders: Sequence[EvaluationFolder]) -> str:
    lines = []
    for folder in folders:
        found, trials = folder.evaluation(), folder.trials()
        counts = {part: sum(place.part is part for place in found.places) for part in Part}
        lines.append(
            f"- `{found.name}`: {counts[Part.training]} places in training clusters, {counts[Part.held_out]} held out, "
            "that neither the recording nor the choice of the checkpoint saw, the same for every policy, shuffled "
            f"(seed {found.protocol.seed}); {found.protocol.limit_s:g} s a trial; {len(trials)} of "
            f"{len(found.places) * len(found.entrants)} trials were run. {found.protocol.success_rule}"
        )
        lines += [f"  - {s.key}: SHA-256 {s.sha256[:12]}, {s.precision}" for s in found.subjects]
    return "\n".join(lines)


def _guide() -> str:
    lines = ["| policy, i.MX 95 | latency | training | held-out | all |", "|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in GUIDE]
    return "\n".join(lines) + "\n\nAnother arm, another policy (51.6 M parameters at 480x640), other trials."


def _limits(here: Results, there: Results) -> str:
    broken = sum(entrant.all.broken for found in (here, there) for entrant in found.entrants)
    return (
        "## What this does not say\n\n"
        "- The guide's SmolVLA cannot be had here without its weights: random ones have a latency and no skill.\n"
        "- The i.MX 95 figures are the guide's for its own, much larger ACT; ours would be faster there.\n"
        "- All-int8 breaks further where attention goes over hundreds of keys (docs/benchmarks/export.md: 902); this "
        "policy's goes over ten.\n"
        f"- {broken} trials broke off and count as neither."
    )


def _policy(evaluation: Evaluation) -> str:
    """Which training it was, so that nobody takes one run for another."""
    if not evaluation.subjects:
        return "a run"
    tried = evaluation.subjects[0]
    return f"run `{tried.run}`, step {tried.step:,}"


def _matched(pair: Comparison) -> int:
    return pair.both + pair.only_first + pair.only_second + pair.neither


def _percent(entrant: EntrantResult | None) -> float:
    share = entrant.all.share if entrant else None
    return round(100 * share, 1) if share is not None else float("nan")
