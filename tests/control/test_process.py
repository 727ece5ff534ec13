"""The real rig process over a real socket: attach, drive, die, come back, rest."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.control.client import RigClient
from app.control.errors import RigAway
from app.control.messages import FromRig, Note, Receipt, Status, Tick
from app.control.models import ControlPhase, Rank
from app.core.channel import AsyncChannel, ChannelClosed, Codec

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
GRACE_S = "10"  # a machine that stalls for two seconds takes the arm from nobody


def spawn(module: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


@dataclass
class Studio:
    """A client that remembers what it heard."""

    client: RigClient
    heard: list[FromRig] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    listener: asyncio.Task[None] | None = None

    async def listen(self) -> None:
        async for event in self.client.events():
            self.heard.append(event)
            self.changed.set()

    async def until(self, what: Callable[[], object]) -> None:
        """Waits for `what` to be true of what was heard; a time-out only ends a test that failed."""
        async with asyncio.timeout(PATIENCE_S):
            while not what():
                self.changed.clear()
                await self.changed.wait()

    def of[T](self, kind: type[T]) -> list[T]:
        return [event for event in self.heard if isinstance(event, kind)]

    @property
    def ticks(self) -> list[Tick]:
        return self.of(Tick)

    @property
    def phase(self) -> ControlPhase | None:
        statuses = self.of(Status)
        return statuses[-1].phase if statuses else None

    async def drive_until(self, epoch: int, what: Callable[[], object]) -> None:
        """Drives until `what` is true of what was heard; a command that came late does not count, the next one does."""
        async with asyncio.timeout(PATIENCE_S):
            for first in itertools.count(1, 10):
                if what():
                    return
                await self.drive(epoch, 10, first)

    async def take(self) -> int:
        reply = await self.client.acquire("tab", Rank.person, "Ada")
        assert reply.ok
        return int(reply.values["epoch"])

    async def drive(self, epoch: int, count: int, first: int = 1) -> None:
        for sequence in range(first, first + count):
            self.client.beat(epoch)
            self.client.jog(epoch, sequence, (0.0, 0.05, 0.0))
            await asyncio.sleep(0.02)

    async def leave(self) -> None:
        await self.client.close()
        if self.listener is not None:
            await self.listener


@dataclass
class Place:
    """Where a rig runs, and how to get at it."""

    path: Path
    process: subprocess.Popen[str]
    studios: list[Studio] = field(default_factory=list)

    async def studio(self) -> Studio:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    client = await RigClient.attach(self.path)
                    break
                except RigAway:
                    await asyncio.sleep(0.05)
        studio = Studio(client)
        studio.listener = asyncio.create_task(studio.listen())
        self.studios.append(studio)
        return studio

    async def ended(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            while self.process.poll() is None:
                await asyncio.sleep(0.05)
        return self.process.communicate()[0]


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Place]:
    yield from _running(tmp_path, "30")


@pytest.fixture
def lonely_rig(tmp_path: Path) -> Iterator[Place]:
    yield from _running(tmp_path, "3")


def _running(folder: Path, alone_s: str) -> Iterator[Place]:
    path = folder / "rig.sock"
    process = spawn("tests.control.rig_main", str(path), alone_s, str(folder / "fault"), GRACE_S)
    with process:
        yield Place(path, process)
        process.kill()


@pytest.fixture
async def studio(rig: Place) -> AsyncIterator[Studio]:
    yield await rig.studio()
    for studio in rig.studios:
        await studio.leave()


async def test_attaching_says_what_the_rig_is_and_then_how_it_goes(rig: Place, studio: Studio) -> None:
    attached = studio.client.attached
    assert attached.pid == rig.process.pid
    assert attached.simulated
    assert attached.demonstrator
    assert attached.joints[0].name == "shoulder_pan"
    await studio.until(lambda: len(studio.ticks) > 10 and studio.phase)
    assert studio.phase is ControlPhase.holding
    indices = [tick.index for tick in studio.ticks]
    assert indices == sorted(set(indices))


async def test_commands_move_the_arm_and_get_receipts(studio: Studio) -> None:
    epoch = await studio.take()
    await studio.drive_until(epoch, lambda: studio.ticks and studio.ticks[-1].tool_mm[1] > 10)
    await studio.until(lambda: studio.of(Receipt))
    receipts = studio.of(Receipt)
    assert all(receipt.sent_ns <= receipt.received_ns <= receipt.applied_ns for receipt in receipts)
    assert {tick.source for tick in studio.ticks} >= {"", "tab"}


async def test_garbage_on_the_socket_ends_only_that_attachment(rig: Place, studio: Studio) -> None:
    for garbage in (b"\xff" * 64, b"\x05\x00\x00\x00hello", b"\x00\x00\x00\x00", b"\xff\xff\xff\x7f", b"\x01"):
        stranger = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stranger.connect(str(rig.path))
        stranger.sendall(garbage)
        stranger.close()
    reply = await studio.client.acquire("tab", Rank.person, "Ada")
    assert reply.ok
    count = len(studio.ticks)
    await studio.until(lambda: len(studio.ticks) > count + 5)


async def test_a_stop_is_latched_in_the_next_ticks_and_reset_by_a_person(studio: Studio) -> None:
    epoch = await studio.take()
    await studio.drive(epoch, 30)
    studio.client.stop("kiosk")
    await studio.until(lambda: studio.phase is ControlPhase.stopped)
    refused = await studio.client.acquire("tab", Rank.person, "Ada")
    assert refused.code == "stopped"
    assert (await studio.client.reset_stop("tab")).ok
    assert (await studio.client.acquire("tab", Rank.person, "Ada")).ok


async def test_requests_reach_the_workcell_and_the_demonstrator(studio: Studio) -> None:
    assert (await studio.client.place(22.0, 3.0, 45.0)).ok
    assert (await studio.client.ask_truth()).values == {"x_cm": 22.0, "y_cm": 3.0, "yaw_deg": 45.0}
    assert (await studio.client.demonstrate(3)).ok
    await studio.until(lambda: any(status.demonstrating for status in studio.of(Status)))
    await studio.until(lambda: any(tick.action[0] > 15 for tick in studio.ticks))
    await studio.until(lambda: studio.phase is ControlPhase.holding and not studio.of(Status)[-1].demonstrating)


async def test_a_lost_arm_is_said_in_words_and_comes_back(rig: Place, studio: Studio) -> None:
    fault = rig.path.parent / "fault"
    fault.touch()
    await studio.until(lambda: studio.phase is ControlPhase.faulted)
    fault.unlink()
    await studio.until(lambda: studio.phase is ControlPhase.holding)
    assert [note.code for note in studio.of(Note)] == ["device_fault", "arm_back"]


async def test_a_defect_ends_the_process_loudly(rig: Place, studio: Studio) -> None:
    await studio.until(lambda: studio.ticks)
    (rig.path.parent / "fault").write_text("defect")
    await rig.ended()
    assert rig.process.returncode not in (0, None)
    await asyncio.wait_for(studio.client.closed.wait(), PATIENCE_S)


async def test_a_killed_studio_loses_nothing_that_a_new_one_cannot_get(rig: Place) -> None:
    studio = await rig.studio()
    await studio.leave()
    web = spawn("tests.control.web_main", str(rig.path))
    assert web.stdout is not None
    seen = [int(web.stdout.readline()) for _ in range(40)]
    web.send_signal(signal.SIGKILL)
    seen += [int(line) for line in web.communicate()[0].splitlines()]
    await asyncio.sleep(1.0)
    back = await rig.studio()
    assert back.client.attached.alone_s > 0
    await back.until(lambda: back.ticks and back.ticks[-1].index > seen[-1] + 60)
    indices = [tick.index for tick in back.ticks]
    assert indices == list(range(indices[0], indices[0] + len(indices)))
    assert indices[0] <= seen[-1] + 1
    drifting = [tick.action for tick in back.ticks if tick.index > seen[-1] + 40]
    assert all(action == drifting[0] for action in drifting)  # alone, the arm held
    await back.leave()


async def test_left_alone_it_rests_and_ends(lonely_rig: Place) -> None:
    studio = await lonely_rig.studio()
    await studio.until(lambda: studio.ticks)
    await studio.leave()
    output = await lonely_rig.ended()
    assert "at rest [0, -98, 95, 35, 0, 2] connected False" in output
    assert lonely_rig.process.returncode == 0
    assert not lonely_rig.path.exists()


async def test_who_comes_back_in_time_keeps_it_from_ending(lonely_rig: Place) -> None:
    first = await lonely_rig.studio()
    await first.leave()
    second = await lonely_rig.studio()
    await asyncio.sleep(3.5)
    count = len(second.ticks)
    await second.until(lambda: len(second.ticks) > count + 5)
    await second.leave()


@pytest.mark.parametrize("how", ["message", "signal"])
async def test_told_to_shut_down_it_rests_and_ends_even_when_somebody_drives(rig: Place, how: str) -> None:
    studio = await rig.studio()
    epoch = await studio.take()
    await studio.drive(epoch, 20)
    if how == "message":
        studio.client.shut_down()
    else:
        rig.process.send_signal(signal.SIGTERM)
    output = await rig.ended()
    assert "at rest [0, -98, 95, 35, 0, 2] connected False" in output
    await asyncio.wait_for(studio.client.closed.wait(), PATIENCE_S)
    with pytest.raises(RigAway):
        await studio.client.acquire("tab", Rank.person, "Ada")
    await studio.leave()


async def test_nothing_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(RigAway, match="does not answer"):
        await RigClient.attach(tmp_path / "nobody.sock")


@pytest.mark.parametrize(
    "stray",
    [
        {"type": "Explode"},
        {"type": "Beat", "epoch": 1, "sent_ns": 2, "extra": 3},
        {"type": "Beat", "epoch": "one", "sent_ns": 2},
        {"type": "Beat"},
    ],
)
async def test_what_is_no_order_ends_the_attachment_and_only_that(
    rig: Place, studio: Studio, stray: dict[str, object]
) -> None:
    stranger: AsyncChannel[FromRig] = await AsyncChannel.connect(rig.path, Codec(FromRig))
    stranger.send(stray)
    with pytest.raises(ChannelClosed):
        await asyncio.wait_for(_deaf(stranger), PATIENCE_S)
    await stranger.close()
    assert (await studio.client.acquire("tab", Rank.person, "Ada")).ok


async def _deaf(channel: AsyncChannel[FromRig]) -> None:
    """Receives until the other end closes."""
    while True:
        await channel.receive()
