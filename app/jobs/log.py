"""A job's log in pages: the last lines, any lines, or those that hold a word."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

READ_BYTES = 8 * 2**20
LINE_CHARACTERS = 2000
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class LogPage:
    """`lines` are (number, text), numbered from 0 in what was read; `left_out_bytes` lie before that."""

    lines: tuple[tuple[int, str], ...]
    total: int
    left_out_bytes: int


def log_page(path: Path, *, offset: int | None = None, limit: int = 200, search: str = "") -> LogPage:
    """`limit` lines from `offset` on, the last ones without it; only those that hold `search`, whatever its case."""
    lines, left_out = _lines(path)
    wanted = search.casefold()
    numbered = [(number, text) for number, text in enumerate(lines) if wanted in text.casefold()]
    start = max(0, len(numbered) - limit) if offset is None else offset
    return LogPage(tuple(numbered[start : start + limit]), len(numbered), left_out)


def last_lines(path: Path, count: int = 20) -> list[str]:
    return [line for line in _lines(path, 64 * 1024)[0] if line.strip()][-count:]


def _lines(path: Path, most_bytes: int = READ_BYTES) -> tuple[list[str], int]:
    """The lines of the file's end, and how many bytes came before. A progress bar's line is its last state."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            left_out = max(0, size - most_bytes)
            file.seek(left_out)
            text = file.read(most_bytes).decode(errors="replace")
    except OSError:
        return [], 0
    if left_out:
        text = text.partition("\n")[2]
    lines = [_COLOURS.sub("", line.rstrip("\r").rpartition("\r")[2])[:LINE_CHARACTERS] for line in text.split("\n")]
    return (lines[:-1] if lines and not lines[-1] else lines), left_out
