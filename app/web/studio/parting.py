"""How the studio lets go of another process: until it comes back, or for good."""

from __future__ import annotations

import contextlib

from app.control.client import RigClient
from app.core.channel import ChannelClosed
from app.core.errors import StudioError
from app.observation import CamerasClient


async def part(client: RigClient | CamerasClient, *, for_good: bool) -> None:
    """Detach; at shutdown say so first, so that the process ends instead of waiting for the next studio."""
    if for_good:
        with contextlib.suppress(StudioError, ChannelClosed):
            client.shut_down()
    await client.close()
