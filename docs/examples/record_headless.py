"""Drive the arm and record one episode without a browser: HTTP for questions, one WebSocket for the rest.

usage: python docs/examples/record_headless.py [--url http://127.0.0.1:8000] [--dataset NAME] [--seconds 4]

Needs the `websockets` package only, which the studio's own environment has.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import urllib.request
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

CLIENT = "headless-example"
BEAT_S = 0.1
JOG_S = 0.02


class Studio:
    """One connection to /ws/studio: `ask` sends a command and waits for its reply."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.state: dict[str, Any] = {}

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
                case "reply" if not message["ok"]:
                    print(f"refused: {message['text']} {message['todo']}")

    async def tell(self, type_: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"type": type_, **fields}))

    async def ask(self, type_: str, **fields: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._replies[number] = asyncio.get_running_loop().create_future()
        await self.tell(type_, id=number, **fields)
        reply = await asyncio.wait_for(self._replies[number], 15)
        if not reply["ok"]:
            raise SystemExit(f"{type_}: {reply['text']} {reply['todo']}")
        return reply


async def beat(studio: Studio) -> None:
    """The heartbeat: without it the arm holds after 0.3 s."""
    while True:
        await studio.tell("beat")
        await asyncio.sleep(BEAT_S)


async def drive(studio: Studio, seconds: float) -> None:
    """Move the hand in a circle of about 3 cm and close the claws halfway."""
    for step in range(round(seconds / JOG_S)):
        angle = 2 * math.pi * step * JOG_S / 3
        linear = [0.06 * math.cos(angle), 0.06 * math.sin(angle), 0.0]
        await studio.tell("jog", sequence=step + 1, linear_m_s=linear, gripper_per_s=10.0)
        await asyncio.sleep(JOG_S)


async def record(url: str, dataset: str | None, seconds: float) -> dict[str, Any]:
    """One episode; returns the receipt, which is given only after the files were reopened."""
    try:
        urllib.request.urlopen(f"{url}/health/ready").close()
    except OSError as error:
        raise SystemExit(f"No studio is ready at {url} ({error}). Start it with ./understudy") from error
    async with connect(f"{url.replace('http', 'ws', 1)}/ws/studio?client={CLIENT}", max_size=2**20) as socket:
        studio = Studio(socket)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(studio.listen())
            await studio.ask("record.setup", dataset=dataset, operator="headless")
            await studio.ask("lease.acquire", label="headless example")
            beating = tasks.create_task(beat(studio))
            await studio.ask("record.start", skip_countdown=True)
            await drive(studio, seconds)
            await studio.ask("record.save", outcome="success")
            beating.cancel()
            await studio.ask("lease.release")
            with urllib.request.urlopen(f"{url}/api/studio") as answer:
                receipt = json.load(answer)["recorder"]["last_saved"]
            listening.cancel()
    return receipt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--dataset", help="default: the one the studio has chosen")
    parser.add_argument("--seconds", type=float, default=4.0)
    chosen = parser.parse_args()
    print(json.dumps(asyncio.run(record(chosen.url, chosen.dataset, chosen.seconds)), indent=2))


if __name__ == "__main__":
    main()
