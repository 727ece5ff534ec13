"""The shared-memory ring each camera's frames cross processes by.

One writer (the cameras process), any number of readers. A slot holds the raw
I420 picture and up to `TIERS` JPEGs of it, under a sequence lock: the writer
makes the slot's `lock` odd, writes, makes it even; a reader that sees it odd or
changed reads again or gives up. Nothing blocks and nobody polls: the channel
carries one small notice a frame.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.core.sharedmemory import SharedBlock

SLOTS = 16
TIERS = 3
_MAGIC = 0x46445355
_HEADER = struct.Struct("<IIIIIIQ")  # magic, width, height, slots, jpeg_bytes, tiers, latest index
_SLOT = struct.Struct("<QQQQQ3I4x")  # lock, index, driver sequence, exposure_ns, published_ns, jpeg lengths
_HEADER_BYTES = 64
_SLOT_BYTES = 64


@dataclass(frozen=True)
class FrameStamp:
    """Which picture it is: `index` counts published frames, `sequence` is the driver's own count."""

    index: int
    sequence: int
    exposure_ns: int
    published_ns: int


class FrameRing:
    """A camera's last `SLOTS` pictures.

    `jpeg_bytes` bounds one JPEG; a larger one is left out of the slot (its
    length reads 0) rather than cut.
    """

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        buffer = block.buffer
        magic, self.width, self.height, self.slots, self._jpeg_bytes, _, _ = _HEADER.unpack_from(buffer, 0)
        if magic != _MAGIC:
            raise ValueError(f"{block.path.name} is not a frame ring.")
        self._i420_bytes = self.width * self.height * 3 // 2
        self._stride = _slot_stride(self.width, self.height, self._jpeg_bytes)

    @classmethod
    def create(cls, path: Path, width: int, height: int, *, slots: int = SLOTS) -> FrameRing:
        jpeg_bytes = width * height  # far above any real JPEG of this size
        block = SharedBlock.create(path, _HEADER_BYTES + slots * _slot_stride(width, height, jpeg_bytes))
        _HEADER.pack_into(block.buffer, 0, _MAGIC, width, height, slots, jpeg_bytes, TIERS, 0)
        return cls(block)

    @classmethod
    def attach(cls, path: Path) -> FrameRing:
        return cls(SharedBlock.attach(path))

    def close(self) -> None:
        self._block.close()

    def unlink(self) -> None:
        self._block.unlink()

    # ---- writer ----

    def publish(
        self,
        sequence: int,
        exposure_ns: int,
        published_ns: int,
        i420: npt.NDArray[np.uint8],
        jpegs: Sequence[bytes],
    ) -> FrameStamp:
        """Write one picture, (H*3/2, W) uint8, with its JPEG tiers (b"" for one nobody wants)."""
        buffer = self._block.buffer
        index = self.latest_index + 1
        base = self._base(index)
        lock = struct.unpack_from("<Q", buffer, base)[0] | 1
        struct.pack_into("<Q", buffer, base, lock)
        offset = base + _SLOT_BYTES
        buffer[offset : offset + self._i420_bytes] = memoryview(np.ascontiguousarray(i420)).cast("B")
        offset += self._i420_bytes
        lengths = [0, 0, 0]
        for tier, jpeg in enumerate(jpegs[:TIERS]):
            if len(jpeg) <= self._jpeg_bytes:
                start = offset + tier * self._jpeg_bytes
                buffer[start : start + len(jpeg)] = jpeg
                lengths[tier] = len(jpeg)
        _SLOT.pack_into(buffer, base, lock, index, sequence, exposure_ns, published_ns, *lengths)
        struct.pack_into("<Q", buffer, base, lock + 1)
        struct.pack_into("<Q", buffer, _HEADER.size - 8, index)
        return FrameStamp(index, sequence, exposure_ns, published_ns)

    # ---- readers ----

    @property
    def latest_index(self) -> int:
        """The newest published frame's index; 0 before the first."""
        return struct.unpack_from("<Q", self._block.buffer, _HEADER.size - 8)[0]

    def stamp(self, index: int) -> FrameStamp | None:
        """The stamp of frame `index`, or None when it is gone or not there yet."""
        slot = self._read_slot(index)
        return slot and slot[0]

    def stamps(self) -> Iterator[FrameStamp]:
        """Stamps of what the ring still holds, newest first."""
        latest = self.latest_index
        for index in range(latest, max(0, latest - self.slots + 1), -1):
            if stamp := self.stamp(index):
                yield stamp

    def jpeg(self, index: int, tier: int = 0) -> bytes | None:
        """A copy of the JPEG of frame `index`; None when gone or not encoded at that tier."""
        slot = self._read_slot(index)
        if slot is None or slot[2][tier] == 0:
            return None
        start = self._base(index) + _SLOT_BYTES + self._i420_bytes + tier * self._jpeg_bytes
        data = bytes(self._block.buffer[start : start + slot[2][tier]])
        return data if self._unchanged(index, slot[1]) else None

    def i420(self, index: int) -> npt.NDArray[np.uint8] | None:
        """A copy (H*3/2, W) uint8 of frame `index`; None when it is gone."""
        slot = self._read_slot(index)
        if slot is None:
            return None
        start = self._base(index) + _SLOT_BYTES
        picture = np.frombuffer(self._block.buffer, np.uint8, self._i420_bytes, start).copy()
        if not self._unchanged(index, slot[1]):
            return None
        return picture.reshape(self.height * 3 // 2, self.width)

    def inspect(self, index: int, look: Callable[[npt.NDArray[np.uint8]], None]) -> bool:
        """Let `look` read frame `index` in place, uncopied; False when it is gone or was overwritten meanwhile.

        `look` must keep nothing of what it is handed: the picture changes under it.
        """
        slot = self._read_slot(index)
        if slot is None:
            return False
        start = self._base(index) + _SLOT_BYTES
        picture = np.frombuffer(self._block.buffer, np.uint8, self._i420_bytes, start)
        look(picture.reshape(self.height * 3 // 2, self.width))
        return self._unchanged(index, slot[1])

    def nearest(self, moment_ns: int) -> FrameStamp | None:
        """The held frame whose exposure is nearest to `moment_ns`; None when the ring is empty."""
        best: FrameStamp | None = None
        for stamp in self.stamps():
            if best is None or abs(stamp.exposure_ns - moment_ns) < abs(best.exposure_ns - moment_ns):
                best = stamp
            elif stamp.exposure_ns < moment_ns:
                break
        return best

    def _base(self, index: int) -> int:
        return _HEADER_BYTES + ((index - 1) % self.slots) * self._stride

    def _read_slot(self, index: int) -> tuple[FrameStamp, int, tuple[int, ...]] | None:
        if index <= 0:
            return None
        for _ in range(3):
            lock, held, sequence, exposure_ns, published_ns, *lengths = _SLOT.unpack_from(
                self._block.buffer, self._base(index)
            )
            if lock % 2 == 0 and self._unchanged(index, lock):
                if held != index:
                    return None
                return FrameStamp(index, sequence, exposure_ns, published_ns), lock, tuple(lengths)
        return None

    def _unchanged(self, index: int, lock: int) -> bool:
        return struct.unpack_from("<Q", self._block.buffer, self._base(index))[0] == lock


def _slot_stride(width: int, height: int, jpeg_bytes: int) -> int:
    raw = _SLOT_BYTES + width * height * 3 // 2 + TIERS * jpeg_bytes
    return (raw + 63) // 64 * 64
