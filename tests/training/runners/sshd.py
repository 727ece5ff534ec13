"""The other end of an SSH connection, on loopback: asyncssh's server in a thread, or OpenSSH's own.

Commands run in a shell, in a home of their own. `cut` breaks every connection, as a network does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

FAKE = Path(__file__).parents[1] / "fake_train.py"


class Far(Protocol):
    """A machine that a test may look into. `options` make ssh find it by the name `far`."""

    home: Path
    options: tuple[str, ...]

    def cut(self) -> None: ...

    def commands(self) -> list[str]:
        """What it was asked, in order."""
        ...


def python_of(folder: Path) -> Path:
    """A Python whose lerobot-train is the fake one; notes every command of the worker."""
    path = folder / "python"
    path.write_text(
        f'#!/bin/sh\necho "$*" >> {folder}/commands\n'
        f'case "$*" in *lerobot.scripts.lerobot_train*) shift 3; exec {sys.executable} {FAKE} "$@";; esac\n'
        f'exec {sys.executable} "$@"\n'
    )
    path.chmod(0o755)
    return path


class _Machine:
    def __init__(self, root: Path) -> None:
        self.home = root / "home"
        self.home.mkdir()
        self._root = root
        for name in ("user", "host"):
            key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(root / name)]
            subprocess.run(key, check=True, stdin=subprocess.DEVNULL)
        shutil.copy(root / "user.pub", root / "authorized_keys")
        self.options: tuple[str, ...] = ()

    def known_at(self, port: int) -> None:
        (self._root / "known").write_text(f"[127.0.0.1]:{port} {(self._root / 'host.pub').read_text()}")
        lines = ("Host far", "HostName 127.0.0.1", f"Port {port}", f"IdentityFile {self._root}/user")
        more = (f"UserKnownHostsFile {self._root}/known", "IdentitiesOnly yes", "GlobalKnownHostsFile /dev/null")
        (self._root / "config").write_text("\n  ".join((*lines, *more)) + "\n")
        self.options = ("-F", str(self._root / "config"))

    def commands(self) -> list[str]:
        with contextlib.suppress(FileNotFoundError):
            return (self._root / "commands").read_text().splitlines()
        return []


class AsyncsshMachine(_Machine):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._connections: set[Any] = set()
        self._loop = asyncio.new_event_loop()

    @contextlib.contextmanager
    def serving(self) -> Iterator[AsyncsshMachine]:
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(30)
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(30)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    def cut(self) -> None:
        self._loop.call_soon_threadsafe(lambda: [connection.abort() for connection in set(self._connections)])

    async def _listen(self) -> None:
        import asyncssh

        machine = self

        class Server(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                self._conn = conn
                machine._connections.add(conn)

            def connection_lost(self, exc: Exception | None) -> None:
                machine._connections.discard(self._conn)

        self._listener = await asyncssh.create_server(
            Server,
            "127.0.0.1",
            0,
            server_host_keys=[str(self._root / "host")],
            authorized_client_keys=str(self._root / "authorized_keys"),
            process_factory=self._perform,
            encoding=None,
        )
        self.known_at(self._listener.get_port())

    async def _perform(self, process: Any) -> None:
        child = await asyncio.create_subprocess_exec(
            "sh",
            "-c",
            process.command,
            cwd=self.home,
            env={**os.environ, "HOME": str(self.home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            sending = asyncio.ensure_future(_pump(process.stdin, child.stdin))
            await asyncio.gather(_pump(child.stdout, process.stdout), _pump(child.stderr, process.stderr))
            process.exit(await child.wait())
            sending.cancel()
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

    async def _close(self) -> None:
        self._listener.close()
        for connection in set(self._connections):
            connection.abort()
        await self._listener.wait_closed()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def _pump(source: Any, sink: Any) -> None:
    """Until either end is gone."""
    with contextlib.suppress(OSError):
        while piece := await source.read(65536):
            sink.write(piece)
            await sink.drain()
        if isinstance(sink, asyncio.StreamWriter):
            sink.close()


class OpensshMachine(_Machine):
    """The real daemon, as root or not, on a free port; needs `sshd` (openssh-server)."""

    program = os.environ.get("UNDERSTUDY_SSHD") or shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")

    @contextlib.contextmanager
    def serving(self) -> Iterator[OpensshMachine]:
        port = _free_port()
        assert self.program is not None
        options = (f"Port={port}", "ListenAddress=127.0.0.1", f"HostKey={self._root}/host", "UsePAM=no", "PidFile=none")
        more = (f"AuthorizedKeysFile={self._root}/authorized_keys", "StrictModes=no", "PermitRootLogin=yes")
        words = [word for option in (*options, *more) for word in ("-o", option)]
        environment = f"SetEnv=GATE={os.environ.get('GATE', '/')}"
        self._process = subprocess.Popen([self.program, "-D", "-e", "-f", "/dev/null", *words, "-o", environment])
        self.known_at(port)
        try:
            yield self
        finally:
            self._process.terminate()
            self._process.wait()

    def cut(self) -> None:
        """The daemon's children are the connections."""
        for listing in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            for pid in listing.read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), 9)


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
