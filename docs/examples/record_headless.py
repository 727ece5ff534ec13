"""Records episodes without a browser: control the arm, drive it, record, save; then ask what was saved.

    .venv/bin/python docs/examples/record_headless.py --dataset headless --episodes 2

One WebSocket carries commands and their replies; while it holds the arm, a heartbeat goes out every 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import websockets

BEAT_S = 0.1
TICK_S = 1 / 60


class Refused(RuntimeError):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Studio:
    """A client of `/ws/studio`: `ask` sends a command and waits for its reply; `state` follows the server's."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.state: dict[str, Any] = {}
        self.changed = asyncio.Condition()

    async def ask(self, command: str, **fields: Any) -> None:
        """Raises Refused with the studio's own sentence when it says no."""
        number = next(self._ids)
        answer = self._replies[number] = asyncio.get_running_loop().create_future()
        await self._send(command, id=number, **fields)
        reply = await answer
        if not reply["ok"]:
            raise Refused(reply["code"], f"{command}: {reply['text']} {reply['todo']}")

    async def begin(self) -> None:
        """Starts a take as soon as nothing is in its way: a picture that is late closes Start for a moment."""
        while True:
            await self.until("recorder", "start_blocked", "")
            try:
                return await self.ask("record.start", skip_countdown=True)
            except Refused as refused:
                if refused.code != "cannot_start":
                    raise

    async def tell(self, command: str, **fields: Any) -> None:
        """Sends a command that wants no reply: beats and motion."""
        await self._send(command, **fields)

    async def until(self, section: str, key: str, value: object) -> dict[str, Any]:
        """Waits until `state[section][key]` is `value`; returns the section."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.state[section][key] == value)
        return self.state[section]

    async def listen(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            match message["type"]:
                case "hello":
                    self.state = message["state"]
                case "changed":
                    self.state[message["section"]] = message["value"]
                case "reply" if message["id"] in self._replies:
                    self._replies.pop(message["id"]).set_result(message)
            async with self.changed:
                self.changed.notify_all()

    async def beat(self) -> None:
        while True:
            await self.tell("beat")
            await asyncio.sleep(BEAT_S)

    async def _send(self, command: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"type": command, **fields}))


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Studio]:
    address = f"ws://127.0.0.1:{port}/ws/studio?client=headless-example"
    async with websockets.connect(address, compression=None) as socket, asyncio.TaskGroup() as tasks:
        studio = Studio(socket)
        listening = tasks.create_task(studio.listen())
        async with studio.changed:
            await studio.changed.wait_for(lambda: bool(studio.state))
        yield studio
        listening.cancel()


@contextlib.asynccontextmanager
async def in_control(studio: Studio) -> AsyncIterator[None]:
    """Holds the arm: takes the lease, beats, and gives it back."""
    await studio.ask("lease.acquire", label="headless example")
    await studio.until("lease", "mine", True)
    async with asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(studio.beat())
        yield
        beating.cancel()
    await studio.ask("lease.release")


async def wave(studio: Studio, seconds: float, sequence: itertools.count[int]) -> None:
    """Swings the first joint; any motion would do."""
    joints = len(studio.state["rig"]["joints"])
    for tick in range(int(seconds / TICK_S)):
        speed = [20.0 * math.sin(tick * TICK_S * 3)] + [0.0] * (joints - 1)
        await studio.tell("jog.joints", sequence=next(sequence), speed=speed)
        await asyncio.sleep(TICK_S)


async def record(port: int, dataset: str, episodes: int, seconds: float) -> None:
    sequence = itertools.count(1)
    async with connected(port) as studio, in_control(studio):
        await studio.ask("record.setup", dataset=dataset, task="wave", operator="example")
        await studio.until("recorder", "dataset", dataset)
        for _ in range(episodes):
            saved = studio.state["recorder"]["saved_episodes"]
            await studio.begin()
            await wave(studio, seconds, sequence)
            await studio.ask("record.save", outcome="success")
            recorder = await studio.until("recorder", "saved_episodes", saved + 1)
            print(f"saved: {json.dumps(recorder['last_saved'])}")


def dataset_summary(port: int, name: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/datasets/{name}") as answer:
        return json.load(answer)


def main() -> None:
    parser = argparse.ArgumentParser(description="Records episodes on a running studio, without a browser.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--episodes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0)
    chosen = parser.parse_args()
    asyncio.run(record(chosen.port, chosen.dataset, chosen.episodes, chosen.seconds))
    print(json.dumps(dataset_summary(chosen.port, chosen.dataset)))


if __name__ == "__main__":
    main()
