"""What is being recorded into, by whom: the recorder's settings between takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.storage import Database

DEFAULT_TASK = "Put the tea bag in the mug."
UNKNOWN_OPERATOR = "unknown"


@dataclass(frozen=True)
class RecordingSetup:
    """`operator` is "unknown" until chosen; `max_take_s` ends a forgotten take."""

    dataset: str
    task: str = DEFAULT_TASK
    operator: str = UNKNOWN_OPERATOR
    practice: bool = False
    max_take_s: float = 120.0


class SetupStore:
    """Keeps the setup across restarts; practice mode is never kept."""

    _KEYS = ("dataset", "task", "operator", "max_take_s")

    def __init__(self, database: Database, default_dataset: str) -> None:
        self._database = database
        self._default_dataset = default_dataset

    def load(self) -> RecordingSetup:
        setup = RecordingSetup(self._default_dataset)
        stored = self._database.setting("recording", {})
        known = {key: stored[key] for key in self._KEYS if isinstance(stored, dict) and key in stored}
        return replace(setup, **known)

    def save(self, setup: RecordingSetup) -> None:
        self._database.set_setting("recording", {key: getattr(setup, key) for key in self._KEYS})
