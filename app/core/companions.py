"""Starts the studio's other processes, notices when one dies, says so in words and starts it again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from app.core.channel import ChannelClosed

log = logging.getLogger(__name__)

ATTACH_EVERY_S = 0.02
GIVE_UP_S = 20.0
SETTLE_S = 0.1  # until the exit code has arrived
RESTART_S = (0.0, 0.5, 1.0, 2.0, 5.0)


class Companion:
    """One process of ours. It outlives a killed web process, so it may be found running already."""

    def __init__(self, name: str, argv: Sequence[str], log_path: Path) -> None:
        self.name = name
        self._argv = list(argv)
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    def spawn(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only the web process."""
        with self._log_path.open("ab") as output:
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    def kill(self) -> None:
        """End it at once, when the studio could not even start."""
        if self.running and self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def obituary(self) -> str:
        """How it ended, in words, with the last line it logged."""
        code = self._process.poll() if self._process else None
        if code is None:
            how = "stopped answering"
        elif code < 0:
            how = f"was killed by signal {signal.Signals(-code).name}"
        else:
            how = f"ended with exit code {code}"
        return f"The {self.name} process {how}. {self._last_line()}".strip()

    async def end(self, grace_s: float = 12.0) -> None:
        """Let it end by itself where it was asked to; terminate it, then kill it, when it does not."""
        process = self._process
        if process is None:
            return
        for send in (None, process.terminate, process.kill):
            if send is not None:
                send()
            for _ in range(int(grace_s / ATTACH_EVERY_S)):
                if process.poll() is not None:
                    return
                await asyncio.sleep(ATTACH_EVERY_S)

    def _last_line(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log_path.read_text(errors="replace").strip().splitlines()
            if lines:
                return f"Its log ends: {lines[-1][:200]}"
        return ""


async def keep[Client](
    companion: Companion,
    attach: Callable[[], Awaitable[Client]],
    follow: Callable[[Client], Awaitable[None]],
    on_down: Callable[[str], None],
) -> None:
    """Stay attached to the companion for ever, starting the process whenever it is not there.

    `attach` raises OSError, TimeoutError or `ChannelClosed` while nobody listens;
    `follow` returns or raises `ChannelClosed` when the attached process is gone.
    """
    failures = 0
    while True:
        client = await _attached(companion, attach, failures)
        if client is None:
            failures += 1
        else:
            failures = 0
            with contextlib.suppress(OSError, ChannelClosed):
                await follow(client)
            await asyncio.sleep(SETTLE_S)
        reason = companion.obituary()
        log.warning("%s", reason)
        on_down(reason)


async def _attached[Client](
    companion: Companion, attach: Callable[[], Awaitable[Client]], failures: int
) -> Client | None:
    """Attach, starting the process when it is not running; None when it ends or stays silent."""
    await asyncio.sleep(RESTART_S[min(failures, len(RESTART_S) - 1)])
    loop = asyncio.get_running_loop()
    deadline = loop.time() + GIVE_UP_S
    spawned = companion.running
    while loop.time() < deadline:
        try:
            return await attach()
        except (OSError, ChannelClosed, TimeoutError):
            if not companion.running:
                if spawned:
                    return None
                companion.spawn()
                spawned = True
        await asyncio.sleep(ATTACH_EVERY_S)
    return None
