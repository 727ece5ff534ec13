"""The far end of a training elsewhere: this one file is sent along and needs nothing but Python's own library.

    worker.py HOME about                what that machine has, as JSON
    worker.py HOME has NAME             whether HOME/NAME is there: 0 or 3
    worker.py HOME take NAME            a folder from stdin (tar), whole or not at all
    worker.py HOME state RUN            whether it runs, from which step, its checkpoints, how it ended
    worker.py HOME begin RUN            the order from stdin (JSON); its lerobot-train outlives the connection
    worker.py HOME follow RUN OFFSET    JSON lines until it has ended: log, checkpoints, use of the machine
    worker.py HOME give RUN STEP        a checkpoint to stdout (tar)
    worker.py HOME end RUN              end it, with everything it started
    worker.py HOME forget RUN VIEW      end and remove it, and the view unless another run there uses it

`HOME/views/HASH` holds datasets by content, `HOME/runs/RUN/` what a run makes. A
lock says whether a run is alive, so a recycled process id is never taken for it.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.metadata
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

HOME, RUN = "{home}", "{run}"
BAR_EVERY_S = 0.5
LOOK_S = 0.2
TELL_EVERY_S = 2.0
GRACE_S = 8.0
KEPT = "its dataset stays there for another run"
GONE = "its dataset there is removed too"
ABSENT = 3  # exit status of `has`


def main(words: list[str]) -> int:
    home, verb, *rest = words
    root = Path(home).expanduser().resolve()
    root.mkdir(parents=True, exist_ok=True)
    if verb == "about":
        print(json.dumps(about(root)))
    elif verb == "has":
        return 0 if (root / _inside(rest[0])).exists() else ABSENT
    elif verb == "take":
        take(root / _inside(rest[0]), sys.stdin.buffer)
    elif verb == "state":
        print(json.dumps(state(root / "runs" / _inside(rest[0]))))
    elif verb == "begin":
        begin(root, rest[0], json.load(sys.stdin))
    elif verb == "keep":
        return keep(root, rest[0])
    elif verb == "follow":
        for line in follow(root / "runs" / _inside(rest[0]), int(rest[1])):
            print(json.dumps(line), flush=True)
    elif verb == "give":
        give(root / "runs" / _inside(rest[0]), int(rest[1]), sys.stdout.buffer)
    elif verb == "end":
        end(root / "runs" / _inside(rest[0]))
    elif verb == "forget":
        print(forget(root, _inside(rest[0]), _inside(rest[1])))
    else:
        print(f"worker.py knows no {verb}", file=sys.stderr)
        return 2
    return 0


# ---- the machine ----


def about(root: Path) -> dict[str, Any]:
    try:
        lerobot = importlib.metadata.version("lerobot")
    except importlib.metadata.PackageNotFoundError:
        lerobot = ""
    return {
        "python": platform.python_version(),
        "lerobot": lerobot,
        "cards": [name for name, _, _ in cards()],
        "cores": os.cpu_count() or 1,
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "free_bytes": shutil.disk_usage(root).free,
    }


def cards() -> list[tuple[str, float, int]]:
    """Each graphics card: its name, the share of it in use (0..1), the bytes in use."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", "--query-gpu=name,utilization.gpu,memory.used", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    found = []
    for line in said.splitlines():
        name, share, used = (word.strip() for word in line.rsplit(",", 2))
        with contextlib.suppress(ValueError):  # "[N/A]"
            found.append((name, float(share) / 100, int(used) * 2**20))
    return found


def family(pid: int) -> list[int]:
    """A process and everything it started."""
    found, ahead = [], [pid]
    while ahead:
        one = ahead.pop()
        found.append(one)
        for listing in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                ahead += [int(word) for word in listing.read_text().split()]
    return found


class Meter:
    """What a process and all it started take of the machine, since the last look."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._at, self._cpu_s = time.monotonic(), self._processor_s()

    def look(self) -> dict[str, Any]:
        """`memory_bytes`, `cores` and, with graphics cards, `gpu` (0..1, their mean) and `gpu_memory_bytes`."""
        at, cpu_s = time.monotonic(), self._processor_s()
        spent, passed = cpu_s - self._cpu_s, at - self._at
        self._at, self._cpu_s = at, cpu_s
        found: dict[str, Any] = {"memory_bytes": self.memory_bytes(), "cores": None}
        if passed > 0 and spent >= 0:
            found["cores"] = round(spent / passed, 3)
        if used := cards():
            found["gpu"] = sum(share for _, share, _ in used) / len(used)
            found["gpu_memory_bytes"] = sum(held for _, _, held in used)
        return found

    def memory_bytes(self) -> int:
        """What they hold in memory, shared pages counted for each."""
        total = 0
        for pid in family(self._pid):
            with contextlib.suppress(OSError, IndexError, ValueError):
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return total

    def _processor_s(self) -> float:
        total = 0.0
        for pid in family(self._pid):
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return total


# ---- folders ----


def take(target: Path, stream: BinaryIO) -> None:
    """A folder that came as a tar: beside its place, then renamed."""
    coming = target.with_name(f".{target.name}.{os.getpid()}.coming")
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir(parents=True)
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        tar.extractall(coming, filter="data")
    shutil.rmtree(target, ignore_errors=True)
    coming.rename(target)
    if target.parent.name == "checkpoints":
        mark_last(target)


def pack(folder: Path, stream: BinaryIO) -> None:
    with tarfile.open(fileobj=stream, mode="w|", dereference=True) as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, arcname=path.name)


def checkpoints(run: Path) -> list[int]:
    """Steps whose checkpoint is written to its end: LeRobot moves the link `last` when it is."""
    folder = run / "train" / "checkpoints"
    try:
        last = int(os.readlink(folder / "last"))
        return sorted(int(path.name) for path in folder.iterdir() if path.name.isdecimal() and int(path.name) <= last)
    except (OSError, ValueError):
        return []


def checkpoint(run: Path, step: int) -> Path:
    """The folder of a step, however many zeros stand before it. Raises StopIteration."""
    folder = run / "train" / "checkpoints"
    return next(path for path in folder.iterdir() if path.name.isdecimal() and int(path.name) == step)


def mark_last(checkpoint: Path) -> None:
    """The link `last`, as LeRobot sets it."""
    link = checkpoint.parent / ".last"
    with contextlib.suppress(FileNotFoundError):
        link.unlink()
    link.symlink_to(checkpoint.name)
    link.rename(checkpoint.parent / "last")


def give(run: Path, step: int, stream: BinaryIO) -> None:
    pack(checkpoint(run, step), stream)


# ---- a run ----


def begin(root: Path, name: str, order: dict[str, Any]) -> None:
    """Start it unless it runs: `keep` performs the order in a session of its own."""
    run = root / "runs" / _inside(name)
    run.mkdir(parents=True, exist_ok=True)
    if alive(run):
        return
    if not order["first"]:
        shutil.rmtree(run / "train", ignore_errors=True)
    for left in ("log.txt", "ended.json", "keeper.json"):
        with contextlib.suppress(FileNotFoundError):
            (run / left).unlink()
    view = run / "view"
    if view.is_symlink():
        view.unlink()
    view.symlink_to(root / "views" / order["view"])
    (run / "order.json").write_text(json.dumps(order))
    with (run / "keeper.txt").open("wb") as said:
        subprocess.Popen(
            [sys.executable, __file__, str(root), "keep", name],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    while not (run / "keeper.json").exists():
        time.sleep(0.05)


def keep(root: Path, name: str) -> int:
    """The run's own process: holds the lock, writes the log, and at the end how it ended."""
    run = root / "runs" / _inside(name)
    with (run / ".lock").open("w") as lock:  # not inherited, so it is free when this process is gone
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        order = json.loads((run / "order.json").read_text())
        command = [word.replace(RUN, str(run)).replace(HOME, str(root)) for word in order["command"]]
        settings = {key: value.replace(RUN, str(run)) for key, value in order["environment"].items()}
        child = subprocess.Popen(
            command,
            env={**os.environ, **settings},
            cwd=run,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        _write(run / "keeper.json", {"group": os.getpid(), "child": child.pid, "first": order["first"]})
        assert child.stdout is not None
        with (run / "log.txt").open("ab", buffering=0) as log:
            for line in lines_of(child.stdout):
                log.write(line + b"\n")
        _write(run / "ended.json", {"status": child.wait()})
    return 0


def lines_of(stream: Any) -> Iterator[bytes]:
    """Cut at line ends and at the progress bar's carriage returns; the bar twice a second is enough."""
    rest, shown_at = b"", float("-inf")
    while piece := stream.read1(65536):
        *whole, rest = (rest + piece).replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            bar = b"%|" in line and b" step:" not in line
            if not line.strip() or (bar and time.monotonic() - shown_at < BAR_EVERY_S):
                continue
            shown_at = time.monotonic() if bar else shown_at
            yield line.rstrip()
    if rest.strip():
        yield rest.rstrip()


def alive(run: Path) -> bool:
    try:
        with (run / ".lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def state(run: Path) -> dict[str, Any]:
    keeper, ended = _read(run / "keeper.json"), _read(run / "ended.json")
    return {
        "running": alive(run),
        "first": keeper.get("first", 0),
        "checkpoints": checkpoints(run),
        "status": ended.get("status"),
    }


def follow(run: Path, offset: int) -> Iterator[dict[str, Any]]:
    """From byte `offset` of the log to the run's end."""
    keeper, meter, told_at = _read(run / "keeper.json"), None, float("-inf")
    while True:
        running = alive(run)  # asked before the log is read: what it said last is read too
        if time.monotonic() - told_at > TELL_EVERY_S or not running:
            told_at = time.monotonic()
            if running and keeper:
                meter = meter or Meter(keeper["child"])
            yield {"checkpoints": checkpoints(run), "use": meter.look() if meter and running else {}}
        text, offset = _more(run / "log.txt", offset, to_the_end=not running)
        if text:
            yield {"log": text, "at": offset}
        if not running:
            yield {"ended": _read(run / "ended.json").get("status", -signal.SIGTERM)}
            return
        time.sleep(LOOK_S)


def end(run: Path) -> None:
    """Ask its whole session to end, then make it."""
    keeper = _read(run / "keeper.json")
    for number, wait_s in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, GRACE_S)):
        until = time.monotonic() + wait_s
        if keeper and alive(run):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(keeper["group"], number)
        while alive(run) and time.monotonic() < until:
            time.sleep(0.05)


def forget(root: Path, name: str, view: str) -> str:
    """Says what became of the view."""
    run, dataset = root / "runs" / name, root / "views" / view
    end(run)
    shutil.rmtree(run, ignore_errors=True)
    links = (root / "runs").glob("*/view")
    if any(os.path.realpath(link) == str(dataset.resolve()) for link in links):
        return KEPT
    shutil.rmtree(dataset, ignore_errors=True)
    return GONE


def _more(path: Path, offset: int, *, to_the_end: bool) -> tuple[list[str], int]:
    """Whole lines from `offset` on, and where they end."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            body = file.read()
    except FileNotFoundError:
        return [], offset
    if not to_the_end:
        body = body[: body.rfind(b"\n") + 1]
    return body.decode(errors="replace").splitlines(), offset + len(body)


def _inside(name: str) -> str:
    """A path below HOME and nowhere else."""
    if not name or name.startswith(("/", "-")) or ".." in name.split("/"):
        raise SystemExit(f"{name!r} is no name")
    return name


def _write(path: Path, body: dict[str, Any]) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_text(json.dumps(body))
    beside.rename(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main(sys.argv[1:]))
