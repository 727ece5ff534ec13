"""Where the object lies by somebody's word, for when vision abstains: the operator's, or the simulator's own."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import numpy as np

from app.core.errors import StudioError
from app.guidance.guide import Guide
from app.web.guided.workplace import Workplace

if TYPE_CHECKING:
    from app.web.studio import Studio


class ObjectTruth:
    """One question to the simulator at a time."""

    def __init__(self, studio: Studio, workplace: Workplace) -> None:
        self._studio = studio
        self._workplace = workplace
        self._asking: asyncio.Task[None] | None = None

    def ask(self, guide: Guide) -> None:
        """Let the guide know, beside everything else, where only the simulator can tell."""
        asked = self._asking is not None and not self._asking.done()
        if guide.wants_truth and self._workplace.simulated and not asked:
            self._asking = asyncio.create_task(self._learn(guide), name="ask-truth")

    def outline_px(self, guide: Guide | None) -> np.ndarray | None:
        """Where the top camera sees an object that somebody's word has placed: there it is no stranger."""
        view = self._workplace.table_view
        if guide is None or view is None or not guide.wants_truth or guide.here is None:
            return None
        return view.object_outline(guide.plan.object, guide.here)

    async def _learn(self, guide: Guide) -> None:
        with contextlib.suppress(StudioError):
            guide.truth(await self._studio.scene.truth(), self._studio.scene.start)
