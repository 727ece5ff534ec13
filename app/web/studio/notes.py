"""The list of what happened: faults live here once, and leave with their cause."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from app.web.protocol import NoteState

KEPT = 50


class Notes:
    """Entries in order. An entry raised with a `cause` replaces an open one of that cause and is cleared by it."""

    def __init__(self, wall: Callable[[], datetime], on_change: Callable[[], None]) -> None:
        self._wall = wall
        self._on_change = on_change
        self._entries: deque[NoteState] = deque(maxlen=KEPT)
        self._causes: dict[int, str] = {}
        self._next_id = 1

    def add(self, level: Literal["info", "warn", "error"], code: str, text: str, *, cause: str = "") -> None:
        if cause:
            self._clear(cause)
        at = self._wall().isoformat(timespec="milliseconds")
        self._entries.append(NoteState(id=self._next_id, level=level, code=code, text=text, at=at, cleared=False))
        self._causes[self._next_id] = cause
        self._next_id += 1
        self._on_change()

    def clear(self, cause: str) -> None:
        """The cause has gone: its entries stay readable but no longer count."""
        if self._clear(cause):
            self._on_change()

    def latest(self) -> list[NoteState]:
        return list(self._entries)

    def _clear(self, cause: str) -> bool:
        changed = False
        for place, entry in enumerate(self._entries):
            if self._causes.get(entry.id) == cause and not entry.cleared:
                self._entries[place] = entry.model_copy(update={"cleared": True})
                changed = True
        return changed
