"""How the scene looks beside its physics: light, lens, lost cameras, an intruding hand. Cameras draw it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.devices.models import Vector
from app.simulation.scene import CAMERAS

DAYLIGHT_KELVIN = 5000.0


@dataclass(frozen=True)
class Lens:
    """One camera's troubles: nudged (deg, about its own side axis), blurred (px), frozen, unplugged."""

    nudge_deg: float = 0.0
    blur_px: float = 0.0
    frozen: bool = False
    unplugged: bool = False


@dataclass(frozen=True)
class Appearance:
    """What a camera needs to know beyond joint positions.

    `light_percent` is 100 in order; `intruder` runs from 0 (away) to 1 (over the
    workspace); `pale_bag` is the near-white bag, the scenario for weak contrast.
    """

    light_percent: float = 100.0
    light_kelvin: float = DAYLIGHT_KELVIN
    intruder: float = 0.0
    pale_bag: bool = False
    lenses: tuple[Lens, ...] = tuple(Lens() for _ in CAMERAS)

    def lens(self, camera: str) -> Lens:
        return self.lenses[CAMERAS.index(camera)]

    def with_lens(self, camera: str, **changes: float | bool) -> Appearance:
        lenses = [
            replace(lens, **changes) if name == camera else lens
            for name, lens in zip(CAMERAS, self.lenses, strict=True)
        ]
        return replace(self, lenses=tuple(lenses))

    SIZE = 4 + 4 * len(CAMERAS)

    def numbers(self) -> Vector:
        """(SIZE,) float64, for the shared board."""
        head = [self.light_percent, self.light_kelvin, self.intruder, float(self.pale_bag)]
        for lens in self.lenses:
            head += [lens.nudge_deg, lens.blur_px, float(lens.frozen), float(lens.unplugged)]
        return np.array(head)

    @staticmethod
    def of(numbers: Vector) -> Appearance:
        lenses = tuple(
            Lens(float(nudge), float(blur), bool(frozen), bool(unplugged))
            for nudge, blur, frozen, unplugged in np.asarray(numbers[4:]).reshape(-1, 4)
        )
        light, kelvin, intruder, pale = (float(value) for value in numbers[:4])
        return Appearance(light, kelvin, intruder, bool(pale), lenses)
