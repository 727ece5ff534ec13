"""Only then tricks: fewer denoise steps, stale vision, smaller pictures, fewer cameras, and each stage's threads.

Precision and runtime come first (`search`). Each trick is then tried alone on the mix that won, with its own measured
error; those within the tolerance are put together one after another, the better first, and the union is measured again.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from app.core.errors import StudioError
from app.export.measure import Measured
from app.export.search import Choice, Goal, Ledger, Mix, worth
from app.export.stages import Runs, Sight

# What gives a mix's stages for another sight, at the same precisions: exports and converts, which takes a while.
type Remake = Callable[[Mix, Sight], Mix]


@dataclass(frozen=True)
class Trick:
    """One change of a mix, under the name it has in the report. `kind`: two of a kind exclude each other."""

    kind: str
    words: str
    change: Callable[[Mix], Mix]


@dataclass(frozen=True)
class Tried:
    """What a trick alone cost and gave; `refused` is why it could not be tried."""

    trick: Trick
    mix: str = ""
    worst_p95: float | None = None
    typical_ms: float | None = None
    refused: str = ""
    taken: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.trick.kind,
            "words": self.trick.words,
            "mix": self.mix,
            "worst_p95": self.worst_p95,
            "typical_ms": self.typical_ms,
            "refused": self.refused,
            "taken": self.taken,
        }


def tricks(ledger: Ledger, sights: Sequence[Sight], remake: Remake) -> list[Trick]:
    """All that there are for this policy; stale vision as far back as there are earlier moments."""

    def stepping(steps: int) -> Trick:
        return Trick("steps", f"{steps} steps", lambda mix: replace(mix, steps=steps))

    def reusing(k: int) -> Trick:
        return Trick("stale vision", f"vision every {k}", lambda mix: every(mix, k))

    def seeing(sight: Sight) -> Trick:
        return Trick("cameras" if sight.without else "resolution", sight.words, lambda mix: remake(mix, sight))

    full = ledger.interface.steps
    fewer = sorted({max(2, full // part) for part in (2, 3, 5)} - {full}, reverse=True) if full > 2 else []
    return [
        *[stepping(steps) for steps in fewer],
        *[reusing(k) for k in range(2, ledger.held.stalest + 1)],
        *[seeing(sight) for sight in sights],
    ]


def apply_tricks(
    ledger: Ledger, choice: Choice, offered: Sequence[Trick], *, within: float, goal: Goal
) -> tuple[Choice, list[Tried]]:
    """The choice with every trick that stays within the tolerance and is worth it, and what each gave alone."""
    alone = [_alone(ledger, choice.mix, trick) for trick in offered]
    useful = [
        one
        for one in alone
        if one.worst_p95 is not None
        and one.worst_p95 <= within
        and worth(ledger.found[one.mix][1], goal) < worth(choice.measured, goal)
    ]
    best, taken, kinds = (choice.mix, choice.measured), list[Trick](), set[str]()
    for one in sorted(useful, key=lambda tried: worth(ledger.found[tried.mix][1], goal)):
        if one.trick.kind in kinds:
            continue
        mix = one.trick.change(best[0])
        measured = ledger.measure(mix)
        if measured.errors.worst_p95 <= within and worth(measured, goal) < worth(best[1], goal):
            best = (mix, measured)
            taken.append(one.trick)
            kinds.add(one.trick.kind)
    said = [replace(one, taken=one.trick in taken) for one in alone]
    if not taken:
        return choice, said
    words = ", ".join(trick.words for trick in taken)
    why = f"{choice.why} Tricks that stay within {within:g}: {words}; with them {_error(best[1])}."
    return Choice(best[0], best[1], why, (choice.mix, *choice.next)), said


def tune_threads(ledger: Ledger, choice: Choice, most: int | None = None) -> Choice:
    """Each stage's threads on their own, by its time in a run where all have as many; the result is measured."""
    counts = list(thread_counts(most or os.cpu_count() or 1))
    if len(counts) < 2:
        return choice
    runs = {
        count: ledger.measure(
            replace(choice.mix, placed=tuple(replace(one, threads=count) for one in choice.mix.placed), tuned=True)
        )
        for count in counts
    }
    placed = []
    for one in choice.mix.placed:
        best = min(counts, key=lambda count, name=one.stage.name: runs[count].latency_ms[name][0])
        placed.append(replace(one, threads=best))
    mix = replace(choice.mix, placed=tuple(placed), tuned=True)
    measured = ledger.measure(mix)
    words = ", ".join(f"{one.stage.name} {one.threads}" for one in placed)
    why = f"{choice.why} Threads by stage, as measured of {_listed(counts)}: {words}."
    return Choice(mix, measured, why, choice.next)


def thread_counts(most: int) -> Iterator[int]:
    """1, 2, 4, ... up to what there is."""
    return itertools.takewhile(lambda count: count <= most, (2**n for n in range(7)))


def _alone(ledger: Ledger, mix: Mix, trick: Trick) -> Tried:
    try:
        changed = trick.change(mix)
    except StudioError as error:
        return Tried(trick, refused=error.message)
    measured = ledger.measure(changed)
    return Tried(trick, changed.name, measured.errors.worst_p95, measured.p50_ms)


def every(mix: Mix, k: int) -> Mix:
    """The mix with its vision computed at each k-th chunk, and reused in between."""
    placed = tuple(replace(one, every=k) if one.stage.runs is Runs.per_camera else one for one in mix.placed)
    return replace(mix, placed=placed)


def _error(measured: Measured) -> str:
    return f"the error is {measured.errors.worst_p95:.2f} at {measured.errors.worst_joint.replace('_', ' ')}"


def _listed(counts: Sequence[int]) -> str:
    return ", ".join(str(count) for count in counts)
