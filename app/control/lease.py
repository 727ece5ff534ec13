"""Who may move the arm: one lease, as a pure state machine; every time is passed in."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from app.control.errors import LeaseHeld, LeaseLost, MayNotReset, Stopped
from app.control.models import Rank
from app.control.settings import ControlSettings
from app.core.clock import NS_PER_S

_FUTURE_NS = 50_000_000  # one machine, one clock: a stamp further ahead than this is nonsense


class Verdict(StrEnum):
    """What became of a command."""

    accepted = "accepted"
    stale_epoch = "stale_epoch"
    stale_sequence = "stale_sequence"
    too_old = "too_old"
    misdated = "misdated"
    silent = "silent"  # the holder's heartbeat is late: the arm holds


class Stream(StrEnum):
    """Sequences count per stream: single orders are numbered apart from the flow of motion."""

    motion = "motion"
    order = "order"


@dataclass(frozen=True)
class Claim:
    """Somebody who holds the arm or asks for it. `label` is what people read."""

    source: str
    rank: Rank
    label: str


class Lease:
    """One holder at a time; emergency stop > person > program.

    A person takes the arm from a program at once and asks another person, who
    answers; a holder silent for longer than the grace loses it, to the asker if
    there is one. Every grant raises `epoch`, so a command of an earlier holder
    can never be taken for one of this holder. A stop ends the lease and refuses
    every new one until a reset. A rig that is started again counts on from a
    higher `first_epoch`, so that nothing from before is taken for new.
    """

    def __init__(self, settings: ControlSettings, first_epoch: int = 0) -> None:
        self._gap_ns = round(settings.beat_gap_s * NS_PER_S)
        self._grace_ns = round(settings.lease_grace_s * NS_PER_S)
        self._age_ns = round(settings.command_age_s * NS_PER_S)
        self.epoch = first_epoch
        self.holder: Claim | None = None
        self.asker: Claim | None = None
        self.stopped_by = ""
        self.intervention = False
        self.dropped: Counter[Verdict] = Counter()
        self._beat_ns = 0
        self._sequences: dict[Stream, int] = {}
        self._programs: set[str] = set()

    # ---- claims ----

    def acquire(self, claim: Claim, now_ns: int) -> bool:
        """Take the lease (True), or ask its holder for it (False).

        Raises `Stopped` while the stop is latched and `LeaseHeld` when `claim`
        may not even ask: a program facing any holder, or a second asker.
        """
        if claim.rank is Rank.program:
            self._programs.add(claim.source)
        else:
            self._programs.discard(claim.source)
        if self.stopped_by:
            raise Stopped(f"The emergency stop of {self.stopped_by} is latched.", todo="Reset the stop first.")
        holder = self.holder
        if holder is None or holder.source == claim.source:
            self._grant(claim, now_ns, intervention=False)
            return True
        if claim.rank is Rank.program:
            raise LeaseHeld(f"{holder.label} moves the arm.", todo="Wait until the arm is free.")
        if holder.rank is Rank.program:
            self._grant(claim, now_ns, intervention=True)
            return True
        if self.asker is not None and self.asker.source != claim.source:
            raise LeaseHeld(f"{self.asker.label} has asked {holder.label} already.", todo="Wait for the answer.")
        self.asker = claim
        return False

    def answer(self, epoch: int, grant: bool, now_ns: int) -> Claim | None:
        """The holder's answer to the ask; the new holder when it was granted."""
        self._require(epoch)
        asker, self.asker = self.asker, None
        if asker is None or not grant:
            return None
        self._grant(asker, now_ns, intervention=False)
        return asker

    def release(self, epoch: int, now_ns: int) -> None:
        """Give the lease up; somebody who asked for it gets it."""
        self._require(epoch)
        self._pass_on(now_ns)

    def withdraw(self, source: str) -> bool:
        """Forget the ask of `source`; True when there was one."""
        if self.asker is None or self.asker.source != source:
            return False
        self.asker = None
        return True

    # ---- the holder's word ----

    def beat(self, epoch: int, sent_ns: int, now_ns: int) -> bool:
        """The heartbeat of the source of the commands; it counts from when it was sent."""
        if self.holder is None or epoch != self.epoch or sent_ns > now_ns + _FUTURE_NS:
            return False
        self._beat_ns = max(self._beat_ns, min(sent_ns, now_ns))
        return True

    def accept(self, epoch: int, stream: Stream, sequence: int, sent_ns: int, now_ns: int) -> Verdict:
        """Whether a command counts now; what is dropped is counted in `dropped`."""
        verdict = self._judge(epoch, stream, sequence, sent_ns, now_ns)
        if verdict is Verdict.accepted:
            self._sequences[stream] = sequence
        else:
            self.dropped[verdict] += 1
        return verdict

    def live(self, now_ns: int) -> bool:
        """Whether there is a holder whose heartbeat is fresh."""
        return self.holder is not None and now_ns - self._beat_ns <= self._gap_ns

    def advance(self, now_ns: int) -> Claim | None:
        """Let time pass; the holder that lost the lease by silence, if one did."""
        if self.holder is None or now_ns - self._beat_ns <= self._grace_ns:
            return None
        lost = self.holder
        self._pass_on(now_ns)
        return lost

    def clear(self) -> None:
        """Nobody holds the arm or asks for it any more."""
        self._end()
        self.asker = None

    # ---- the emergency stop ----

    def stop(self, by: str) -> None:
        """Latch the stop: it ends the lease and every ask. A second stop changes nothing."""
        self.stopped_by = self.stopped_by or by or "somebody"
        self.clear()

    def reset(self, by: str) -> None:
        """Unlatch the stop; a source that is a program raises `MayNotReset`."""
        if by in self._programs:
            raise MayNotReset("A program may not reset the emergency stop.", todo="A person resets it.")
        self.stopped_by = ""

    # ---- inside ----

    def _judge(self, epoch: int, stream: Stream, sequence: int, sent_ns: int, now_ns: int) -> Verdict:
        if self.holder is None or epoch != self.epoch:
            return Verdict.stale_epoch
        if sent_ns > now_ns + _FUTURE_NS:
            return Verdict.misdated
        if now_ns - sent_ns > self._age_ns:
            return Verdict.too_old
        if sequence <= self._sequences.get(stream, -1):
            return Verdict.stale_sequence
        if not self.live(now_ns):
            return Verdict.silent
        return Verdict.accepted

    def _require(self, epoch: int) -> None:
        if self.holder is None or epoch != self.epoch:
            raise LeaseLost("The arm is no longer yours.", todo="Take control again.")

    def _grant(self, claim: Claim, now_ns: int, *, intervention: bool) -> None:
        self._end()
        self.epoch += 1
        self.holder = claim
        self.intervention = intervention
        self._beat_ns = now_ns
        if self.asker is not None and self.asker.source == claim.source:
            self.asker = None

    def _pass_on(self, now_ns: int) -> None:
        self._end()
        if self.asker is not None:
            self._grant(self.asker, now_ns, intervention=False)

    def _end(self) -> None:
        self.holder = None
        self.intervention = False
        self._sequences.clear()
