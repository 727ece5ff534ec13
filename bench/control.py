"""How late the control loop ticks while three cameras are encoded, and how soon a command reaches the rig.

Ours is the real rig process, with SCHED_FIFO where that is permitted and without; the
encoding runs in another process, as in the studio. The anchor is bench/relative.py:
everything in one process, paced by relative sleeps. They alternate, round by round.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.control import ControlSettings, Rank, RigClient
from app.control.errors import RigAway
from app.control.messages import Receipt, Status
from app.devices import ArmReading, Vector
from app.devices.so101 import SO101
from bench.outcome import Outcome, Reach

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 10.0  # the rig's own window of lateness
REACH = {
    "fifo_p99_ms": Reach(at_most=1.0),
    "plain_p99_ms": Reach(at_most=10.0),
    "receipt_p99_ms": Reach(at_most=3.0),
}


class StillArm:
    """An arm that is wherever it was told to be: no bus and no physics, so that only control is measured."""

    model = SO101

    def __init__(self) -> None:
        self._position: Vector = np.array([joint.home for joint in SO101.joints])

    def connect(self) -> None:
        pass

    def read(self) -> ArmReading:
        return ArmReading(time.monotonic_ns(), self._position.copy())

    def write(self, target: Vector) -> None:
        self._position = target

    def disconnect(self) -> None:
        pass


@dataclass(frozen=True)
class Round:
    """One run of the rig under load."""

    realtime: bool
    p50_ms: float
    p99_ms: float
    missed: int
    receipts_ms: tuple[float, ...]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench control", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round in under 60 s")
    parser.add_argument("--rig", nargs=2, metavar=("SOCKET", "PRIORITY"), help=argparse.SUPPRESS)
    chosen = parser.parse_args(argv)
    if chosen.rig:
        serve(Path(chosen.rig[0]), int(chosen.rig[1]))
        return 0
    fifo: list[Round] = []
    plain: list[Round] = []
    anchors: dict[str, list[dict[str, float]]] = {"thread": [], "asyncio": []}
    for turn in range(1 if chosen.quick else 3):
        for priority, rounds in ((40, fifo), (0, plain)):
            rounds.append(asyncio.run(run_rig(priority)))
            last = rounds[-1]
            name = "FIFO" if last.realtime else "plain"
            print(f"round {turn + 1}: {name} p50 {last.p50_ms:.3f} p99 {last.p99_ms:.3f} ms", flush=True)
        for kind, results in anchors.items():
            results.append(run_anchor(kind))
            print(f"round {turn + 1}: anchor in {kind} {results[-1]}", flush=True)
    print(outcome(fifo, plain, anchors).line())
    return 0


def outcome(fifo: list[Round], plain: list[Round], anchors: dict[str, list[dict[str, float]]]) -> Outcome:
    """Medians over the rounds, and the worst p99 beside them; receipts as the rig runs by default.

    Without the permission for FIFO there is no figure of it.
    """
    figures: dict[str, float] = {"rounds": len(plain), "missed": sum(each.missed for each in fifo + plain)}
    granted = [each for each in fifo if each.realtime]
    for name, rounds in (("fifo", granted), ("plain", plain)):
        if rounds:
            figures[f"{name}_p50_ms"] = _median(each.p50_ms for each in rounds)
            figures[f"{name}_p99_ms"] = _median(each.p99_ms for each in rounds)
            figures[f"{name}_p99_worst_ms"] = round(max(each.p99_ms for each in rounds), 3)
    for name, rounds in (("receipt", granted or plain), ("plain_receipt", plain)):
        receipts = [each for one in rounds for each in one.receipts_ms]
        figures[f"{name}_p50_ms"] = round(float(np.percentile(receipts, 50)), 3)
        figures[f"{name}_p99_ms"] = round(float(np.percentile(receipts, 99)), 3)
        figures[f"{name}s"] = len(receipts)
    anchor = {
        f"{kind}_{name}": _median(result[name] for result in results)
        for kind, results in anchors.items()
        for name in ("p50_ms", "p99_ms", "rate_hz")
    }
    return Outcome("control", figures, anchor, {name: reach for name, reach in REACH.items() if name in figures})


async def run_rig(priority: int) -> Round:
    """The rig in a process of its own and the encoding in another, while a client drives."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rig.sock"
        load = _spawn("bench.encoding", str(SECONDS + 4))
        rig = _spawn("bench.control", "--rig", str(path), str(priority))
        try:
            return await drive(await attached(path))
        finally:
            for process in (rig, load):
                process.terminate()
                process.wait()


async def attached(path: Path) -> RigClient:
    for _ in range(400):
        with contextlib.suppress(RigAway):
            return await RigClient.attach(path)
        await asyncio.sleep(0.05)
    raise SystemExit("The rig of the bench did not start; run `python -m bench.control` to see why.")


async def drive(client: RigClient) -> Round:
    """Jog to and fro for the length of the window; commands go out at 60 Hz."""
    receipts: list[float] = []
    statuses: list[Status] = []

    async def listen() -> None:
        async for event in client.events():
            if isinstance(event, Receipt):
                receipts.append((event.received_ns - event.sent_ns) / 1e6)
            elif isinstance(event, Status):
                statuses.append(event)

    listener = asyncio.create_task(listen())
    reply = await client.acquire("bench", Rank.person, "Bench")
    epoch, begin, sequence = int(reply.values["epoch"]), time.monotonic(), 0
    while (now := time.monotonic() - begin) < SECONDS + 1.0:
        sequence += 1
        client.beat(epoch)
        client.jog(epoch, sequence, (0.0, 0.05 if int(now) % 2 else -0.05, 0.0))
        await asyncio.sleep(1 / 60)
    await client.close()
    await listener
    last = statuses[-1]
    realtime = client.attached.realtime
    return Round(realtime, last.lateness_p50_ms, last.lateness_p99_ms, last.missed, tuple(receipts))


def serve(path: Path, priority: int) -> None:
    from app.control.process import RigProcess

    RigProcess(StillArm(), path, ControlSettings(), simulated=True, fifo_priority=priority or None).run()


def run_anchor(kind: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.relative", kind, str(SECONDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def _spawn(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=ROOT)


def _median(values: Iterable[float]) -> float:
    return round(statistics.median(values), 3)


if __name__ == "__main__":
    sys.exit(main())
