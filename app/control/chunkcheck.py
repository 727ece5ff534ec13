"""Whether a policy's chunk may be executed: finite, within reach, and without a jump."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.control.errors import ChunkRefused
from app.devices import ArmModel, Vector

_JUMP = 2.0  # times the way that a joint makes in a step at its top speed
_LEAST_JUMP = 5.0  # joint units
_OUTSIDE = 20.0  # joint units beyond a range: a policy overshoots a little, a broken one by far
_ENTRY_DEG = 60.0

type Rows = npt.NDArray[np.float64]


class ChunkCheck:
    """Refuses a whole chunk in words. What passes is still clamped by the gate, joint by joint."""

    def __init__(self, arm: ArmModel, horizon: int, fps: float) -> None:
        self._arm = arm
        self._horizon = horizon
        self._jump = np.maximum(_LEAST_JUMP, [_JUMP * joint.max_speed / fps for joint in arm.joints])
        self._lower = np.array([joint.lower for joint in arm.joints]) - _OUTSIDE
        self._upper = np.array([joint.upper for joint in arm.joints]) + _OUTSIDE
        self._body = np.array([joint.unit == "deg" for joint in arm.joints])

    def rows(self, said: tuple[tuple[float, ...], ...]) -> Rows:
        """(H, A) in joint units. Raises ChunkRefused."""
        wanted = (self._horizon, len(self._arm.joints))
        if len(said) != wanted[0] or any(len(row) != wanted[1] for row in said):
            found = (len(said), len(said[0]) if said else 0)
            raise ChunkRefused(f"The policy answered with {found} numbers, it should be {wanted} (steps, joints).")
        rows = np.array(said, np.float64)
        if not np.isfinite(rows).all():
            raise ChunkRefused("The policy answered with numbers that are not finite.")
        outside = (rows < self._lower) | (rows > self._upper)
        if outside.any():
            step, joint = (int(value) for value in np.argwhere(outside)[0])
            facts = self._arm.joints[joint]
            raise ChunkRefused(
                f"The policy wants {facts.name} at {rows[step, joint]:.0f} {facts.unit} in step {step}; it reaches "
                f"{facts.lower:.0f} to {facts.upper:.0f}."
            )
        self._smooth(rows, "within a chunk")
        return rows

    def seam(self, before: Vector, after: Vector) -> None:
        """From the target that is executed to the first of a new chunk. Raises ChunkRefused."""
        self._smooth(np.stack([before, after]), "between two chunks")

    def entry(self, measured: Vector, first: Vector) -> None:
        """From where the arm is to the first target of a run. Raises ChunkRefused where that is a journey."""
        away = np.abs(first - measured) * self._body
        joint = int(np.argmax(away))
        if away[joint] > _ENTRY_DEG:
            raise ChunkRefused(
                f"The policy begins with {self._arm.joints[joint].name} {away[joint]:.0f} deg from where it is "
                f"(at most {_ENTRY_DEG:.0f}).",
                todo="Drive the arm to where the policy was taught to start, then resume.",
            )

    def _smooth(self, rows: Rows, where: str) -> None:
        steps = np.abs(np.diff(rows, axis=0))
        if (steps > self._jump).any():
            step, joint = (int(value) for value in np.argwhere(steps > self._jump)[0])
            facts = self._arm.joints[joint]
            raise ChunkRefused(
                f"The policy jumps by {steps[step, joint]:.0f} {facts.unit} of {facts.name} in one step {where} "
                f"(at most {self._jump[joint]:.0f})."
            )
