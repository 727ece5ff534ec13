"""Follows the world's board across restarts of the rig process."""

from __future__ import annotations

import contextlib
from pathlib import Path

from app.core.clock import NS_PER_S, Clock
from app.simulation.board import WorldBoard
from app.simulation.world import Snapshot

_LOOK_AGAIN_NS = NS_PER_S // 2


class BoardWatch:
    """The newest snapshot of whichever board lies at `path` now.

    A restarted rig puts a new board there; the old one then stands still, which
    is when the path is looked at again.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._board: WorldBoard | None = None
        self._inode = 0
        self._looked_ns = 0

    def snapshot(self) -> Snapshot | None:
        """None while no rig has published a world."""
        found = self._board.read() if self._board else None
        now_ns = self._clock.monotonic_ns()
        still = found is None or now_ns - found.monotonic_ns > _LOOK_AGAIN_NS
        if still and now_ns - self._looked_ns > _LOOK_AGAIN_NS // 10:
            self._looked_ns = now_ns
            self._look()
            found = self._board.read() if self._board else None
        return found

    def _look(self) -> None:
        with contextlib.suppress(FileNotFoundError, ValueError):
            inode = self._path.stat().st_ino
            if inode != self._inode:
                self._board, self._inode = WorldBoard.attach(self._path), inode
