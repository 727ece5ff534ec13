"""The policy's line to the rig: looks come in, answers and the heartbeat go out."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.control.messages import Beat, FromRig, Look, ServePolicy, Status, Tick
from app.control.models import POLICY
from app.core.channel import Codec, Peer

_BEAT_S = 0.1
_AGAIN_S = 0.25


class RigLink:
    """Attached to the rig as its policy, again whenever the rig was started again. Threads of its own.

    The heartbeat is this process's: it beats while the policy thinks, and ends
    with the process.
    """

    def __init__(self, path: Path, on_look: Callable[[Look], None]) -> None:
        self._path = path
        self._on_look = on_look
        self._codec: Codec[FromRig] = Codec(FromRig)
        self._ending = threading.Event()
        self._peer: Peer | None = None
        self._epoch = 0
        self._threads = [
            threading.Thread(target=self._read, name="rig-read", daemon=True),
            threading.Thread(target=self._beat, name="rig-beat", daemon=True),
        ]
        self.position: tuple[float, ...] | None = None

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def send(self, message: object) -> None:
        """Nothing where the rig is gone: its new process knows of no look."""
        peer = self._peer
        if peer is not None:
            peer.send_bytes(self._codec.encode(message))

    def leave(self) -> None:
        """No heartbeat and no answer from now on: the rig holds. Does not wait; from any thread."""
        self._ending.set()
        if self._peer is not None:
            self._peer.close()

    def close(self) -> None:
        self._ending.set()
        if self._peer is not None:
            self._peer.close()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _read(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(OSError, msgspec.DecodeError):
                self._attached()
            self._peer, self._epoch = None, 0
            self._ending.wait(_AGAIN_S)

    def _attached(self) -> None:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(self._path))
        except OSError:
            connection.close()
            raise
        peer = Peer(connection)
        self._peer = peer
        self.send(ServePolicy(os.getpid()))
        while (body := peer.receive_bytes()) is not None:
            self._heard(self._codec.decode(body))
        peer.close()

    def _heard(self, message: FromRig) -> None:
        match message:
            case Look():
                self._on_look(message)
            case Tick():
                self.position = message.position
            case Status():
                self._epoch = message.lease.epoch if message.lease.source == POLICY else 0
            case _:
                pass

    def _beat(self) -> None:
        while not self._ending.wait(_BEAT_S):
            if self._epoch:
                self.send(Beat(self._epoch, time.monotonic_ns()))
