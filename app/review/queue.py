"""In which order a lead looks at episodes, and why one comes first."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.checks.models import Level
from app.datasets import Dataset, Episode, ReviewLog, ReviewVerdict, Standing

_BADNESS = {"": 0, Level.ok: 0, Level.unsure: 1, Level.warn: 2, Level.fail: 3}


class Order(StrEnum):
    """`unreviewed`: those without a verdict first, the worst of them leading. `second`: a sample of the decided."""

    recorded = "recorded"
    unreviewed = "unreviewed"
    worst = "worst"
    second = "second"


@dataclass(frozen=True)
class CheckWords:
    """What the checks said of a take: the worst level ("" without checks) and sentences, worst first."""

    level: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One episode in the queue; `key` is what its reviews go by."""

    index: int
    key: str
    episode: Episode
    checks: CheckWords
    standing: Standing

    @property
    def reviewed(self) -> bool:
        return self.standing.verdict is not ReviewVerdict.none

    @property
    def badness(self) -> int:
        return _BADNESS.get(self.checks.level, 0)


def check_words(column: str) -> CheckWords:
    """What the `studio/checks` column says; nothing where it cannot be read."""
    if column in ("", "{}"):
        return CheckWords()
    try:
        found = json.loads(column)
    except ValueError:
        return CheckWords()
    findings = [one for one in found.values() if isinstance(one, dict)] if isinstance(found, dict) else []
    ordered = sorted(findings, key=lambda one: -_badness_of(one))
    reasons = tuple(str(one.get("text", "")) for one in ordered if _badness_of(one) > 1 and one.get("text"))
    return CheckWords(str(ordered[0].get("level", "")) if ordered else "", reasons)


def _badness_of(finding: Mapping[str, Any]) -> int:
    level = finding.get("level")
    return _BADNESS.get(level, 0) if isinstance(level, str) else 0


def entries(dataset: Dataset, log: ReviewLog) -> list[Entry]:
    """Every episode with what the checks and people said. Raises DatasetUnreadable."""
    standing = log.standing()
    none = Standing()
    return [
        Entry(episode.index, key, episode, check_words(episode.facts.checks), standing.get(key, none))
        for episode, key in zip(dataset.episodes(), dataset.keys(), strict=True)
    ]


def ordered(found: Sequence[Entry], order: Order, *, seed: int = 0, sample: int = 20) -> list[Entry]:
    """`found` in `order`; a second look is `sample` of the decided episodes, the same for the same seed."""
    match order:
        case Order.recorded:
            return sorted(found, key=lambda entry: entry.index)
        case Order.unreviewed:
            return sorted(found, key=lambda entry: (entry.reviewed, -entry.badness, entry.index))
        case Order.worst:
            return sorted(found, key=lambda entry: (-entry.badness, entry.index))
        case Order.second:
            decided = sorted((entry for entry in found if entry.reviewed), key=lambda entry: entry.key)
            return random.Random(seed).sample(decided, min(sample, len(decided)))


def chosen(
    found: Sequence[Entry],
    *,
    indexes: Sequence[int] = (),
    keys: Sequence[str] = (),
    cluster: str = "",
    verdict: str = "",
    kind: str = "",
) -> list[Entry]:
    """The entries that a selection or filter admits, in the order of their index; everything where nothing is asked."""
    wanted, named = set(indexes), set(keys)
    rules: list[Callable[[Entry], bool]] = []
    if wanted or named:
        rules.append(lambda entry: entry.index in wanted or entry.key in named)
    if cluster:
        rules.append(lambda entry: entry.episode.facts.cluster == cluster)
    if verdict:
        rules.append(lambda entry: entry.standing.verdict == verdict)
    if kind:
        rules.append(lambda entry: entry.episode.has_facts and entry.episode.facts.kind == kind)
    return [entry for entry in found if all(rule(entry) for rule in rules)]
