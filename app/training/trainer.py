"""lerobot-train as a child process: followed line by line, paused for scoring, ended with us."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_GRACE_S = 8.0
_KEPT = 60


class Trainer:
    """One lerobot-train. `lines` yields what it prints, progress bar included; ends when it has ended.

    It stays in our process group, so whoever ends the job ends it too.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._queue: queue.Queue[str | None] = queue.Queue()
        self.last: deque[str] = deque(maxlen=_KEPT)
        self._process = subprocess.Popen(
            list(command),
            env={**os.environ, **environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, name="train-log", daemon=True)
        self._reader.start()

    def lines(self, wait_s: float = 1.0) -> Iterator[str | None]:
        """Each line as it comes; None when nothing came for `wait_s`, so that the caller can look about."""
        while True:
            try:
                line = self._queue.get(timeout=wait_s)
            except queue.Empty:
                yield None
                continue
            if line is None:
                return
            yield line

    def wait(self) -> int:
        """Popen's status."""
        status = self._process.wait()
        self._reader.join()
        return status

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        """Ask it to end, then make it; nothing of it is left on return."""
        if self._process.poll() is None:
            family = self._family()
            self.go_on()
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
            for pid in family:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join()

    def memory_bytes(self) -> int:
        """What it and its workers hold in memory, shared pages counted for each."""
        total = 0
        for pid in self._family():
            with suppress(OSError, IndexError, ValueError):
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        return total

    def cpu_s(self) -> float:
        """Processor time it and its workers took so far."""
        total = 0.0
        for pid in self._family():
            with suppress(OSError, IndexError, ValueError):
                fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
                total += (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
        return total

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._family():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _family(self) -> list[int]:
        """Our child and everything it started."""
        found, ahead = [], [self._process.pid] if self._process.returncode is None else []
        while ahead:
            pid = ahead.pop()
            found.append(pid)
            for listing in Path(f"/proc/{pid}/task").glob("*/children"):
                with suppress(OSError):
                    ahead += [int(word) for word in listing.read_text().split()]
        return found

    def _read(self) -> None:
        """Cut at line ends and at the bar's carriage returns."""
        assert self._process.stdout is not None
        rest = b""
        with self._process.stdout as stream:
            while piece := stream.read1(65536):  # type: ignore[attr-defined]
                *whole, rest = (rest + piece).replace(b"\r", b"\n").split(b"\n")
                for line in whole:
                    self._hand(line)
        self._hand(rest)
        self._queue.put(None)

    def _hand(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text:
            self.last.append(text)
            self._queue.put(text)


class Use:
    """The share of processors taken between two looks."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._at, self._cpu_s = time.monotonic(), trainer.cpu_s()

    def cores(self) -> float | None:
        """Processors in use on average since the last look."""
        at, cpu_s = time.monotonic(), self._trainer.cpu_s()
        spent, passed = cpu_s - self._cpu_s, at - self._at
        self._at, self._cpu_s = at, cpu_s
        return spent / passed if passed > 0 and spent >= 0 else None
