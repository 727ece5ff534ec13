"""Accounts, sessions, throttles and codes, on a clock that is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from app.accounts import Access, Accounts, AuditLog, BadAccount, Event, Kind, NoAccount, TooOften, WrongPassword
from app.accounts.errors import LastAdmin, WrongCode
from app.accounts.models import DAY_S
from app.accounts.passwords import Passwords
from app.accounts.store import digest
from app.accounts.throttle import Bucket, Throttle
from app.core.clock import NS_PER_S, ManualClock
from app.core.identity import Role
from app.storage import Database

SECRET = "correct horse battery"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NS_PER_S)


@pytest.fixture
def access(tmp_path: Path, clock: ManualClock) -> Iterator[Access]:
    database = Database(tmp_path / "studio.db")
    database.open()
    audit = AuditLog(tmp_path / "audit", clock.wall)
    audit.open()
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    made = Access(Accounts(database, clock.wall), audit, clock, True, cheap)
    made.accounts.add("Ada", Role.admin, cheap.hashed(SECRET, "Ada"))
    made.accounts.add("otto", Role.operator, cheap.hashed(SECRET, "otto"))
    yield made
    audit.close()
    database.close()


def sign_in(access: Access, name: str, password: str = SECRET) -> str:
    attempt = access.attempt(name, "10.0.0.1")
    return access.settled(attempt, attempt.fits(password))


def test_neither_password_nor_token_is_kept(access: Access, tmp_path: Path) -> None:
    token = sign_in(access, "otto")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("studio.db*"))
    assert SECRET.encode() not in kept
    assert token.encode() not in kept
    assert digest(token).encode() in kept


def test_a_name_is_the_same_in_any_case(access: Access) -> None:
    token = sign_in(access, "OTTO")
    session = access.session(token)
    assert session is not None
    assert session.account == "otto"
    with pytest.raises(BadAccount):
        access.accounts.add("ADA", Role.viewer, "x")


@pytest.mark.parametrize("name", ["", "local", "Studio", "../x", "a b", "-x", "a.b", "x" * 41, "é"])
def test_a_name_that_could_be_taken_for_another_is_refused(access: Access, name: str) -> None:
    with pytest.raises(BadAccount):
        access.accounts.add(name, Role.viewer, "x")


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "ottootto" * 2, "x" * 201])
def test_a_password_that_is_guessed_at_once_is_refused(access: Access, password: str) -> None:
    with pytest.raises(BadAccount):
        access.passwords.hashed(password, "otto")


def test_a_session_ends_unused_and_ends_used(access: Access, clock: ManualClock) -> None:
    unused, used = sign_in(access, "otto"), sign_in(access, "otto")
    for _ in range(13):
        clock.advance_ns(12 * 3600 * NS_PER_S)
        assert access.session(used) is not None
    assert access.session(unused) is None
    clock.advance_ns(12 * 3600 * NS_PER_S + NS_PER_S)
    assert access.session(used) is None


def test_a_new_password_ends_every_other_session(access: Access) -> None:
    first, second = sign_in(access, "otto"), sign_in(access, "otto")
    access.accounts.set_password("otto", access.passwords.hashed("another good one", "otto"), but=digest(second))
    assert access.session(first) is None
    assert access.session(second) is not None
    with pytest.raises(WrongPassword):
        sign_in(access, "otto")


def test_a_narrowed_session_is_never_wider_than_its_account(access: Access) -> None:
    token = access.accounts.open_session("Ada", Kind.tablet, Role.lead)
    access.accounts.set_role("otto", Role.admin)
    access.accounts.set_role("Ada", Role.viewer)
    session = access.session(token)
    assert session is not None
    assert session.role is Role.viewer


def test_somebody_is_left_who_can_manage_accounts(access: Access) -> None:
    for change in (lambda: access.accounts.remove("Ada"), lambda: access.accounts.set_role("ada", Role.lead)):
        with pytest.raises(LastAdmin):
            change()


def test_failures_of_one_address_are_slowed_and_of_others_not(access: Access, clock: ManualClock) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            sign_in(access, "otto", "wrong")
    with pytest.raises(TooOften, match="Wait"):
        access.attempt("otto", "10.0.0.1")
    access.attempt("otto", "10.0.0.2")
    clock.advance_ns(70 * NS_PER_S)
    assert sign_in(access, "otto")


def test_many_at_once_are_not_all_free(access: Access) -> None:
    pending = [access.attempt("otto", "10.0.0.1") for _ in range(5)]
    with pytest.raises(TooOften):
        access.attempt("otto", "10.0.0.1")
    assert len(pending) == 5


def test_an_account_that_is_not_there_fails_like_a_wrong_password(access: Access) -> None:
    with pytest.raises(WrongPassword) as missing:
        sign_in(access, "nemo")
    with pytest.raises(WrongPassword) as wrong:
        sign_in(access, "otto", "wrong")
    assert str(missing.value) == str(wrong.value)


def test_a_code_is_good_once_and_for_five_minutes(access: Access, clock: ManualClock) -> None:
    session = access.session(sign_in(access, "otto"))
    assert session is not None
    code = access.offer_pairing(session, Role.viewer, "tablet")
    account, token = access.pair(f" {code[:4].lower()}-{code[4:]} ", "10.0.0.9")
    assert account.name == "otto"
    paired = access.session(token)
    assert paired is not None
    assert (paired.role, paired.kind) == (Role.viewer, Kind.tablet)
    with pytest.raises(WrongCode):
        access.pair(code, "10.0.0.9")
    late = access.offer_pairing(session, Role.viewer, "tablet")
    clock.advance_ns(301 * NS_PER_S)
    with pytest.raises(WrongCode):
        access.pair(late, "10.0.0.9")


def test_codes_cannot_be_tried_out(access: Access) -> None:
    for _ in range(5):
        with pytest.raises(WrongCode):
            access.pair("AAAAAAAA", "10.0.0.9")
    with pytest.raises(TooOften):
        access.pair("AAAAAAAA", "10.0.0.9")


def test_a_removed_account_is_paired_to_nothing(access: Access) -> None:
    session = access.session(sign_in(access, "otto"))
    assert session is not None
    code = access.offer_pairing(session, Role.viewer, "tablet")
    access.accounts.remove("otto")
    with pytest.raises(NoAccount):
        access.pair(code, "10.0.0.9")


def test_a_throttle_forgets_after_a_quiet_while(clock: ManualClock) -> None:
    throttle = Throttle(clock)
    for _ in range(20):
        throttle.failed("x")
    with pytest.raises(TooOften):
        throttle.require("x")
    clock.advance_ns(DAY_S * NS_PER_S)
    throttle.require("x")


def test_a_bucket_gives_its_size_at_once_and_then_its_rate(clock: ManualClock) -> None:
    bucket = Bucket(clock, size=10, every_s=3.0)
    assert [bucket.take("a") for _ in range(12)] == [True] * 10 + [False] * 2
    assert bucket.take("b")
    clock.advance_ns(3 * NS_PER_S)
    assert [bucket.take("a"), bucket.take("a")] == [True, False]


def test_the_log_only_grows_and_shows_what_was_changed(access: Access, tmp_path: Path) -> None:
    for number in range(20):
        access.audit.tell(Event("otto", "operator", f"record.save {number}"))
    assert access.audit.settle()
    assert [event["what"] for event in access.audit.latest(2)] == ["record.save 19", "record.save 18"]
    assert [len(access.audit.latest(9, lambda event: "1" in event["what"])), access.audit.broken("2026-01")] == [9, []]
    path = tmp_path / "audit" / "2026-01.jsonl"
    assert path.stat().st_mode & 0o077 == 0
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5] + lines[6:]))
    assert access.audit.broken("2026-01") == [6]
    path.write_bytes(b"".join(lines).replace(b"record.save 7", b"record.save 8"))
    assert access.audit.broken("2026-01") == [9]


def test_the_log_goes_on_after_a_torn_line(access: Access, tmp_path: Path) -> None:
    access.audit.tell(Event("otto", "operator", "one"))
    assert access.audit.settle()
    path = tmp_path / "audit" / "2026-01.jsonl"
    with path.open("ab") as file:
        file.write(b'{"at": "2026-01-01T00')  # the power went
    access.audit.tell(Event("otto", "operator", "two"))
    assert access.audit.settle()
    assert [event["what"] for event in access.audit.latest(5)] == ["two", "one"]


def test_refusals_cannot_fill_the_disk(access: Access) -> None:
    for _ in range(500):
        access.note(Event("vera", "viewer", "record.start", "refused"))
    access.note(Event("vera", "viewer", "stop"))
    assert access.audit.settle()
    assert len(access.audit.latest(1000)) == 21
