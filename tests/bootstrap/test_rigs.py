"""How long a silent holder keeps the lease, as the environment says it."""

from __future__ import annotations

import pytest

from app.bootstrap.rigs import lease_grace_s
from app.core.errors import Refused

NAME = "UNDERSTUDY_LEASE_GRACE_S"


@pytest.mark.parametrize(("told", "seconds"), [(None, 2.0), ("", 2.0), ("7.5", 7.5)])
def test_it_is_two_seconds_unless_said_otherwise(
    monkeypatch: pytest.MonkeyPatch, told: str | None, seconds: float
) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if told is not None:
        monkeypatch.setenv(NAME, told)
    assert lease_grace_s() == seconds


@pytest.mark.parametrize("told", ["soon", "0.1", "61", "nan", "-3"])
def test_what_makes_no_sense_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv(NAME, told)
    with pytest.raises(Refused, match=f"{NAME} is '{told}'"):
        lease_grace_s()
