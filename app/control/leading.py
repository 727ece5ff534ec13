"""The follower follows a leader arm in somebody's hand."""

from __future__ import annotations

import numpy as np

from app.control.gate import Wish
from app.control.motions import Follow
from app.devices import ArmReading, DeviceFault, Leader, Vector


class FollowLeader:
    """Wishes what the leader shows. A leader that is silent holds the arm.

    Engaging is the loop's: from where the arm is, at a quarter of its speed, until
    it is where the leader is. A leader that comes back is engaged on anew, for
    its owner may have moved it meanwhile. `problem` says why it is silent.
    """

    finished = False

    def __init__(self, leader: Leader) -> None:
        self.cuts: tuple[str, ...] = ()
        self.problem = ""
        self._leader = leader
        self._follow = Follow()
        self._shown_ns = 0

    def begin(self, sent: Vector, now_ns: int) -> None:
        self._follow.begin(sent, now_ns)

    def settled(self, now_ns: int) -> None:
        pass

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        try:
            shown = self._leader.read()
        except DeviceFault as fault:
            self.problem = str(fault)
            self._follow = Follow()
            return None
        self.problem = ""
        if shown.monotonic_ns != self._shown_ns:
            self._shown_ns = shown.monotonic_ns
            self._follow.aim(np.array(shown.position), now_ns)
        return self._follow.wish(sent, reading, now_ns)
