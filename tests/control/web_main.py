"""A studio that drives the rig until it is killed: prints the newest tick's index as it goes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from app.control import messages
from app.control.client import RigClient
from app.control.models import Rank


async def main(socket: str) -> None:
    client = await RigClient.attach(Path(socket))
    reply = await client.acquire("killed-tab", Rank.person, "Ada")
    epoch, sequence = int(reply.values["epoch"]), 0
    async for event in client.events():
        if isinstance(event, messages.Tick):
            sequence += 1
            client.beat(epoch)
            client.jog(epoch, sequence, (0.0, 0.03, 0.0))
            print(event.index, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
