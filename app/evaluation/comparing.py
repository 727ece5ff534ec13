"""Entrants against each other over the places that both were tried at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from app.evaluation.models import Entrant, Evaluation, Trial
from app.evaluation.paired import pairs_of
from app.evaluation.results import Comparison, Contrast

_RESAMPLES = 4000
_FEW_TIMED = 5

type ByPlace = Mapping[str, Trial]


def comparisons(evaluation: Evaluation, trials: Sequence[Trial]) -> list[Comparison]:
    """Every two entrants that differ in one thing; of two alone, whatever differs."""
    by_entrant = {entrant.key: judged_by_place(trials, entrant.key) for entrant in evaluation.entrants}
    found = []
    for second, first in combinations(evaluation.entrants, 2):
        contrast = contrast_of(evaluation, first, second)
        if contrast is Contrast.several and len(evaluation.entrants) > 2:
            continue
        found.append(compare(contrast, first, second, by_entrant[first.key], by_entrant[second.key]))
    return found


def judged_by_place(trials: Sequence[Trial], entrant: str) -> dict[str, Trial]:
    return {trial.place: trial for trial in trials if trial.entrant == entrant and trial.counts}


def compare(contrast: Contrast, first: Entrant, second: Entrant, one: ByPlace, other: ByPlace) -> Comparison:
    """`one` and `other` are the judged trials of `first` and `second`, by place."""
    matched = [place for place in one if place in other]
    pairs = pairs_of((one[place].success, other[place].success) for place in matched)
    interval = pairs.interval()
    times = [
        (one[place].duration_s, other[place].duration_s)
        for place in matched
        if one[place].success and other[place].success
    ]
    faster, faster_low, faster_high = _faster(times)
    found = Comparison(
        contrast=contrast,
        first=first.key,
        second=second.key,
        both=pairs.both,
        only_first=pairs.first,
        only_second=pairs.second,
        neither=pairs.neither,
        difference=pairs.difference,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        kept=pairs.kept(),
        timed=len(times),
        faster=faster,
        faster_low=faster_low,
        faster_high=faster_high,
        words="",
    )
    return found.model_copy(update={"words": _words(found, first, second)})


def contrast_of(evaluation: Evaluation, first: Entrant, second: Entrant) -> Contrast:
    one, other = first.execution, second.execution
    policy = first.policy != second.policy
    strategy = (one.mode, one.execute, one.threshold, one.aggregation) != (
        other.mode,
        other.execute,
        other.threshold,
        other.aggregation,
    )
    delay = (one.delay_ms, one.stages_ms) != (other.delay_ms, other.stages_ms)
    if policy + strategy + delay != 1:
        return Contrast.several
    if strategy:
        return Contrast.strategy
    if delay:
        return Contrast.delay
    return Contrast.precision if _same_weights(evaluation, first, second) else Contrast.policy


def _same_weights(evaluation: Evaluation, first: Entrant, second: Entrant) -> bool:
    one, other = evaluation.subject(first.key), evaluation.subject(second.key)
    return one is not None and other is not None and bool(one.run) and (one.run, one.step) == (other.run, other.step)


def _faster(times: Sequence[tuple[float, float]]) -> tuple[float | None, float | None, float | None]:
    """How many times as fast the first is, and the 95 % percentile interval over resampled places."""
    if not times:
        return None, None, None
    both = np.array(times, np.float64)
    ratio = float(both[:, 1].mean() / both[:, 0].mean())
    if len(times) < _FEW_TIMED:
        return ratio, None, None
    picks = np.random.default_rng(0).integers(0, len(both), (_RESAMPLES, len(both)))
    means = both[picks].mean(axis=1)
    low, high = np.percentile(means[:, 1] / means[:, 0], (2.5, 97.5))
    return ratio, float(low), float(high)


def _words(found: Comparison, first: Entrant, second: Entrant) -> str:
    total = found.both + found.only_first + found.only_second + found.neither
    if found.difference is None or found.low is None or found.high is None:
        return f"{first.name} and {second.name} were not tried at a common place yet."
    one, other = found.both + found.only_first, found.both + found.only_second
    if found.low > 0:
        verdict = f"{first.name} succeeds more often"
    elif found.high < 0:
        verdict = f"{second.name} succeeds more often"
    else:
        verdict = "so many trials do not tell them apart"
    said = (
        f"{first.name} {one} and {second.name} {other} of {total} matched trials: difference "
        f"{100 * found.difference:+.1f} points ({100 * found.low:+.1f} to {100 * found.high:+.1f}), {verdict}."
    )
    if found.faster is None or found.faster_low is None or found.faster_high is None:
        return said
    return (
        f"{said} Where both succeed ({found.timed}), {first.name} is {found.faster:.2f} times as fast "
        f"({found.faster_low:.2f} to {found.faster_high:.2f})."
    )
