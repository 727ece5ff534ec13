"""Reads what lerobot-train prints: exact steps from its progress bar, numbers from its log lines."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_BAR = re.compile(r"Training:.*?\|\s*(\d+)/(\d+)\s*\[")
_BAR_ALONE = re.compile(r"Training:.*?\|\s*\d+/\d+\s*\[[^\]]*\]")
_NUMBERS = re.compile(r"(?<!\S)([A-Za-z_/∑][\w/∑]*):(-?[\d.]+(?:e[+-]?\d+)?[KMBT]?|nan|-?inf)(?!\S)")
# What the line calls it, and what we do; anything else that is a number is a part of the loss.
_NAMES = {
    "loss": "loss",
    "grdn": "grad_norm",
    "lr": "lr",
    "updt_s": "update_s",
    "data_s": "data_s",
    "mem_gb": "gpu_memory_gb",
}
_COUNTS = ("step", "smpl", "ep", "epch", "smp/s")


@dataclass(frozen=True)
class Logged:
    """One log line's figures; `step` is exact, counted from the logging interval."""

    step: int
    values: Mapping[str, float]
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def finite(self) -> bool:
        """Whether the loss still is a number; a gradient that overflowed in half precision is skipped, not learnt."""
        return math.isfinite(self.values.get("loss", 0.0))


class TrainLog:
    """Fed piece by piece; LeRobot abbreviates its own step (`12K`), so lines are counted instead."""

    def __init__(self, first_step: int, log_every: int) -> None:
        self._first = first_step
        self._every = log_every
        self._logged = first_step // log_every
        self.step = first_step

    def read(self, line: str) -> Logged | None:
        """Take one line; the figures where it has some. `step` follows the bar."""
        bar = _BAR.search(line)
        if bar:
            self.step = max(self.step, self._first + int(bar.group(1)))
        found = dict(_NUMBERS.findall(line))
        if "loss" not in found or "grdn" not in found:
            return None
        self._logged += 1
        self.step = max(self.step, self._logged * self._every)
        values = {ours: float(found[theirs]) for theirs, ours in _NAMES.items() if theirs in found}
        parts = {
            name: float(text)
            for name, text in found.items()
            if name not in _NAMES and name not in _COUNTS and text[-1] not in "KMBT"
        }
        return Logged(self._logged * self._every, values, parts)


def without_bar(line: str) -> str:
    """What a line says beside the progress bar, which belongs in no log; "" for a bar alone."""
    return _BAR_ALONE.sub("", line).strip() if _BAR.search(line) else line
