"""The anchor of control: one process that encodes three cameras and paces control by relative sleeps.

So does LeRobot's record loop: work, then sleep for what is left of the period. Its
lateness is that of each wake-up against the moment it asked for; the achieved rate
shows what the drift adds to that.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time

import numpy as np

from bench.encoding import start

RATE_HZ = 60


class Work:
    """What a tick does: a little arithmetic of the size of reading and clamping an arm's targets."""

    def __init__(self) -> None:
        self._position = np.zeros(6)
        self.late_s: list[float] = []

    def tick(self) -> float:
        """One tick; how long to sleep then."""
        begin = time.perf_counter()
        for _ in range(20):
            self._position = np.clip(self._position + 0.01, -100.0, 100.0)
        return max(0.0, 1 / RATE_HZ - (time.perf_counter() - begin))

    def woke(self, asked_s: float) -> None:
        self.late_s.append(time.perf_counter() - asked_s)


def in_thread(seconds: float, work: Work) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        asked = time.perf_counter() + work.tick()
        time.sleep(max(0.0, asked - time.perf_counter()))
        work.woke(asked)


async def in_asyncio(seconds: float, work: Work) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        asked = time.perf_counter() + work.tick()
        await asyncio.sleep(max(0.0, asked - time.perf_counter()))
        work.woke(asked)


def main(kind: str, seconds: float) -> None:
    stop, work = threading.Event(), Work()
    threads = start(stop)
    if kind == "asyncio":
        asyncio.run(in_asyncio(seconds, work))
    else:
        in_thread(seconds, work)
    stop.set()
    for thread in threads:
        thread.join()
    late_ms = np.array(work.late_s) * 1000
    p50, p99 = np.percentile(late_ms, [50, 99])
    print(json.dumps({"p50_ms": p50, "p99_ms": p99, "rate_hz": len(late_ms) / seconds}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
