"""How long from the command to the first picture, what the web process weighs, and what the base install does.

The anchor is what a program pays that imports LeRobot's dataset class where we start a server.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.metadata
import importlib.util
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.outcome import Outcome, Reach

ROOT = Path(__file__).resolve().parents[1]
GIVE_UP_S = 60.0
REACH = {
    "ready_s": Reach(at_most=2.0),
    "web_mb": Reach(at_most=250.0),
    "base_install_mb": Reach(at_most=650.0),
}
_IMPORT = "import lerobot.datasets.lerobot_dataset\nprint(open('/proc/self/status').read())"


@dataclass(frozen=True)
class Start:
    """One start of the studio: seconds to ready and to stopped, processor seconds of all its processes until ready,
    resident megabytes of the web process."""

    ready_s: float
    cpu_s: float
    stop_s: float
    web_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="understudy bench start")
    parser.add_argument("--quick", action="store_true")
    starts, anchors = (3, 1) if parser.parse_args().quick else (7, 3)
    ours: list[Start] = []
    theirs: list[tuple[float, float]] = []
    for turn in range(starts):
        ours.append(start_studio())
        print(f"start {turn + 1}: {ours[-1]}", flush=True)
        if turn < anchors:
            theirs.append(import_lerobot())
            print(f"import of LeRobot {turn + 1}: {theirs[-1][0]:.2f} s, {theirs[-1][1]:.0f} MB", flush=True)
    print(outcome(ours, theirs).line())


def outcome(ours: list[Start], theirs: list[tuple[float, float]]) -> Outcome:
    """Medians; the worst start stands beside them."""
    figures = {
        "ready_s": round(statistics.median(start.ready_s for start in ours), 3),
        "ready_worst_s": round(max(start.ready_s for start in ours), 3),
        "ready_cpu_s": round(statistics.median(start.cpu_s for start in ours), 3),
        "stop_s": round(statistics.median(start.stop_s for start in ours), 3),
        "web_mb": round(max(start.web_mb for start in ours), 1),
        "base_install_mb": round(installed_mb("understudy", frozenset()), 1),
        "starts": len(ours),
    }
    anchor = {
        "import_s": round(statistics.median(seconds for seconds, _ in theirs), 3),
        "import_mb": round(max(megabytes for _, megabytes in theirs), 1),
        "install_mb": round(installed_mb("understudy", frozenset({"lerobot"})), 1),
        "imports": len(theirs),
    }
    return Outcome("start", figures, anchor, REACH)


def start_studio() -> Start:
    """Runs the launcher as a person does, on a fresh data folder, until it is ready; then stops it by SIGTERM."""
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(ROOT / "understudy"), "--port", str(port), "--data-dir", folder]
        begin = time.monotonic()
        studio = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            ready_s = _until_ready(studio, port, begin)
            cpu_s = _processor_s(folder)
            web_mb = _resident_mb(Path(f"/proc/{studio.pid}/status").read_text())
            stopping = time.monotonic()
            studio.send_signal(signal.SIGTERM)
            status = studio.wait(GIVE_UP_S)
        finally:
            studio.kill()
        if status != 0:
            sys.exit(f"the studio ended with {status} on SIGTERM instead of 0")
        return Start(round(ready_s, 3), round(cpu_s, 2), round(time.monotonic() - stopping, 3), round(web_mb, 1))


def import_lerobot() -> tuple[float, float]:
    """Seconds and resident megabytes of a Python that imports LeRobot's dataset class."""
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, text=True, check=True)
    return time.monotonic() - begin, _resident_mb(done.stdout)


def installed_mb(name: str, extras: frozenset[str]) -> float:
    """Megabytes (1e6 bytes) on disk of a distribution with all that it requires, compiled files included."""
    seen: dict[str, frozenset[str]] = {}
    _close_over(name, extras, seen)
    return sum(_size(importlib.metadata.distribution(each)) for each in seen) / 1e6


def _close_over(name: str, extras: frozenset[str], seen: dict[str, frozenset[str]]) -> None:
    known = seen.get(name)
    if known is not None and extras <= known:
        return
    seen[name] = extras | (known or frozenset())
    for requirement in _requirements(name, extras):
        _close_over(canonicalize_name(requirement.name), frozenset(requirement.extras), seen)


def _requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in importlib.metadata.distribution(name).requires or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def _size(distribution: importlib.metadata.Distribution) -> int:
    total = 0
    for file in distribution.files or []:
        path = Path(str(file.locate()))
        for each in (path, Path(importlib.util.cache_from_source(str(path)))):
            if each.is_file() and (each == path or path.suffix == ".py"):
                total += each.stat().st_blocks * 512
    return total


def _until_ready(studio: subprocess.Popen[bytes], port: int, begin: float) -> float:
    while time.monotonic() - begin < GIVE_UP_S:
        if studio.poll() is not None:
            sys.exit(f"the studio ended with {studio.returncode} before it was ready")
        if _is_ready(port):
            return time.monotonic() - begin
        time.sleep(0.01)
    sys.exit(f"the studio was not ready after {GIVE_UP_S:.0f} s")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _processor_s(folder: str) -> float:
    """Processor seconds so far of every process whose command line names `folder`, children it waited for included."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if folder.encode() in (process / "cmdline").read_bytes():
                words = (process / "stat").read_text().rsplit(")")[-1].split()
                ticks += sum(int(word) for word in words[11:15])
        except OSError:
            continue  # it ended meanwhile
    return ticks / os.sysconf("SC_CLK_TCK")


def _resident_mb(status: str) -> float:
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / 1e6


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    main()
