"""A real studio for tests: its own process, its own data folder, and a program that speaks its protocol."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 60.0  # a wait that holds costs nothing; a busy machine may take long for anything
GRACE_S = "10"  # a machine that stalls for two seconds takes the arm from nobody; the rule itself is tests/control's


class RunningStudio:
    """`python -m app serve` on a free port. `restart` after `kill` serves the same data folder again."""

    def __init__(self, data_dir: Path, rig: str = "prerendered", options: Sequence[str] = ()) -> None:
        self.data_dir = data_dir
        self._rig = rig
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.url = ""
        self.trust: ssl.SSLContext | None = None  # for a studio that serves encrypted
        self.log: list[str] = []

    def start(self) -> RunningStudio:
        argv = [sys.executable, "-m", "app", "serve", "--port", "0", "--data-dir", str(self.data_dir)]
        self._process = subprocess.Popen(
            [*argv, "--rig", self._rig, *self._options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={"UNDERSTUDY_LEASE_GRACE_S": GRACE_S, **os.environ},
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if found := re.search(r"https?://\S+", line):
                self.url = found.group()
                break
        else:
            raise AssertionError(f"the studio ended with {self._end()} before it served")
        self._reader = threading.Thread(target=self._read_on, daemon=True)
        self._reader.start()
        wait_until(lambda: self.status("/health/ready") == 200, 2 * LIMIT_S, "the studio is ready")
        return self

    def _read_on(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self.log.extend(self._process.stdout)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9 of the web process alone; its companions live on."""
        assert self._process is not None
        self._process.kill()
        self._end()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._end()

    def _end(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        code = self._process.wait(3 * LIMIT_S)  # its children are waited for, one after the other
        if self._reader is not None:
            self._reader.join()
            self._reader = None
        self._process.stdout.close()
        print("".join(self.log))  # pytest shows it with a failure
        return code

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=LIMIT_S, context=self.trust) as answer:
            return json.load(answer)

    def status(self, path: str, method: str = "GET", **headers: str) -> int:
        return self.ask(path, method, None, **headers)[0]

    def ask(self, path: str, method: str, body: object, **headers: str) -> tuple[int, Any]:
        """Status and JSON of any answer, refusals included."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **headers})
        request.method = method
        try:
            with urllib.request.urlopen(request, timeout=LIMIT_S, context=self.trust) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read())
        except OSError:
            return 0, None

    def program(self, client: str) -> Program:
        return Program(f"{self.url.replace('http', 'ws', 1)}/ws/studio?client={client}")

    def companion_pid(self, name: str) -> int:
        """The rig's or cameras' process, found by its command line."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    line = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                if f"run-{name}".encode() in line and str(self.data_dir).encode() in line:
                    return int(entry.name)
        raise AssertionError(f"no {name} process of {self.data_dir}")


class Program:
    """One WebSocket client: keeps the newest state, asks and waits for replies."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._headers = headers
        self._opened = contextlib.ExitStack()
        self.socket: ClientConnection
        self._ids = itertools.count(1)
        self.state: dict[str, Any] = {}
        self.arm: dict[str, Any] = {}
        self.refusals: list[dict[str, Any]] = []
        self.sent_ns: dict[int, int] = {}
        self.trips_ms: list[float] = []  # from our send to the rig's receipt of a motion command

    def __enter__(self) -> Program:
        """What nobody reads for a while is kept, and pings are answered meanwhile: a test may look elsewhere."""
        opened = connect(
            self._url,
            max_size=2**20,
            max_queue=None,
            ping_interval=None,
            open_timeout=LIMIT_S,
            additional_headers=self._headers,
        )
        self.socket = self._opened.enter_context(opened)
        self.read(lambda: bool(self.state))
        return self

    def __exit__(self, *exc: object) -> None:
        self._opened.close()

    def tell(self, type_: str, **fields: Any) -> None:
        self.socket.send(json.dumps({"type": type_, **fields}))

    def ask(self, type_: str, limit_s: float = LIMIT_S, **fields: Any) -> dict[str, Any]:
        """The reply, whether it is ok or a refusal."""
        number = next(self._ids)
        self.tell(type_, id=number, **fields)
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            message = self._one()
            if message.get("type") == "reply" and message["id"] == number:
                return message
        raise AssertionError(f"no reply to {type_} within {limit_s} s")

    def must(self, type_: str, **fields: Any) -> None:
        reply = self.ask(type_, **fields)
        assert reply["ok"], reply

    def begin(self, *, skip_countdown: bool = True) -> None:
        """Start a take once nothing closes Start, and again where something did in that very moment: a late picture."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            self.read(lambda: self.state["recorder"]["start_blocked"] == "")
            reply = self.ask("record.start", skip_countdown=skip_countdown)
            if reply["ok"]:
                return
            assert reply["code"] == "cannot_start", reply
            assert time.monotonic() < deadline, reply

    def read(self, until: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
        """Follow the state until `until` holds."""
        deadline = time.monotonic() + limit_s
        while not until():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {limit_s} s; recorder: {self.state.get('recorder')}")
            self._one()

    def drive(self, seconds: float, **jog: Any) -> None:
        """Beat and jog like a page that holds a key down; how far the arm gets is the machine's business."""
        end = time.monotonic() + seconds
        self.drive_until(lambda: time.monotonic() > end, **jog)

    def drive_until(self, until: Callable[[], bool], **jog: Any) -> None:
        """Beat and jog until `until` holds, however many of the commands came too late to count."""
        deadline = time.monotonic() + LIMIT_S
        for step in itertools.count(int(time.monotonic() * 1000)):
            if until():
                return
            assert time.monotonic() < deadline, f"not within {LIMIT_S} s; lease: {self.state.get('lease')}"
            self.tell("beat")
            self.sent_ns[step] = time.monotonic_ns()
            self.tell("jog", sequence=step, **jog)
            self._drain(0.03)

    def listen(self, seconds: float) -> None:
        """Do nothing but follow the state, as a page that nobody touches."""
        self._drain(seconds)

    def _drain(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._take(self.socket.recv(timeout=left))
            except TimeoutError:
                return

    def _one(self) -> dict[str, Any]:
        return self._take(self.socket.recv(timeout=LIMIT_S))

    def _take(self, text: str | bytes) -> dict[str, Any]:
        message = json.loads(text)
        match message["type"]:
            case "hello":
                self.state = message["state"]
            case "changed":
                self.state[message["section"]] = message["value"]
            case "arm":
                self.arm = message
            case "receipt":
                if (sent_ns := self.sent_ns.pop(message["sequence"], None)) is not None:
                    self.trips_ms.append((message["received_ns"] - sent_ns) / 1e6)
            case "reply" if not message["ok"]:
                self.refusals.append(message)
        return message


def wait_until(condition: Callable[[], bool], limit_s: float, what: str) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit_s} s: {what}"
        time.sleep(0.05)


def end_process(pid: int) -> None:
    """kill -9 by id."""
    os.kill(pid, signal.SIGKILL)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
