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


async def keep(
    companion: Companion,
    session: Callable[[], Awaitable[None]],
    on_down: Callable[[str], None],
) -> None:
    """Hold a session with the companion for ever, starting the process whenever it is not there.

    `session` attaches and follows until `ChannelClosed`; it raises OSError or
    `ChannelClosed` before it is attached as long as nobody listens.
    """
    failures = 0
    while True:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GIVE_UP_S
        began = loop.time()
        attached = False
        while loop.time() < deadline:
            try:
                began = loop.time()
                await session()
                attached = True
            except (OSError, ChannelClosed, TimeoutError):
                attached = loop.time() - began > 1.0
            if attached:
                break
            if not companion.running:
                if failures:
                    await asyncio.sleep(RESTART_S[min(failures, len(RESTART_S) - 1)])
                companion.spawn()
                failures += 1
            await asyncio.sleep(ATTACH_EVERY_S)
        if attached:
            failures = 0
        await asyncio.sleep(0.1)  # let the exit code arrive
        reason = companion.obituary()
        log.warning("%s", reason)
        on_down(reason)
