"""The world's state in shared memory: the rig process writes it, the cameras process draws it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from app.core.sharedmemory import SharedBlock
from app.simulation.appearance import Appearance
from app.simulation.scene import JOINT_POSITIONS
from app.simulation.world import Snapshot

_MAGIC = 0x44425357
_HEAD = struct.Struct("<IIQq")  # magic, number of joint positions, lock, moment
_LOCK = struct.Struct("<Q")
_LOCK_AT = 8
_TRIES = 8


class WorldBoard:
    """One writer, any readers, a sequence lock: odd while it is written, changed when it was.

    `publish` and `read` copy about 300 bytes and never wait.
    """

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        magic, self._joints, _, _ = _HEAD.unpack_from(block.buffer, 0)
        if magic != _MAGIC:
            raise ValueError(f"{block.path.name} is not a world board.")
        self._values = np.frombuffer(block.buffer, np.float64, self._joints + Appearance.SIZE, _HEAD.size)

    @classmethod
    def create(cls, path: Path, joints: int = JOINT_POSITIONS) -> WorldBoard:
        """Make a board for `joints` positions (the model's nq); an older one at `path` is replaced."""
        block = SharedBlock.create(path, _HEAD.size + 8 * (joints + Appearance.SIZE))
        _HEAD.pack_into(block.buffer, 0, _MAGIC, joints, 0, 0)
        return cls(block)

    @classmethod
    def attach(cls, path: Path) -> WorldBoard:
        """Map an existing board; FileNotFoundError while the rig has not made it."""
        return cls(SharedBlock.attach(path))

    def publish(self, snapshot: Snapshot) -> None:
        buffer = self._block.buffer
        lock = _LOCK.unpack_from(buffer, _LOCK_AT)[0] | 1
        _LOCK.pack_into(buffer, _LOCK_AT, lock)
        self._values[: self._joints] = snapshot.qpos
        self._values[self._joints :] = snapshot.appearance.numbers()
        struct.pack_into("<q", buffer, _LOCK_AT + 8, snapshot.monotonic_ns)
        _LOCK.pack_into(buffer, _LOCK_AT, lock + 1)

    def read(self) -> Snapshot | None:
        """The newest state, or None before the first one."""
        for _ in range(_TRIES):
            _, _, lock, moment = _HEAD.unpack_from(self._block.buffer, 0)
            values = self._values.copy()
            if lock % 2 == 0 and _LOCK.unpack_from(self._block.buffer, _LOCK_AT)[0] == lock:
                if lock == 0:
                    return None
                return Snapshot(moment, values[: self._joints], Appearance.of(values[self._joints :]))
        return None

    def close(self) -> None:
        del self._values
        self._block.close()

    def unlink(self) -> None:
        self._block.unlink()
