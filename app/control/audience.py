"""Who listens to the rig, and what it kept for the one who was away."""

from __future__ import annotations

from collections import deque

from app.control.messages import Note, Tick, ToRig
from app.core.channel import Codec, Peer
from app.core.clock import NS_PER_S

_OVERLAP_NS = NS_PER_S  # what was sent just before a peer died may never have been read
_PORTION_BYTES = 32 * 1024


class Audience:
    """The attached peers. Only the control thread calls it.

    Ticks and notes of the last `keep_s` are kept. Whoever attaches after a time
    alone gets them from one second before that on: duplicates are told by
    `Tick.index`. The backlog goes out in portions, for a socket's buffer is small.
    """

    def __init__(self, codec: Codec[ToRig], keep_s: float) -> None:
        self._codec = codec
        self._keep_ns = round(keep_s * NS_PER_S)
        self._kept: deque[tuple[int, bytes]] = deque()
        self._waiting: dict[Peer, deque[bytes]] = {}
        self.alone_since_ns: int | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def arrive(self, peer: Peer, hello: object, now_ns: int) -> None:
        """Introduce the rig to `peer` by `hello`; then it gets what was missed, then what comes."""
        queue = deque([self._codec.encode(hello)])
        if self.alone_since_ns is not None:
            start_ns = self.alone_since_ns - _OVERLAP_NS
            queue.extend(data for moment_ns, data in self._kept if moment_ns >= start_ns)
        self._waiting[peer] = queue
        self.alone_since_ns = None
        self.flush()

    def leave(self, peer: Peer, now_ns: int) -> None:
        if self._waiting.pop(peer, None) is not None and not self._waiting:
            self.alone_since_ns = now_ns

    def say(self, message: object, now_ns: int) -> None:
        """To everybody; ticks and notes are kept."""
        data = self._codec.encode(message)
        if isinstance(message, Tick | Note):
            self._kept.append((now_ns, data))
            while self._kept and now_ns - self._kept[0][0] > self._keep_ns:
                self._kept.popleft()
        for peer, queue in self._waiting.items():
            self._give(peer, queue, data)

    def tell(self, peer: Peer, message: object) -> None:
        """To one peer; nothing when it has left."""
        queue = self._waiting.get(peer)
        if queue is not None:
            self._give(peer, queue, self._codec.encode(message))

    def flush(self) -> None:
        """Send each peer its next portion of backlog."""
        for peer, queue in self._waiting.items():
            portion = bytearray()
            while queue and len(portion) < _PORTION_BYTES:
                portion += queue.popleft()
            if portion:
                peer.send_bytes(bytes(portion))

    def _give(self, peer: Peer, queue: deque[bytes], data: bytes) -> None:
        if queue:
            queue.append(data)
        else:
            peer.send_bytes(data)
