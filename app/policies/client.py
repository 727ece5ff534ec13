"""The studio's end of a policy's process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from app.core.channel import AsyncChannel, ChannelClosed, Codec
from app.policies import messages


class PolicyClient:
    """Attached to one policy's process; nothing is sent to one that is gone."""

    def __init__(self, channel: AsyncChannel[messages.FromPolicy]) -> None:
        self._channel = channel

    @classmethod
    async def attach(cls, path: Path) -> PolicyClient:
        """OSError while nobody listens."""
        codec: Codec[messages.FromPolicy] = Codec(messages.FromPolicy)
        return cls(await asyncio.wait_for(AsyncChannel.connect(path, codec), 5.0))

    def tell(self, message: messages.ToPolicy) -> None:
        self._channel.send(message)

    async def events(self) -> AsyncIterator[messages.FromPolicy]:
        """What the process says, until it is gone."""
        while True:
            try:
                yield await self._channel.receive()
            except ChannelClosed:
                return

    async def close(self) -> None:
        await self._channel.close()
