"""The web process's end of the set-up's child: started at the first question, ended with the studio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from app.setup.errors import Halted, SetupFault

REPLY_VARIABLE = "UNDERSTUDY_SERVO_REPLY_MS"
_LIMIT_S = 90.0
_FIRST_S = 300.0  # its process imports LeRobot first, which a small or busy machine takes its time for
_HALT = b'{"operation": "halt"}\n'
_MOVING = ("begin", "restore", "nudge")  # what turns a servo, or lets one go that holds


class SetupClient:
    """One question at a time, but for the stop. An arm that is being calibrated goes limp when this ends."""

    def __init__(self) -> None:
        self.stopped_by = ""
        self._process: asyncio.subprocess.Process | None = None
        self._answered = False
        self._lock = asyncio.Lock()

    def stop(self, by: str) -> None:
        """The emergency stop: what moves holds at its next tick, and nothing begins until `go_on`."""
        self.stopped_by = self.stopped_by or by or "somebody"
        process = self._process
        if process is not None and process.stdin is not None and process.returncode is None:
            process.stdin.write(_HALT)

    def go_on(self) -> None:
        """The stop was reset."""
        self.stopped_by = ""

    def require_going(self) -> None:
        """Halted while the emergency stop is latched."""
        if self.stopped_by:
            raise Halted(f"Emergency stop by {self.stopped_by}: nothing moves.", todo="Reset the stop first.")

    async def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        """The operation's answer; SetupFault in words, Halted for the stop."""
        async with self._lock:
            process = await self._started()
            if operation in _MOVING:
                self.require_going()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({"operation": operation, "given": given}).encode() + b"\n")
            try:
                await process.stdin.drain()
                line = await asyncio.wait_for(process.stdout.readline(), _LIMIT_S if self._answered else _FIRST_S)
            except (TimeoutError, ConnectionError):
                line = b""
            if not line:
                await self._end()
                raise SetupFault("The servos' process stopped answering.", todo="Try again; the arm is limp.")
        self._answered = True
        answer = json.loads(line)
        if not answer["ok"] and answer["code"] == Halted.code:
            raise Halted(answer["text"], todo=answer["todo"])
        if not answer["ok"]:
            fault = SetupFault(answer["text"], todo=answer["todo"])
            fault.code = answer["code"]
            raise fault
        return answer["value"]

    async def close(self) -> None:
        async with self._lock:
            await self._end()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._answered = False
            reply_ms = os.environ.get(REPLY_VARIABLE, "50")
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "app", "run-setup", "--reply-ms", reply_ms,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
        return self._process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 10.0)
        except TimeoutError:
            process.kill()
            await process.wait()
