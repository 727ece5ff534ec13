"""One connected page: what still has to be told to it. Latest value beats queue."""

from __future__ import annotations

import asyncio
from collections import deque

from app.core.identity import Identity

MAX_REPLIES = 256


class ClientSession:
    """Sections and arm samples are replaced by newer ones; replies keep their order.

    A page that sends commands faster than it reads replies loses the oldest
    replies first, never memory.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self._sections: dict[str, str] = {}
        self._replies: deque[str] = deque(maxlen=MAX_REPLIES)
        self._arm = ""
        self._scene = ""
        self.watches_scene = False
        self._wake = asyncio.Event()

    def change(self, section: str, text: str) -> None:
        self._sections[section] = text
        self._wake.set()

    def arm(self, text: str) -> None:
        self._arm = text
        self._wake.set()

    def scene(self, text: str) -> None:
        self._scene = text
        self._wake.set()

    def reply(self, text: str) -> None:
        self._replies.append(text)
        self._wake.set()

    async def outgoing(self) -> list[str]:
        """Wait for something to tell, then take all of it."""
        await self._wake.wait()
        self._wake.clear()
        messages = [*self._sections.values(), *self._replies]  # a reply finds the state it brought about
        messages += [sample for sample in (self._arm, self._scene) if sample]
        self._replies.clear()
        self._sections.clear()
        self._arm = self._scene = ""
        return messages
