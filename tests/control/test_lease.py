"""The lease: one holder, ranks, heartbeats, epochs; as a table of cases and as a state machine."""

from __future__ import annotations

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.control.errors import LeaseHeld, LeaseLost, MayNotReset, Stopped
from app.control.lease import Claim, Lease, Stream, Verdict
from app.control.models import Rank
from app.control.settings import ControlSettings

MS = 1_000_000
ADA = Claim("tab-a", Rank.person, "Ada")
BOB = Claim("tab-b", Rank.person, "Bob")
CY = Claim("tab-c", Rank.person, "Cy")
ACT = Claim("policy", Rank.program, "ACT")
DEMO = Claim("demonstrator", Rank.program, "The demonstrator")


@pytest.fixture
def lease() -> Lease:
    return Lease(ControlSettings())


def test_a_person_takes_a_free_arm_and_every_grant_raises_the_epoch(lease: Lease) -> None:
    assert lease.acquire(ADA, 0)
    first = lease.epoch
    assert lease.acquire(ADA, 0)
    assert lease.epoch == first + 1


def test_a_person_preempts_a_program_at_once_and_that_is_an_intervention(lease: Lease) -> None:
    lease.acquire(ACT, 0)
    old = lease.epoch
    assert lease.acquire(ADA, 0)
    assert lease.holder == ADA
    assert lease.intervention
    assert lease.accept(old, Stream.motion, 1, 0, 0) is Verdict.stale_epoch


def test_a_program_neither_preempts_nor_asks(lease: Lease) -> None:
    lease.acquire(ADA, 0)
    with pytest.raises(LeaseHeld, match="Ada"):
        lease.acquire(ACT, 0)
    lease.release(lease.epoch, 0)
    lease.acquire(ACT, 0)
    with pytest.raises(LeaseHeld, match="ACT"):
        lease.acquire(DEMO, 0)
    assert lease.asker is None


def test_a_person_asks_another_person_who_may_grant_or_keep(lease: Lease) -> None:
    lease.acquire(ADA, 0)
    assert not lease.acquire(BOB, 0)
    assert (lease.holder, lease.asker) == (ADA, BOB)
    assert lease.answer(lease.epoch, False, 0) is None
    assert (lease.holder, lease.asker) == (ADA, None)
    lease.acquire(BOB, 0)
    assert lease.answer(lease.epoch, True, 0) == BOB
    assert (lease.holder, lease.asker) == (BOB, None)
    assert not lease.intervention


def test_an_unanswered_ask_stays_and_a_second_asker_is_told(lease: Lease) -> None:
    lease.acquire(ADA, 0)
    lease.acquire(BOB, 0)
    with pytest.raises(LeaseHeld, match="Bob has asked"):
        lease.acquire(CY, 0)
    for now in range(0, 60_000, 100):
        lease.beat(lease.epoch, now * MS, now * MS)
        lease.advance(now * MS)
    assert (lease.holder, lease.asker) == (ADA, BOB)
    assert lease.withdraw("tab-b")
    assert not lease.withdraw("tab-b")
    assert lease.asker is None


def test_only_the_holder_answers_and_releases(lease: Lease) -> None:
    lease.acquire(ADA, 0)
    lease.acquire(BOB, 0)
    with pytest.raises(LeaseLost):
        lease.answer(lease.epoch - 1, True, 0)
    with pytest.raises(LeaseLost):
        lease.release(lease.epoch + 1, 0)
    assert lease.holder == ADA


def test_a_gap_in_the_heartbeat_silences_and_a_short_one_keeps_the_lease(lease: Lease) -> None:
    lease.acquire(ADA, 0)
    epoch = lease.epoch
    assert lease.live(300 * MS)
    assert not lease.live(301 * MS)
    assert lease.accept(epoch, Stream.motion, 1, 400 * MS, 400 * MS) is Verdict.silent
    assert lease.advance(2_000 * MS) is None
    assert lease.beat(epoch, 2_000 * MS, 2_000 * MS)
    assert lease.accept(epoch, Stream.motion, 1, 2_000 * MS, 2_000 * MS) is Verdict.accepted


def test_a_long_gap_releases_and_an_asker_gets_the_arm(lease: Lease) -> None:
    lease.acquire(ADA, 0)
    assert lease.advance(2_001 * MS) == ADA
    assert lease.holder is None
    lease.acquire(ADA, 3_000 * MS)
    lease.acquire(BOB, 3_000 * MS)
    assert lease.advance(5_001 * MS) == ADA
    assert lease.holder == BOB
    assert lease.live(5_001 * MS)


def test_a_heartbeat_counts_from_when_it_was_sent_and_not_from_the_future(lease: Lease) -> None:
    lease.acquire(ADA, 0)
    assert lease.beat(lease.epoch, 100 * MS, 900 * MS)
    assert not lease.live(900 * MS)
    assert not lease.beat(lease.epoch, 10_000 * MS, 900 * MS)
    assert not lease.beat(lease.epoch - 1, 900 * MS, 900 * MS)


@pytest.mark.parametrize(
    ("sequence", "sent_ms", "now_ms", "verdict"),
    [
        (8, 100, 100, Verdict.accepted),
        (7, 100, 100, Verdict.stale_sequence),
        (6, 100, 100, Verdict.stale_sequence),
        (8, 10, 261, Verdict.too_old),
        (8, 300, 100, Verdict.misdated),
    ],
)
def test_stale_commands_are_dropped_and_counted(
    lease: Lease, sequence: int, sent_ms: int, now_ms: int, verdict: Verdict
) -> None:
    lease.acquire(ADA, 0)
    assert lease.accept(lease.epoch, Stream.motion, 7, 0, 0) is Verdict.accepted
    assert lease.accept(lease.epoch, Stream.motion, sequence, sent_ms * MS, now_ms * MS) is verdict
    assert lease.dropped[verdict] == (0 if verdict is Verdict.accepted else 1)


def test_a_new_grant_starts_the_sequences_over(lease: Lease) -> None:
    lease.acquire(ADA, 0)
    lease.accept(lease.epoch, Stream.motion, 900, 0, 0)
    lease.acquire(ADA, 0)
    assert lease.accept(lease.epoch, Stream.motion, 0, 0, 0) is Verdict.accepted


def test_a_stop_ends_the_lease_and_stays_until_a_person_resets_it(lease: Lease) -> None:
    lease.acquire(ACT, 0)
    lease.stop("kiosk")
    lease.stop("another")
    assert lease.holder is None
    assert lease.stopped_by == "kiosk"
    with pytest.raises(Stopped, match="kiosk"):
        lease.acquire(ADA, 0)
    with pytest.raises(MayNotReset):
        lease.reset("policy")
    assert lease.stopped_by
    lease.reset("tab-a")
    assert lease.acquire(ADA, 0)


CLAIMS = st.sampled_from([ADA, BOB, CY, ACT, DEMO])


class LeaseMachine(RuleBasedStateMachine):
    """Any order of claims, answers, beats, commands, stops and passing time."""

    def __init__(self) -> None:
        super().__init__()
        self.lease = Lease(ControlSettings())
        self.now = 0
        self.epochs: dict[int, Claim] = {}
        self.last_epoch = 0
        self.last_beat = 0
        self.sequence = 0
        self.stopped = False

    def granted(self) -> None:
        if self.lease.epoch not in self.epochs and self.lease.holder is not None:
            self.epochs[self.lease.epoch] = self.lease.holder
            self.last_beat, self.sequence = self.now, -1

    @rule(claim=CLAIMS)
    def acquire(self, claim: Claim) -> None:
        before = self.lease.holder
        try:
            got = self.lease.acquire(claim, self.now)
        except Stopped:
            assert self.stopped
            return
        except LeaseHeld:
            assert before is not None
            assert self.lease.holder == before
            return
        assert not self.stopped
        if got and before is not None and before.source != claim.source:
            assert (before.rank, claim.rank) == (Rank.program, Rank.person)
        if not got:
            assert self.lease.holder == before
        self.granted()

    @rule(age=st.integers(0, 400), skew=st.integers(0, 40))
    def beat(self, age: int, skew: int) -> None:
        sent = self.now - age * MS + skew * MS
        if self.lease.beat(self.lease.epoch, sent, self.now):
            self.last_beat = max(self.last_beat, min(sent, self.now))

    @rule(epoch_back=st.integers(0, 3), step=st.integers(-1, 2), age=st.integers(0, 400))
    def command(self, epoch_back: int, step: int, age: int) -> None:
        """What is applied comes from the holder, in order, young, while its heart beats."""
        epoch, sequence = self.lease.epoch - epoch_back, self.sequence + step
        verdict = self.lease.accept(epoch, Stream.motion, sequence, self.now - age * MS, self.now)
        may = (
            self.lease.holder is not None
            and epoch_back == 0
            and self.epochs.get(epoch) == self.lease.holder
            and step > 0
            and sequence >= 0
            and age <= 250
            and self.now - self.last_beat <= 300 * MS
            and not self.stopped
        )
        assert (verdict is Verdict.accepted) == may
        if may:
            self.sequence = sequence

    @rule(step=st.sampled_from([1, 50, 100, 301, 1_700, 2_001]))
    def time_passes(self, step: int) -> None:
        self.now += step * MS
        before, asker = self.lease.holder, self.lease.asker
        lost = self.lease.advance(self.now)
        silent = before is not None and self.now - self.last_beat > 2_000 * MS
        assert (lost == before) if silent else lost is None
        if silent:
            assert self.lease.holder == asker
        self.granted()

    @precondition(lambda self: self.lease.holder is not None)
    @rule(grant=st.booleans(), stale=st.booleans())
    def answer(self, grant: bool, stale: bool) -> None:
        before, asker = self.lease.holder, self.lease.asker
        try:
            self.lease.answer(self.lease.epoch - int(stale), grant, self.now)
        except LeaseLost:
            assert stale
            return
        assert not stale
        assert self.lease.holder == (asker if grant and asker else before)
        self.granted()

    @precondition(lambda self: self.lease.holder is not None)
    @rule()
    def release(self) -> None:
        asker = self.lease.asker
        self.lease.release(self.lease.epoch, self.now)
        assert self.lease.holder == asker
        self.granted()

    @rule()
    def stop(self) -> None:
        self.lease.stop("kiosk")
        self.stopped = True

    @rule(by=st.sampled_from(["tab-a", "nobody", "policy"]))
    def reset(self, by: str) -> None:
        try:
            self.lease.reset(by)
        except MayNotReset:
            assert by == "policy"
            return
        self.stopped = False

    @invariant()
    def epochs_only_rise(self) -> None:
        assert self.lease.epoch >= self.last_epoch
        self.last_epoch = self.lease.epoch

    @invariant()
    def one_holder_an_epoch(self) -> None:
        if self.lease.holder is not None:
            assert self.epochs[self.lease.epoch] == self.lease.holder

    @invariant()
    def a_stop_is_latched_and_holds_everybody(self) -> None:
        assert bool(self.lease.stopped_by) == self.stopped
        if self.stopped:
            assert self.lease.holder is None
            assert self.lease.asker is None


LeaseMachine.TestCase.settings = hypothesis_settings(max_examples=150, stateful_step_count=40, deadline=None)
TestLeaseMachine = LeaseMachine.TestCase
