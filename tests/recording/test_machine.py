"""The recorder's one transition table."""

from __future__ import annotations

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import sampled_from

from app.recording import TRANSITIONS, IllegalMove, Move, Phase, TakeMachine


class AnyMoves(RuleBasedStateMachine):
    """Whatever is tried, the phase follows the table or an illegal move raises and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = TakeMachine()

    @rule(move=sampled_from(Move))
    def attempt(self, move: Move) -> None:
        before = self.machine.phase
        if (before, move) in TRANSITIONS:
            assert self.machine.make(move) is TRANSITIONS[before, move]
        else:
            with pytest.raises(IllegalMove) as caught:
                self.machine.make(move)
            assert caught.value.todo
            assert self.machine.phase is before

    @invariant()
    def idle_can_be_reached_again(self) -> None:
        reached, frontier = {self.machine.phase}, [self.machine.phase]
        while frontier:
            phase = frontier.pop()
            for (start, _), end in TRANSITIONS.items():
                if start is phase and end not in reached:
                    reached.add(end)
                    frontier.append(end)
        assert Phase.idle in reached


TestAnyMoves = AnyMoves.TestCase


def test_a_save_that_failed_can_be_tried_again() -> None:
    machine = TakeMachine()
    for move in (Move.start, Move.begin, Move.save, Move.failed):
        machine.make(move)
    assert machine.phase is Phase.deciding
    assert machine.allows(Move.save)
    assert machine.allows(Move.discard)
