"""ISO 8601 texts as Unix time and as days, a column at once."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.review.arrow import pc

_USUAL = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
_DAY = r"^\d{4}-\d\d-\d\d"
_DAY_LETTERS = 10
_SECOND_LETTERS = 19


def days_of(texts: pa.Array) -> pa.Array:
    """The day as the recorder wrote it, "" where that is no day."""
    usual = pc.fill_null(pc.match_substring_regex(texts, _DAY), False)
    return pc.if_else(usual, pc.utf8_slice_codeunits(texts, 0, _DAY_LETTERS), "")


def moments_of(texts: pa.Array) -> npt.NDArray[np.float64]:
    """Unix time in seconds, NaN where unknown; a text without an offset is taken as local time."""
    found = np.full(len(texts), np.nan)
    usual = pc.fill_null(pc.match_substring_regex(texts, _USUAL), False).to_numpy(zero_copy_only=False)
    if usual.any():
        try:
            found[usual] = _usual_moments(texts.filter(pa.array(usual)))
        except pa.ArrowInvalid:  # 2026-02-31 and the like
            usual = np.zeros(len(texts), bool)
    for row in np.flatnonzero(~usual):
        found[row] = moment_of(texts[int(row)].as_py())
    return found


def _usual_moments(texts: pa.Array) -> npt.NDArray[np.float64]:
    written = pc.cast(pc.utf8_slice_codeunits(texts, 0, _SECOND_LETTERS), pa.timestamp("s"))
    ends = pc.dictionary_encode(pc.utf8_slice_codeunits(texts, -6))
    offsets = np.array([_offset_s(end) for end in ends.dictionary.to_pylist()], np.float64)
    seconds = pc.cast(written, pa.int64()).to_numpy(zero_copy_only=False)
    return seconds - offsets[ends.indices.to_numpy(zero_copy_only=False)]


def _offset_s(end: str) -> float:
    """What "+02:00" adds to UTC; "Z" nothing."""
    if end.endswith("Z"):
        return 0.0
    sign = -1.0 if end[0] == "-" else 1.0
    return sign * (int(end[1:3]) * 3600 + int(end[4:6]) * 60)


def moment_of(text: str | None) -> float:
    """One text; NaN where it is none."""
    try:
        return datetime.fromisoformat(text or "").timestamp() // 1
    except (ValueError, OverflowError):
        return float("nan")
