"""The recorder's state machine: one table, and an illegal move raises."""

from __future__ import annotations

from app.recording.errors import IllegalMove
from app.recording.models import TRANSITIONS, Move, Phase

_WHEN = {
    Phase.idle: "while nothing is being recorded",
    Phase.countdown: "during the countdown",
    Phase.recording: "while recording",
    Phase.paused: "while the take is paused",
    Phase.deciding: "while the take waits for a decision",
    Phase.saving: "while the take is being saved",
}


class TakeMachine:
    """Holds the phase; knows no clock, disk or device."""

    def __init__(self) -> None:
        self.phase = Phase.idle

    def allows(self, move: Move) -> bool:
        return (self.phase, move) in TRANSITIONS

    def make(self, move: Move) -> Phase:
        """Make the move and return the new phase; IllegalMove when the table has none."""
        target = TRANSITIONS.get((self.phase, move))
        if target is None:
            allowed = ", ".join(sorted(m.value for p, m in TRANSITIONS if p is self.phase)) or "nothing"
            raise IllegalMove(
                f"'{move}' is not possible {_WHEN[self.phase]}.",
                todo=f"Possible now: {allowed}.",
                phase=self.phase.value,
                move=move.value,
            )
        self.phase = target
        return target
