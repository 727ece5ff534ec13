"""What the checks say of a take, from its first row to its columns."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping

from app.checks.during import RowFacts
from app.checks.judge import TakeJudge
from app.checks.verdict import checks_json
from app.control.messages import Tick
from app.core.clock import NS_PER_S
from app.datasets.models import EpisodeFacts, Picture

log = logging.getLogger(__name__)


class Testimony:
    """The recorder's witness.

    `summon(facts)` makes the judge of a take; `on_verdict` is called from a thread; `who(source)` gives the
    driver and input columns of a source of commands.
    """

    def __init__(
        self,
        summon: Callable[[EpisodeFacts], TakeJudge],
        on_verdict: Callable[[], None],
        who: Callable[[str], tuple[str, str]],
    ) -> None:
        self._summon = summon
        self._who = who
        self._on_verdict = on_verdict
        self._snoozed: tuple[str, ...] = ()
        self._facts = EpisodeFacts("")
        self._sources: Counter[str] = Counter()
        self.judge: TakeJudge | None = None
        self.running = False

    def snoozed(self, keys: tuple[str, ...]) -> None:
        """What was put aside when the take began."""
        self._snoozed = keys

    def begin(self, facts: EpisodeFacts) -> None:
        self._facts, self._sources = facts, Counter()
        self.judge = self._summon(facts)
        self.running = True

    def row(self, tick: Tick, pictures: Mapping[str, Picture]) -> None:
        if self.judge is None:
            return
        if tick.source:
            self._sources[tick.source] += 1
        facts = RowFacts(
            monotonic_s=tick.monotonic_ns / NS_PER_S,
            position=tick.position,
            action=tick.action,
            clamped=tick.clamped,
            missed=tick.missed,
            age_ms={name: picture.age_ms for name, picture in pictures.items()},
            repeated={name: picture.repeated for name, picture in pictures.items()},
        )
        self.judge.row(facts, tick.tool_mm)

    def close(self, frames: Mapping[str, int]) -> None:
        self.running = False
        if self.judge is None:
            return
        try:
            self.judge.close(frames)
        except Exception:  # a check that stumbles must not cost the take: it is saved without a verdict
            log.exception("The take %s could not be judged.", self._facts.uuid)
        self._on_verdict()

    def columns(self) -> dict[str, object]:
        if self.judge is None or self.judge.verdict is None:
            return {}
        return {"checks": checks_json(self.judge.verdict.findings, snoozed=self._snoozed), **self._driver()}

    def _driver(self) -> dict[str, object]:
        """Who drove, where nobody did when the take began: whoever drove most of it."""
        if self._facts.driver or not self._sources:
            return {}
        driver, by = self._who(self._sources.most_common(1)[0][0])
        return {"driver": driver, "input": by}
