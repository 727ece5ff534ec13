"""One policy in a process of its own: opened, timed before it moves anything, and followed until it is gone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.control.messages import Attached
from app.core.channel import ChannelClosed
from app.core.companions import ATTACH_EVERY_S, Companion
from app.core.errors import NotReady
from app.policies import PolicyInfo, messages
from app.policies.client import PolicyClient

if TYPE_CHECKING:
    from app.web.studio import Studio

LOOKS = 8
ATTACH_S = 30.0
END_S = 3.0
MEASURE_LIMIT_S = 180.0  # of opening and timing: the guide's slowest look takes 29 s, and four are timed at least

type ProcessPhase = Literal["closed", "opening", "measuring", "ready", "failed"]


class PolicySession:
    """One process at a time. `on_opened` hears of a policy before it is timed. Everything happens on the event loop."""

    def __init__(self, studio: Studio, process: Companion, on_opened: Callable[[messages.Opened], None]) -> None:
        self._studio = studio
        self._process = process
        self._on_opened = on_opened
        self._client: PolicyClient | None = None
        self._follow: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._overdue: asyncio.TimerHandle | None = None
        self.phase: ProcessPhase = "closed"
        self.problem = ""
        self.todo = ""
        self.name = ""
        self.folder = Path()
        self.opened: messages.Opened | None = None
        self.measured: messages.Measured | None = None

    def open(self, name: str, folder: Path, rig: Attached) -> None:
        """Start a process for the policy in `folder`, and let it open and time it."""
        self.name, self.folder = name, folder
        order = messages.OpenPolicy(
            folder=str(folder),
            device="cpu",
            joints=tuple((joint.name, joint.unit) for joint in rig.joints),
            robot_type=rig.robot_type,
            rings=self._rings(),
        )
        self._become("opening")
        self._process.spawn()
        self._follow = asyncio.create_task(self._attend(order), name="policy-process")

    async def close(self) -> None:
        """End the process."""
        follow, self._follow = self._follow, None
        if self._client is not None:
            with contextlib.suppress(ChannelClosed):
                self._client.tell(messages.Shutdown())
        if follow is not None:
            follow.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await follow
        ending, self._ending = self._ending, None
        if ending is not None:
            await ending
        await self._process.end(END_S)
        self.opened = self.measured = None
        self._become("closed")

    def measure(self) -> None:
        """Time looks, again. Raises NotReady while none is open."""
        self.tell(messages.Measure(LOOKS))
        self._become("measuring")

    def tell(self, message: messages.ToPolicy) -> None:
        """Raises NotReady while none is open, and when its process is gone."""
        if self._client is None or self.opened is None:
            raise NotReady("No policy is open.", todo="Open one.")
        try:
            self._client.tell(message)
        except ChannelClosed as error:
            raise NotReady("The policy's process is gone.", todo="Open the policy again.") from error

    @property
    def info(self) -> PolicyInfo:
        """What strategies and feasibility need of the open policy."""
        opened = self.opened
        if opened is None:
            raise NotReady("No policy is open.", todo="Open one.")
        return PolicyInfo(opened.kind, opened.fps, opened.horizon, opened.execute, (), (), continues=opened.continues)

    def cameras_attached(self) -> None:
        """The cameras' process was started again: its rings lie elsewhere."""
        if self._client is not None:
            with contextlib.suppress(ChannelClosed):
                self._client.tell(messages.Rings(self._rings()))

    def give_up(self, problem: str) -> None:
        """It does not answer: its process is ended, and it may be opened anew."""
        self._fail(problem, "Look at its log in the run folder; open it again, or another one.")
        self._ending = asyncio.create_task(self._process.end(END_S), name="policy-end")

    # ---- inside ----

    async def _attend(self, order: messages.OpenPolicy) -> None:
        """Attach to the process, and follow it until it is gone, which ends what it did, in words."""
        client = await self._attach()
        if client is not None:
            self._client = client
            try:
                client.tell(order)
                async for message in client.events():
                    self._heard(message)
            except ChannelClosed:
                pass
            finally:
                self._client = None
                await client.close()
        if self.phase != "failed":
            await asyncio.sleep(0.1)  # until the exit code has arrived
            self._fail(self._process.obituary(), "Open it again; its log is in the run folder.")
            self._studio.notes.add("error", "policy_down", f"{self.problem} The arm holds.")

    async def _attach(self) -> PolicyClient | None:
        deadline = asyncio.get_running_loop().time() + ATTACH_S
        while asyncio.get_running_loop().time() < deadline and self._process.running:
            with contextlib.suppress(OSError, ChannelClosed, TimeoutError):
                return await PolicyClient.attach(self._studio.folder.run_folder / "policy.sock")
            await asyncio.sleep(ATTACH_EVERY_S)
        return None

    def _heard(self, message: messages.FromPolicy) -> None:
        match message:
            case messages.Opened():
                self.opened = message
                self._on_opened(message)
                self.measure()
            case messages.OpenFailed():
                self._fail(message.text, message.todo)
            case messages.Measured():
                if message.problem:
                    self._fail(message.problem, "Mend that, then measure again or open another policy.")
                else:
                    self.measured = message
                    self._become("ready")

    def _fail(self, problem: str, todo: str) -> None:
        self._become("failed", problem, todo)

    def _become(self, phase: ProcessPhase, problem: str = "", todo: str = "") -> None:
        self.phase, self.problem, self.todo = phase, problem, todo
        if self._overdue is not None:
            self._overdue.cancel()
        timed = phase in ("opening", "measuring")
        self._overdue = asyncio.get_running_loop().call_later(MEASURE_LIMIT_S, self._never_ready) if timed else None
        self._studio.changed("policy")

    def _never_ready(self) -> None:
        self.give_up(f"{self.name} was not opened and timed within {MEASURE_LIMIT_S:g} s: its process was ended.")

    def _rings(self) -> dict[str, str]:
        cameras = self._studio.cameras
        return {facts.name: facts.ring for facts in cameras.attached.cameras} if cameras is not None else {}
