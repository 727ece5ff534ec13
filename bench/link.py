"""Picture age over a 10 Mbit/s link, beside what an unbounded queue and a latest-wins slot give there.

The link is the loopback of a network namespace, shaped by `tc`; studio and viewer
both live in it, so they share a clock. Needs root and iproute2.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bench.outcome import Outcome, Reach
from bench.session import studio
from bench.viewers import view

NAMESPACE = f"understudy-link-{os.getpid()}"
RATE = "10mbit"
FRAME_BYTES = 34 * 1024
CAMERAS, FPS = 3, 30
SETTLE_S = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="understudy bench link")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        print(measure(10.0 if chosen.quick else 25.0).line())
        return
    if os.geteuid() != 0 or not shutil.which("tc") or not shutil.which("ip"):
        sys.exit("bench link needs root, and ip and tc (package iproute2), to make a 10 Mbit/s link.")
    _run("ip", "netns", "add", NAMESPACE)
    try:
        for line in (
            "ip link set lo up",
            "ip link set lo mtu 1500",
            f"tc qdisc add dev lo root tbf rate {RATE} burst 16kb latency 400ms",
        ):
            _run("ip", "netns", "exec", NAMESPACE, *line.split())
        again = [sys.executable, "-m", "bench.link", "--inside", *(["--quick"] if chosen.quick else [])]
        subprocess.run(["ip", "netns", "exec", NAMESPACE, *again], check=True)
    finally:
        _run("ip", "netns", "del", NAMESPACE)


def measure(seconds: float) -> Outcome:
    """Ours, then the two anchors, each for `seconds` after it has settled."""
    ours = asyncio.run(_ours(seconds))
    slot = asyncio.run(_anchor(seconds, latest_wins=True))
    queue = asyncio.run(_anchor(seconds, latest_wins=False))
    figures = {
        "age_p50_ms": round(statistics.median(ours), 1),
        "age_p99_ms": round(_p99(ours), 1),
        "pictures_per_camera_per_s": round(len(ours) / seconds / CAMERAS, 1),
    }
    anchor = {"latest_wins_p99_ms": round(_p99(slot), 1), "queue_p99_ms": round(_p99(queue), 1)}
    return Outcome("link", figures, anchor, {"age_p99_ms": Reach(at_most=150.0)})


async def _ours(seconds: float) -> list[float]:
    with studio() as running:
        ages: list[float] = []
        viewing = asyncio.create_task(view(running.url, 0, ages))
        await asyncio.sleep(SETTLE_S)
        ages.clear()
        await asyncio.sleep(seconds)
        found = list(ages)
        viewing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await viewing
    return found


async def _anchor(seconds: float, *, latest_wins: bool) -> list[float]:
    """A plain WebSocket sender of the same pictures: a latest-wins slot a camera, or a queue."""

    async def send(socket: ServerConnection) -> None:
        slots: dict[int, bytes] = {}
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        capture = asyncio.create_task(_capture(slots.__setitem__ if latest_wins else lambda _, f: queue.put_nowait(f)))
        with contextlib.suppress(ConnectionClosed):
            while True:
                if not latest_wins:
                    await socket.send(await queue.get())
                elif slots:
                    await socket.send(slots.pop(next(iter(slots))))
                else:
                    await asyncio.sleep(0.002)
        capture.cancel()

    ages: list[float] = []
    async with serve(send, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", compression=None, max_size=None) as socket:
            end = time.monotonic() + SETTLE_S + seconds
            while time.monotonic() < end:
                message = await socket.recv()
                if end - time.monotonic() < seconds:
                    ages.append((time.monotonic_ns() - json.loads(bytes(message[:32]))) / 1e6)
    return ages


async def _capture(publish: Callable[[int, bytes], None]) -> None:
    start, body = time.monotonic(), os.urandom(FRAME_BYTES - 32)
    for tick in range(10**9):
        await asyncio.sleep(max(0.0, start + tick / FPS - time.monotonic()))
        for camera in range(CAMERAS):
            publish(camera, f"{time.monotonic_ns():>32}".encode() + body)


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else float("nan")


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True)


if __name__ == "__main__":
    main()
