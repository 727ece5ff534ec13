"""The channel between processes: typed, ordered, and closed rather than blocked."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from pathlib import Path

import msgspec
import pytest

from app.core.channel import AsyncChannel, ChannelClosed, ChannelServer, Codec, Peer

LIMIT_S = 60.0


class Said(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    text: str


class Server:
    """A channel server that echoes, and remembers who came and went."""

    def __init__(self, path: Path) -> None:
        self.gone = threading.Event()
        self.server: ChannelServer[Said] = ChannelServer(
            path, Codec(Said), on_message=self.echo, on_detach=lambda peer: self.gone.set()
        )
        self.server.start()

    def echo(self, peer: Peer, message: Said) -> None:
        self.server.send(peer, Said(message.text.upper()))


@pytest.fixture
def server(tmp_path: Path):
    server = Server(tmp_path / "s.sock")
    yield server
    server.server.close()


async def test_messages_arrive_typed_and_in_order(server: Server, tmp_path: Path) -> None:
    channel = await AsyncChannel.connect(tmp_path / "s.sock", Codec(Said))
    for number in range(50):
        channel.send(Said(f"m{number}"))
    assert [(await channel.receive()).text for _ in range(50)] == [f"M{number}" for number in range(50)]
    await channel.close()
    assert await asyncio.to_thread(server.gone.wait, LIMIT_S)


@pytest.mark.parametrize("garbage", [b"\x05\x00\x00\x00hello", b"\xff\xff\xff\xff", b"\x01"])
async def test_garbage_ends_that_peer_and_nobody_else(server: Server, tmp_path: Path, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as bad:
        bad.connect(str(tmp_path / "s.sock"))
        bad.sendall(garbage)
    assert await asyncio.to_thread(server.gone.wait, LIMIT_S)
    channel = await AsyncChannel.connect(tmp_path / "s.sock", Codec(Said))
    channel.send(Said("still here"))
    assert (await channel.receive()).text == "STILL HERE"
    await channel.close()


async def test_a_dead_server_is_said_so(server: Server, tmp_path: Path) -> None:
    channel = await AsyncChannel.connect(tmp_path / "s.sock", Codec(Said))
    channel.send(Said("a"))
    await channel.receive()
    await asyncio.to_thread(server.server.close)
    with pytest.raises(ChannelClosed):
        await channel.receive()
    await channel.close()


def test_a_peer_that_never_reads_is_dropped_and_blocks_nobody(server: Server, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as lazy:
        lazy.connect(str(tmp_path / "s.sock"))
        while server.server.attached == 0:
            time.sleep(0.001)
        big = Said("x" * 1_000_000)
        for _ in range(50):
            server.server.broadcast(big)
        assert server.gone.wait(LIMIT_S)
