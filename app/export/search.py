"""Finds the fastest or the smallest mix within a tolerance, by measuring unions: sensitivities do not add up.

Each stage is measured alone first. Mixes are then tried in the order of what their parts promise, and the first whose
own measured error is within the tolerance is taken: what was rejected on the way stays in the report, with its number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.export.cards import PlacedStage, on_the_bench
from app.export.errors import NothingWithinTolerance
from app.export.measure import Bench, Held, Measured
from app.export.precision import Precision
from app.export.stages import WHOLE, Interface, Sight
from app.export.variants import FP32, Variant

type Said = Callable[[str], None]
TRIES = 8
FINALISTS = 3  # mixes within tolerance that are measured before one is taken


class Goal(StrEnum):
    fastest = "fastest"
    smallest = "smallest"


@dataclass(frozen=True)
class Mix:
    """One way to run the whole policy. `steps` None means as many denoise steps as it was trained for.

    `tuned`: its stages' threads were chosen one by one, and belong to its name.
    """

    placed: tuple[PlacedStage, ...]
    steps: int | None = None
    sight: Sight = WHOLE
    tuned: bool = False

    @property
    def name(self) -> str:
        words = []
        for one in self.placed:
            parts = [str(one.precision)]
            parts += [one.lane] if one.lane != "onnxruntime" else []
            parts += [one.provider] if one.provider != "cpu" else []
            parts += [f"every {one.every}"] if one.every > 1 else []
            parts += [f"{one.threads} thread{'s' if one.threads > 1 else ''}"] if self.tuned else []
            words.append(f"{one.stage.name} {', '.join(parts)}")
        return "; ".join([*words, *([f"{self.steps} steps"] if self.steps else []), *self.sight_words])

    @property
    def sight_words(self) -> list[str]:
        return [self.sight.words] if self.sight != WHOLE else []

    def as_json(self) -> dict[str, Any]:
        stages = {
            one.stage.name: {
                "precision": str(one.precision),
                "lane": one.lane,
                "provider": one.provider,
                "threads": one.threads,
                "every": one.every,
            }
            for one in self.placed
        }
        sight = {"without": list(self.sight.without), "scale": self.sight.scale}
        return {"name": self.name, "stages": stages, "steps": self.steps, "sight": sight}


@dataclass
class Ledger:
    """Everything measured so far, by the mix's name; nothing is measured twice.

    `held` is what the whole policy sees; `sights` are other sights of it, as they are tried.
    """

    interface: Interface
    held: Held
    chunks: int
    said: Said = lambda words: None
    found: dict[str, tuple[Mix, Measured]] = field(default_factory=dict)
    sights: dict[Sight, tuple[Interface, Held]] = field(default_factory=dict)

    def of(self, sight: Sight) -> tuple[Interface, Held]:
        return (self.interface, self.held) if sight == WHOLE else self.sights[sight]

    def measure(self, mix: Mix) -> Measured:
        if mix.name not in self.found:
            self.said(f"measuring {mix.name}")
            interface, held = self.of(mix.sight)
            bench = Bench(on_the_bench(interface, mix.placed, steps=mix.steps), held)
            bench.time(self.chunks)
            self.found[mix.name] = (mix, bench.measured())
        return self.found[mix.name][1]


@dataclass(frozen=True)
class Choice:
    """The mix that was taken, and why in words. `next` are others within tolerance, the better first."""

    mix: Mix
    measured: Measured
    why: str
    next: tuple[Mix, ...] = ()


def alone(ledger: Ledger, stages: Mapping[str, Sequence[Variant]]) -> None:
    """Measures each stage at each precision with all others in float32."""
    base = tuple(options[0].placed for options in stages.values())
    ledger.measure(Mix(base))
    for position, options in enumerate(stages.values()):
        for variant in options[1:]:
            if not variant.refused:
                ledger.measure(Mix((*base[:position], variant.placed, *base[position + 1 :])))


def mixes(stages: Mapping[str, Sequence[Variant]]) -> list[Mix]:
    """Every union of usable variants."""
    usable = [
        [v.placed for v in options if not v.refused and v.placed.precision.whole is not Precision.int8_all]
        for options in stages.values()
    ]
    return [Mix(combination) for combination in itertools.product(*usable)]


def promised(ledger: Ledger, stages: Mapping[str, Sequence[Variant]], mix: Mix) -> tuple[float, float]:
    """(processor ms, bytes) that the parts of a mix promise, from each stage measured alone.

    Processor time counts: on a busy machine the wall clock says more about the neighbours.
    """
    total_ms, total = 0.0, 0.0
    base = tuple(options[0].placed for options in stages.values())
    for position, one in enumerate(mix.placed):
        _, measured = ledger.found[Mix((*base[:position], one, *base[position + 1 :])).name]
        total_ms += measured.cpu_ms[one.stage.name]
        total += one.size
    return total_ms, total


def choose(ledger: Ledger, stages: Mapping[str, Sequence[Variant]], *, within: float, goal: Goal) -> Choice:
    """The best mix whose own error is within tolerance. Raises `NothingWithinTolerance`."""
    place = 0 if goal is Goal.fastest else 1
    doubtful, hopeless = _beyond(ledger, stages, within), _beyond(ledger, stages, 2 * within)

    def order(mix: Mix) -> tuple[bool, float]:
        """Mixes with a stage that alone is beyond the tolerance come last: tries are few."""
        return _any_of(mix, doubtful), promised(ledger, stages, mix)[place]

    passed_over, tried, within_it = 0, [], list[tuple[Mix, Measured]]()
    for mix in sorted(mixes(stages), key=order):
        if _any_of(mix, hopeless):
            passed_over += 1
            continue
        if len(tried) >= TRIES or len(within_it) >= FINALISTS:
            break
        measured = ledger.measure(mix)
        if measured.errors.worst_p95 <= within:
            within_it.append((mix, measured))
        else:
            tried.append(f"{mix.name} ({_worst(measured)})")
    if within_it:
        (mix, measured), *others = sorted(within_it, key=lambda pair: worth(pair[1], goal))
        why = _why(goal, within, measured, tried, passed_over)
        return Choice(mix, measured, why, tuple(other for other, _ in others))
    base = fp32_mix(stages)
    measured = ledger.measure(base)
    if measured.errors.worst_p95 <= within:
        return Choice(base, measured, f"Float32 remains: none of {len(tried)} measured mixes is within {within:g}.")
    raise NothingWithinTolerance(
        f"No mix is within {within:g}: even float32 is {measured.errors.worst_p95:.2g} off.",
        todo="Allow a larger tolerance.",
    )


def worth(measured: Measured, goal: Goal) -> float:
    """Less is better."""
    return measured.cpu_ms["chunk"] if goal is Goal.fastest else measured.size


def _any_of(mix: Mix, named: set[tuple[str, str]]) -> bool:
    return any((one.stage.name, one.words) in named for one in mix.placed)


def _beyond(ledger: Ledger, stages: Mapping[str, Sequence[Variant]], limit: float) -> set[tuple[str, str]]:
    """Stages that alone are already beyond `limit`; beyond twice the tolerance no union is expected to mend it."""
    base = tuple(options[0].placed for options in stages.values())
    found = set()
    for position, (name, options) in enumerate(stages.items()):
        for variant in options[1:]:
            single = Mix((*base[:position], variant.placed, *base[position + 1 :])).name
            if single in ledger.found and ledger.found[single][1].errors.worst_p95 > limit:
                found.add((name, variant.placed.words))
    return found


def own_error(measured: Measured) -> str:
    return f"its own error is {_worst(measured)} (95th percentile)"


def _worst(measured: Measured) -> str:
    return f"{measured.errors.worst_p95:.2f} at {measured.errors.worst_joint.replace('_', ' ')}"


def _why(goal: Goal, within: float, measured: Measured, tried: Sequence[str], passed_over: int) -> str:
    words = f"It is the {goal} of the mixes measured within {within:g}: {own_error(measured)}."
    if passed_over:
        words += f" Not measured: {passed_over}, of which a stage alone is beyond twice the tolerance."
    if tried:
        words += f" Promising more and measured, but beyond it: {'; '.join(tried)}."
    return words


def pareto(found: Mapping[str, tuple[Mix, Measured]]) -> list[str]:
    """Names that no other mix beats in both time and error, fastest first."""
    points = sorted((m.p50_ms, m.errors.worst_p95, name) for name, (_, m) in found.items())
    best, front = float("inf"), []
    for _, error, name in points:
        if error < best:
            best = error
            front.append(name)
    return front


def fp32_mix(stages: Mapping[str, Sequence[Variant]]) -> Mix:
    assert all(options[0].placed.precision == FP32 for options in stages.values())
    return Mix(tuple(options[0].placed for options in stages.values()))
