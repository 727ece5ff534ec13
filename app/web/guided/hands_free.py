"""A take that begins by itself: the object lies in place, everything else is in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.core.errors import StudioError
from app.guidance.hands_free import SteadyPlacement
from app.recording import Phase

if TYPE_CHECKING:
    from app.guidance.guide import Guide
    from app.web.studio import Studio


class HandsFree:
    """`on` is the operator's wish; off until somebody asks for it."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._starting: asyncio.Task[None] | None = None
        self.steady = SteadyPlacement()
        self.on = False

    def switch(self, on: bool) -> None:
        self.on = on
        self.steady.begin_anew()

    def hold(self, now_ns: int) -> float:
        """How much of the wait is over, 0 to 1."""
        return self.steady.hold(now_ns) if self.on else 0.0

    def saw(self, guide: Guide | None, now_ns: int) -> None:
        """The table was looked at; starts the take when it is time."""
        studio = self._studio
        wanted = self.on and guide is not None and studio.recorder.phase is Phase.idle
        green = wanted and guide is not None and guide.ready and not studio.start_blocked()
        if self.steady.seen(green, now_ns):
            self._starting = asyncio.create_task(self._start(), name="hands-free")

    async def _start(self) -> None:
        try:
            await self._studio.recorder.start()
        except StudioError as error:
            self._studio.notes.add("warn", error.code, f"Hands-free did not start: {error}")
