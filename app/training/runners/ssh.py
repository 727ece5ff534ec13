"""A machine over SSH: the system's own ssh, so that keys, agents, jump hosts and ~/.ssh/config hold.

A worker of one file is sent along (far/worker.py). The training outlives the
connection; when that is lost, following goes on where it was.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from app.training.errors import ConnectionLost, TrainingFailed
from app.training.folder import BASE, RunFolder
from app.training.hub import view_hash
from app.training.models import Run
from app.training.runners.elsewhere import PATIENCE_S, RETRY_S, order_of, receive, require_card, unpack
from app.training.runners.far import worker
from app.training.runners.leaving import SSH_FOLDER
from app.training.runners.places import SshPlace
from app.training.runners.protocol import Tell

OPTIONS = (
    "-T",
    "-oBatchMode=yes",  # never a prompt: nobody sits before a job
    "-oConnectTimeout=10",
    "-oServerAliveInterval=10",
    "-oServerAliveCountMax=3",
    "-oClearAllForwardings=yes",
    "-oForwardAgent=no",
)
_SSH_FAILED = 255
_KEPT = 60
_ASK_S = 60.0
_INSTALL = (
    "import os,pathlib,sys; p=pathlib.Path(sys.argv[1]).expanduser(); p.parent.mkdir(parents=True,exist_ok=True); "
    "b=p.with_name(f'.{p.name}.{os.getpid()}'); b.write_bytes(sys.stdin.buffer.read()); b.rename(p)"
)


class Unreachable(Exception):
    """ssh could not connect, or the connection broke; its words say why."""


@dataclass
class Shell:
    """Speaks to the worker on that machine, sending it first where it is not there yet."""

    place: SshPlace
    options: Sequence[str] = ()
    _program: bytes = field(default_factory=lambda: Path(worker.__file__).read_bytes())

    def ask(self, verb: str, *words: str, body: bytes = b"") -> bytes:
        """What the worker says. Raises Unreachable, TrainingFailed."""
        command = self.command(verb, *words)
        done = subprocess.run(command, input=body, capture_output=True, check=False, timeout=_ASK_S)
        if done.returncode not in (0, worker.ABSENT):
            raise failed(self.place, done.returncode, done.stderr.decode(errors="replace"))
        return done.stdout if done.returncode == 0 else b"absent"

    def connect(self) -> dict[str, Any]:
        """What that machine has; the worker is there afterwards."""
        try:
            return json.loads(self.ask("about"))
        except TrainingFailed as error:
            if error.code != "no_worker":
                raise
        words = [self.place.python, "-c", _INSTALL, self._worker]
        done = subprocess.run(self._ssh(words), input=self._program, capture_output=True, check=False, timeout=_ASK_S)
        if done.returncode:
            raise failed(self.place, done.returncode, done.stderr.decode(errors="replace"))
        return json.loads(self.ask("about"))

    def send(self, name: str, folder: Path, tell: Tell) -> None:
        """A folder, whole or not at all. Raises Unreachable, TrainingFailed."""
        total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        with self.open("take", name, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            pipe = _Counted(process.stdin, total, lambda words: tell(f"Sending to {self.place.host}: {words}"))
            with suppress(BrokenPipeError):
                worker.pack(folder, pipe)  # type: ignore[arg-type]
            with suppress(BrokenPipeError):
                process.stdin.close()
            said = process.stderr.read() if process.stderr else b""
            status = process.wait()
        if status:
            raise failed(self.place, status, said.decode(errors="replace"))

    def open(
        self, verb: str, *words: str, stdin: int | None = None, stdout: int | None = None
    ) -> subprocess.Popen[bytes]:
        command = self.command(verb, *words)
        return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)

    def command(self, verb: str, *words: str) -> list[str]:
        return self._ssh([self.place.python, self._worker, self.place.folder or SSH_FOLDER, verb, *words])

    @property
    def _worker(self) -> str:
        """Named by its content: a newer studio sends its own, and a run goes on with the one it began with."""
        return f"{self.place.folder or SSH_FOLDER}/worker-{sha256(self._program).hexdigest()[:8]}.py"

    def _ssh(self, words: Sequence[str]) -> list[str]:
        at = f"{self.place.user}@{self.place.host}" if self.place.user else self.place.host
        port = [f"-p{self.place.port}"] if self.place.port else []
        return ["ssh", *OPTIONS, *self.options, *port, "--", at, shlex.join(words)]


class SshRunner:
    def __init__(self, place: SshPlace, options: Sequence[str] = ()) -> None:
        self._shell = Shell(place, options)
        self._place = place

    def about(self) -> Mapping[str, Any]:
        with _sentence():
            return self._shell.connect()

    def forget(self, name: str, view: str, id_: str) -> str:
        with _sentence():
            self._shell.connect()
            return self._shell.ask("forget", name, view).decode().strip()

    def begin(self, run: Run, folder: RunFolder, tell: Tell) -> SshTraining:
        with _sentence():
            return self._begin(run, folder, tell)

    def _begin(self, run: Run, folder: RunFolder, tell: Tell) -> SshTraining:
        shell, name = self._shell, run.name
        tell(f"Connecting to {self._place.host}")
        about = shell.connect()
        there = json.loads(shell.ask("state", name))
        if there["running"] or (there["status"] == 0 and max(there["checkpoints"], default=0) >= run.settings.steps):
            return SshTraining(shell, folder, tell, first=there["first"], replays=True)
        bring(shell, folder, there["checkpoints"])
        require_card(run, len(about["cards"]), self._place.host)
        if not about["lerobot"]:
            raise TrainingFailed(
                f"{self._place.host} has no LeRobot for {self._place.python}.",
                todo="Install it there (pip install 'lerobot[dataset,training]'), or name the Python that has it.",
                code="lerobot_missing",
            )
        if shell.ask("has", view := f"views/{view_hash(run)}") == b"absent":
            shell.send(view, folder.view, tell)
        if folder.base.is_dir() and shell.ask("has", base := f"runs/{name}/{BASE}") == b"absent":
            shell.send(base, folder.base, tell)
        last = folder.last_checkpoint()
        if last is not None and last[0] not in there["checkpoints"]:
            shell.send(f"runs/{name}/train/checkpoints/{last[1].name}", last[1], tell)
        order = order_of(run, self._place.python, last)
        shell.ask("begin", name, body=json.dumps(order).encode())
        return SshTraining(shell, folder, tell, first=order["first"], replays=False)


class SshTraining:
    def __init__(self, shell: Shell, folder: RunFolder, tell: Tell, *, first: int, replays: bool) -> None:
        self.first = first
        self.replays = replays
        self.last: deque[str] = deque(maxlen=_KEPT)
        self._shell = shell
        self._folder = folder
        self._tell = tell
        self._at = 0
        self._there: list[int] = []
        self._use: dict[str, Any] = {}
        self._status: int | None = None
        self._lost = False

    def lines(self, wait_s: float = 1.0) -> Iterator[str | None]:
        since, tries = time.monotonic(), 0
        while self._status is None:
            try:
                for line in self._stream(wait_s):
                    since, tries = time.monotonic(), 0
                    yield line
            except Unreachable as error:
                if time.monotonic() - since > PATIENCE_S:
                    self._lost = True
                    raise self._give_up(error) from error
                self._tell(f"No connection to {self._shell.place.host}, trying again; it trains on there")
                until = time.monotonic() + RETRY_S[min(tries, len(RETRY_S) - 1)]
                tries += 1
                while time.monotonic() < until:
                    yield None
                    time.sleep(min(wait_s, max(0.0, until - time.monotonic())))

    def bring(self) -> None:
        if set(self._there) - set(self._folder.checkpoints()):
            with suppress(Unreachable):  # the next look tries again
                bring(self._shell, self._folder, self._there)

    def use(self) -> Mapping[str, Any]:
        return self._use

    def wait(self) -> int:
        self.bring()
        return -1 if self._status is None else self._status

    def pause(self) -> None:
        """It has processors of its own."""

    def go_on(self) -> None:
        pass

    def end(self) -> None:
        if self._status is not None or self._lost:
            return
        with suppress(Unreachable, TrainingFailed, subprocess.TimeoutExpired):
            self._shell.ask("end", self._folder.name)
            self._there = json.loads(self._shell.ask("state", self._folder.name))["checkpoints"]
            self.bring()

    def _stream(self, wait_s: float) -> Iterator[str | None]:
        """The log from where we were. Raises Unreachable when the connection breaks."""
        with self._shell.open("follow", self._folder.name, str(self._at), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            said = _Lines(process.stdout)
            try:
                while self._status is None:
                    line = said.next(wait_s)
                    if line is None:
                        yield None
                    elif not line:
                        break
                    else:
                        yield from self._read(json.loads(line))
            finally:
                process.kill() if self._status is None else process.wait()
            if self._status is None:
                raise Unreachable(process.stderr.read().decode(errors="replace").strip())

    def _read(self, told: Mapping[str, Any]) -> Iterator[str]:
        self._there = told.get("checkpoints", self._there)
        self._use = told.get("use", self._use)
        for line in told.get("log", ()):
            self.last.append(line)
            yield line
        self._at = told.get("at", self._at)
        self._status = told.get("ended", self._status)

    def _give_up(self, error: Unreachable) -> ConnectionLost:
        host, minutes = self._shell.place.host, PATIENCE_S / 60
        return ConnectionLost(
            f"{host} could not be reached for {minutes:.0f} minutes ({error}). It may train on there.",
            todo="When it can be reached again, resume: it is found where it is then.",
        )


def bring(shell: Shell, folder: RunFolder, there: Sequence[int]) -> None:
    """Fetch the checkpoints that are not here yet."""
    for step in sorted(set(there) - set(folder.checkpoints())):
        with shell.open("give", folder.name, str(step), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            stream: IO[bytes] = process.stdout
            try:
                receive(folder, step, lambda place, stream=stream: unpack(stream, place))  # type: ignore[misc]
            except Exception as error:  # whatever tar finds in half a stream
                process.kill()
                raise Unreachable(process.stderr.read().decode(errors="replace").strip() or str(error)) from error


class _Lines:
    """Lines of a pipe, waited for with a limit: None when none came, b"" at its end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._found: deque[bytes] = deque()
        self._news = threading.Condition()
        threading.Thread(target=self._read, args=(stream,), name="ssh-log", daemon=True).start()

    def next(self, wait_s: float) -> bytes | None:
        with self._news:
            self._news.wait_for(lambda: self._found, wait_s)
            return self._found.popleft() if self._found else None

    def _read(self, stream: IO[bytes]) -> None:
        with suppress(ValueError):  # closed under us
            for line in stream:
                self._put(line)
        self._put(b"")

    def _put(self, line: bytes) -> None:
        with self._news:
            self._found.append(line)
            self._news.notify()


class _Counted:
    """A pipe that says how much went through it."""

    def __init__(self, pipe: IO[bytes], total: int, tell: Callable[[str], None]) -> None:
        self._pipe, self._total, self._tell, self._done = pipe, total, tell, 0

    def write(self, body: bytes) -> int:
        self._done += len(body)
        self._tell(f"{min(self._done, self._total) / 2**20:.0f} of {self._total / 2**20:.0f} MiB")
        return self._pipe.write(body)


class _sentence:
    """Unreachable, at the beginning of a run, is an error like others."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Unreachable):
            raise TrainingFailed(str(error), todo="Look whether `ssh` reaches it from a terminal.", code="network")
        if isinstance(error, subprocess.TimeoutExpired):
            raise TrainingFailed("The other machine did not answer in time.", todo="Try again.", code="network")


def failed(place: SshPlace, status: int, said: str) -> Unreachable | TrainingFailed:
    """What ssh or the worker meant."""
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), f"status {status}")
    terminal = f"ssh {place.host}"
    if status != _SSH_FAILED:
        if "can't open file" in said:
            return TrainingFailed("The worker is not there.", code="no_worker")
        if "not found" in said or "No such file" in said:
            words = f"{place.host} has no {place.python}: {last[:200]}"
            return TrainingFailed(words, todo="Name the Python that has LeRobot there.", code="no_python")
        return TrainingFailed(f"{place.host}: {last[:300]}", todo="Its words say what is missing there.")
    if "Host key verification failed" in said:
        words = f"{place.host} is not known to this machine, or has another key than it had."
        return TrainingFailed(words, todo=f"Connect once by hand (`{terminal}`) and look at its key.", code="host_key")
    if "Permission denied" in said:
        words = f"{place.host} does not let {place.user or 'this user'} in without a password."
        return TrainingFailed(words, todo=f"Put a key there (`ssh-copy-id {place.host}`).", code="unauthorized")
    return Unreachable(f"{place.host} cannot be reached: {last[:200]}")
