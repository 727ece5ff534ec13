"""Starting without a hand: the object in place for a second, then the countdown."""

from __future__ import annotations

from app.core.clock import NS_PER_S

HOLD_S = 1.0


class SteadyPlacement:
    """Says once that the object has been in place for `hold_s`; it must leave its place before it is said again."""

    def __init__(self, hold_s: float = HOLD_S) -> None:
        self._hold_ns = round(hold_s * NS_PER_S)
        self._since_ns: int | None = None
        self._said = False

    def seen(self, in_place: bool, now_ns: int) -> bool:
        """Tell what vision says now (unsure counts as not in place); True at the moment to start."""
        if not in_place:
            self._since_ns, self._said = None, False
            return False
        if self._since_ns is None:
            self._since_ns = now_ns
        if self._said or now_ns - self._since_ns < self._hold_ns:
            return False
        self._said = True
        return True

    def hold(self, now_ns: int) -> float:
        """How much of the wait is over, 0 to 1; 0 once it was said."""
        if self._since_ns is None or self._said:
            return 0.0
        return min(1.0, (now_ns - self._since_ns) / self._hold_ns)

    def begin_anew(self) -> None:
        """The object was laid anew, or somebody asked for it just now: the wait begins."""
        self._since_ns, self._said = None, False

    def wait_for_next(self) -> None:
        """After a take: a new target, so what was in place must be placed anew."""
        self._said = True
