"""Viewers of the live pictures in a process of their own: they receive and acknowledge, as a page does."""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.asyncio.client import connect

from app.web.protocol import LIVE_HEADER

CAMERAS = ("top", "gripper", "left")


@contextmanager
def viewers(url: str, count: int) -> Iterator[None]:
    """`count` viewers of all cameras, in one process beside, for as long as the block lasts."""
    argv = [sys.executable, "-m", "bench.viewers", url, "--count", str(count)]
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        time.sleep(1.0)
        yield
    finally:
        process.terminate()
        process.wait(10)


async def view(url: str, number: int, ages_ms: list[float] | None = None) -> None:
    """One viewer, until cancelled; `ages_ms` collects exposure to receipt by the shared clock."""
    async with connect(f"{url.replace('http', 'ws', 1)}/ws/live?client=viewer-{number}", compression=None) as socket:
        await socket.send(json.dumps({"type": "watch", "cameras": CAMERAS}))
        async for message in socket:
            assert isinstance(message, bytes)
            _, camera, _, _, index, exposure_ns, _ = LIVE_HEADER.unpack_from(message)
            age_ms = (time.monotonic_ns() - exposure_ns) / 1e6
            if ages_ms is not None:
                ages_ms.append(age_ms)
            await socket.send(json.dumps({"type": "ack", "camera": camera, "index": index, "age_ms": age_ms}))


async def _all(url: str, count: int) -> None:
    await asyncio.gather(*(view(url, number) for number in range(count)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--count", type=int, default=1)
    chosen = parser.parse_args()
    asyncio.run(_all(chosen.url, chosen.count))
