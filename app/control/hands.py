"""The hands of a rig: one arm's, or each of two that are driven as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.control.clearance import Clearance
from app.control.gate import Wish
from app.control.jog import JogMotion
from app.devices import ArmModel, ArmReading, Vector
from app.devices.bimanual import one_side
from app.devices.kinematics import Kinematics


@dataclass(frozen=True)
class Hand:
    """What a straight line of one hand is solved on. `columns` are its joints among the rig's, `side` its prefix."""

    side: str
    arm: ArmModel
    kinematics: Kinematics
    clearance: Clearance
    columns: slice


def hands_of(arm: ArmModel, kinematics: Kinematics, clearance: Clearance) -> tuple[Hand, ...]:
    """One for each of the arm's sides, built before the control loop runs: it never waits for a model."""
    if len(arm.sides) == 1:
        return (Hand("", arm, kinematics, clearance, slice(0, len(arm.joints))),)
    singles = [one_side(arm, side) for side in arm.sides]
    size = len(singles[0].joints)
    return tuple(
        Hand(side, single, Kinematics(single), Clearance(single), slice(size * index, size * (index + 1)))
        for index, (side, single) in enumerate(zip(arm.sides, singles, strict=True))
    )


def hand_called(hands: Sequence[Hand], side: str) -> Hand | None:
    """The hand of `side` ("left"); the only one where there is one, None where `side` does not say which."""
    if len(hands) == 1:
        return hands[0] if not side else None
    return next((hand for hand in hands if hand.side.removesuffix("_") == side), None)


class JogHand:
    """One hand in straight lines, in its own arm's frame; the joints of the other arm stay where they are."""

    finished = False

    def __init__(self, hand: Hand, rate_hz: float, life_s: float) -> None:
        self.hand = hand
        self.cuts: tuple[str, ...] = ()
        self._jog = JogMotion(hand.arm, hand.kinematics, hand.clearance, rate_hz, life_s)

    def steer(self, twist: Vector, gripper_per_s: float, sent_ns: int) -> None:
        self._jog.steer(twist, gripper_per_s, sent_ns)

    def begin(self, sent: Vector, now_ns: int) -> None:
        self._jog.begin(sent[self.hand.columns], now_ns)

    def settled(self, now_ns: int) -> None:
        self._jog.settled(now_ns)

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        own = ArmReading(reading.monotonic_ns, reading.position[self.hand.columns])
        wished = self._jog.wish(sent[self.hand.columns], own, now_ns)
        self.cuts = tuple(self.hand.side + cut for cut in self._jog.cuts)
        if wished is None:
            return None
        position, velocity = sent.copy(), np.zeros_like(sent)
        position[self.hand.columns] = wished.position
        velocity[self.hand.columns] = wished.velocity
        return Wish(position, velocity)
