"""How the rig is driven: rates, and how long each party's word counts."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.clock import NS_PER_S
from app.core.errors import Invalid

JOG_LIFE_S = 0.25
BEAT_GAP_S = 0.3
LEASE_GRACE_S = 2.0
COMMAND_AGE_S = 0.25
ALONE_S = 30.0


@dataclass(frozen=True)
class ControlSettings:
    """Rates and lifetimes of control.

    `control_hz` (50-200) is a whole multiple of the recording rate `fps`. A
    heartbeat gap over `beat_gap_s` holds the arm, over `lease_grace_s` loses the
    lease; a command older than `command_age_s` is dropped, a jog dies after
    `jog_life_s`; after `alone_s` without a studio the arm rests.
    """

    control_hz: int = 60
    fps: int = 30
    beat_gap_s: float = BEAT_GAP_S
    lease_grace_s: float = LEASE_GRACE_S
    command_age_s: float = COMMAND_AGE_S
    jog_life_s: float = JOG_LIFE_S
    alone_s: float = ALONE_S

    def __post_init__(self) -> None:
        if not 50 <= self.control_hz <= 200:
            raise Invalid(f"A control rate of {self.control_hz} Hz is outside 50-200 Hz.", todo="Set a rate between.")
        if self.fps <= 0 or self.control_hz % self.fps:
            raise Invalid(
                f"A control rate of {self.control_hz} Hz is not a multiple of the recording rate of {self.fps} fps.",
                todo=f"Set the control rate to {_multiples(self.fps)} Hz, or change the recording rate.",
            )

    @property
    def ticks_per_interval(self) -> int:
        return self.control_hz // self.fps

    @property
    def period_ns(self) -> int:
        return round(NS_PER_S / self.control_hz)


def _multiples(fps: int) -> str:
    rates = [str(rate) for rate in range(50, 201) if fps > 0 and rate % fps == 0]
    return " or ".join(rates[:4]) if rates else "a multiple of it"
