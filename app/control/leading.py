"""The follower follows a leader arm in somebody's hand."""

from __future__ import annotations

import numpy as np

from app.control.errors import LeaderHeld
from app.control.gate import Wish
from app.control.motions import Follow
from app.core.clock import NS_PER_S
from app.devices import ArmModel, ArmReading, DeviceFault, Leader, Vector

_MEET_PER_S = {"deg": 30.0, "percent": 60.0}
_MET = 3.0  # joint units of the body: from there the follower's own ramp is no motion that one sees
_LEASH = 10.0  # joint units: the target is never further ahead of a leader that a hand holds
_LATE_S = 3.0
_STIR = 1.0
_LONGEST_STEP_S = 0.1
MEETING = "The leader is being driven to the arm's pose: take hold of it, it goes limp there."


class FollowLeader:
    """Wishes what the leader shows. A leader that is silent holds the arm.

    Engaging is the loop's: from where the arm is, at a quarter of its speed, until
    it is where the leader is. A leader that can be driven comes to the arm first, and the
    arm holds meanwhile. A leader that comes back is engaged on anew, for
    its owner may have moved it meanwhile. `problem` says why nothing is followed.
    """

    finished = False

    def __init__(self, leader: Leader, arm: ArmModel | None = None) -> None:
        """`arm`: the follower that a driven leader comes to at first; without it a hand moves the leader already."""
        self.cuts: tuple[str, ...] = ()
        self.problem = ""
        self._leader = leader
        self._follow = Follow()
        self._shown_ns = 0
        self._meeting = Meeting(leader, arm) if leader.driven and arm is not None else None

    def begin(self, sent: Vector, now_ns: int) -> None:
        self._follow.begin(sent, now_ns)

    def settled(self, now_ns: int) -> None:
        pass

    def end(self) -> None:
        """Whatever ended it, the stop too: a leader that is still under way goes limp."""
        if self._meeting is not None:
            self._leader.let_go()

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        try:
            shown = self._leader.read()
        except DeviceFault as fault:
            self.problem = str(fault)
            self._follow = Follow()
            return None
        if self._meeting is not None:
            self.problem = MEETING
            if self._meeting.step(shown.position, sent, now_ns):
                self._leader.let_go()
                self._meeting = None
            return None
        self.problem = ""
        if shown.monotonic_ns != self._shown_ns:
            self._shown_ns = shown.monotonic_ns
            self._follow.aim(np.array(shown.position), now_ns)
        return self._follow.wish(sent, reading, now_ns)


class Meeting:
    """The leader's way to the follower: each joint at its own pace, slowly, and not against a hand that holds it."""

    def __init__(self, leader: Leader, arm: ArmModel) -> None:
        self._leader = leader
        self._speed = np.array([_MEET_PER_S[joint.unit] for joint in arm.joints])
        self._body = np.array([joint.unit == "deg" for joint in arm.joints])
        self._target: Vector | None = None
        self._seen = np.zeros(len(arm.joints))
        self._last_ns = self._stirred_ns = 0

    def step(self, shown: Vector, goal: Vector, now_ns: int) -> bool:
        """One tick nearer to `goal` (A,); True when the leader shows it. Raises LeaderHeld when it does not come."""
        if self._target is None:
            self._target, self._last_ns = np.array(shown), now_ns
            self._seen, self._stirred_ns = np.array(shown), now_ns
        step_s = min((now_ns - self._last_ns) / NS_PER_S, _LONGEST_STEP_S)
        self._last_ns = now_ns
        ahead = self._target + np.clip(goal - self._target, -self._speed * step_s, self._speed * step_s)
        self._target = np.clip(ahead, shown - _LEASH, shown + _LEASH)
        off = np.abs(goal - shown)[self._body]
        if off.max() < _MET:
            return True
        self._require_stirring(shown, now_ns)
        self._leader.drive(self._target)
        return False

    def _require_stirring(self, shown: Vector, now_ns: int) -> None:
        if np.abs(shown - self._seen).max() > _STIR:
            self._seen, self._stirred_ns = np.array(shown), now_ns
        if now_ns - self._stirred_ns > _LATE_S * NS_PER_S:
            raise LeaderHeld(
                "The leader does not come to the arm's pose: something holds it.",
                todo="Lay it free, or bring it there by hand, and follow again.",
            )
