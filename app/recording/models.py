"""The words of recording: the phases of a take and the one table of moves between them."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where the recorder is; the same badge on every page."""

    idle = "idle"
    countdown = "countdown"
    recording = "recording"
    paused = "paused"
    deciding = "deciding"
    saving = "saving"


class Move(StrEnum):
    """What a person or the recorder itself may do."""

    start = "start"
    begin = "begin"
    cancel = "cancel"
    pause = "pause"
    resume = "resume"
    stop = "stop"
    save = "save"
    discard = "discard"
    saved = "saved"
    failed = "failed"


TRANSITIONS: dict[tuple[Phase, Move], Phase] = {
    (Phase.idle, Move.start): Phase.countdown,
    (Phase.countdown, Move.begin): Phase.recording,
    (Phase.countdown, Move.cancel): Phase.idle,
    (Phase.recording, Move.pause): Phase.paused,
    (Phase.paused, Move.resume): Phase.recording,
    (Phase.recording, Move.stop): Phase.deciding,
    (Phase.paused, Move.stop): Phase.deciding,
    (Phase.recording, Move.save): Phase.saving,
    (Phase.paused, Move.save): Phase.saving,
    (Phase.deciding, Move.save): Phase.saving,
    (Phase.recording, Move.discard): Phase.idle,
    (Phase.paused, Move.discard): Phase.idle,
    (Phase.deciding, Move.discard): Phase.idle,
    (Phase.saving, Move.saved): Phase.idle,
    (Phase.saving, Move.failed): Phase.deciding,
}
