"""A small typed message channel between our processes: length-prefixed msgpack on a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

_LENGTH = struct.Struct("<I")
MAX_MESSAGE_BYTES = 4 * 1024 * 1024


class ChannelClosed(ConnectionError):
    """The other process is gone."""


class Codec[Incoming]:
    """Encodes any message struct; decodes to the tagged union it was built with."""

    def __init__(self, incoming: object) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Incoming] = msgspec.msgpack.Decoder(incoming)  # type: ignore[arg-type]

    def encode(self, message: object) -> bytes:
        body = self._encoder.encode(message)
        return _LENGTH.pack(len(body)) + body

    def decode(self, body: bytes) -> Incoming:
        return self._decoder.decode(body)


class AsyncChannel[Incoming]:
    """The asyncio end: `send` never waits (a slow peer is closed), `receive` yields one message."""

    MAX_BUFFERED_BYTES = 8 * 1024 * 1024

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, codec: Codec[Incoming]) -> None:
        self._reader = reader
        self._writer = writer
        self._codec = codec

    @classmethod
    async def connect(cls, path: Path, codec: Codec[Incoming]) -> AsyncChannel[Incoming]:
        reader, writer = await asyncio.open_unix_connection(str(path))
        return cls(reader, writer, codec)

    def send(self, message: object) -> None:
        if self._writer.is_closing():
            raise ChannelClosed("The channel is closed.")
        if self._writer.transport.get_write_buffer_size() > self.MAX_BUFFERED_BYTES:
            self._writer.transport.abort()
            raise ChannelClosed("The other process stopped reading.")
        self._writer.write(self._codec.encode(message))

    async def receive(self) -> Incoming:
        try:
            header = await self._reader.readexactly(_LENGTH.size)
            (length,) = _LENGTH.unpack(header)
            if length > MAX_MESSAGE_BYTES:
                raise ChannelClosed(f"A message of {length} bytes is over the limit.")
            return self._codec.decode(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ChannelClosed("The other process closed the channel.") from error

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


class ChannelServer[Incoming]:
    """The thread end, for processes without asyncio (rig, cameras).

    One accepting thread and one reading thread a peer call `on_message(peer,
    message)`; `broadcast` never blocks the caller: a peer whose socket is full
    for longer than its buffer is dropped and must attach again.
    """

    SEND_BUFFER_BYTES = 4 * 1024 * 1024

    def __init__(
        self,
        path: Path,
        codec: Codec[Incoming],
        *,
        on_message: Callable[[Peer, Incoming], None],
        on_attach: Callable[[Peer], None] = lambda peer: None,
        on_detach: Callable[[Peer], None] = lambda peer: None,
    ) -> None:
        self._path = path
        self._codec = codec
        self._on_message = on_message
        self._on_attach = on_attach
        self._on_detach = on_detach
        self._peers: list[Peer] = []
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

    def start(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        self._listener.bind(str(self._path))
        os.chmod(self._path, 0o600)
        self._listener.listen(4)
        threading.Thread(target=self._accept, name="channel-accept", daemon=True).start()

    @property
    def attached(self) -> int:
        return len(self._peers)

    def broadcast(self, message: object) -> None:
        data = self._codec.encode(message)
        for peer in list(self._peers):
            peer.send_bytes(data)

    def send(self, peer: Peer, message: object) -> None:
        peer.send_bytes(self._codec.encode(message))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in list(self._peers):
            peer.close()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.SEND_BUFFER_BYTES)
            peer = Peer(connection)
            with self._lock:
                self._peers.append(peer)
            threading.Thread(target=self._read, args=(peer,), name="channel-read", daemon=True).start()

    def _read(self, peer: Peer) -> None:
        try:
            self._on_attach(peer)
            while (body := peer.receive_bytes()) is not None:
                self._on_message(peer, self._codec.decode(body))
        except (OSError, msgspec.DecodeError):
            pass
        finally:
            with self._lock:
                if peer in self._peers:
                    self._peers.remove(peer)
            peer.close()
            self._on_detach(peer)


class Peer:
    """One attached process, as a thread sees it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lock = threading.Lock()

    def send_bytes(self, data: bytes) -> None:
        try:
            with self._lock:
                sent = self._connection.send(data, socket.MSG_DONTWAIT)
            if sent != len(data):
                self.close()
        except OSError:
            self.close()

    def receive_bytes(self) -> bytes | None:
        header = self._exactly(_LENGTH.size)
        if header is None:
            return None
        (length,) = _LENGTH.unpack(header)
        if length > MAX_MESSAGE_BYTES:
            return None
        return self._exactly(length)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def _exactly(self, count: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < count:
            part = self._connection.recv(count - len(parts))
            if not part:
                return None
            parts += part
        return bytes(parts)
