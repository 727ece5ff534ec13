"""A bug report holds what is needed, and none of the secrets that were planted everywhere."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import Accounts, Kind
from app.accounts.passwords import Passwords
from app.core.clock import SystemClock
from app.core.identity import Role
from app.doctor.bugreport import write_report
from app.doctor.redaction import Redaction
from app.storage import Database, DataFolder

SECRET = "Tr0ub4dor-and-3"
LONG = "Zk3vQ9xT7bL2mN8cR4wY6pS1dF5gH0jA"
REDACTION = Redaction(Path("/home/maria"), user="maria", host="station-seven")
WAYS = (
    "password={}",
    "password: '{}'",
    '{{"HF_TOKEN": "{}"}}',
    'db_password = "{}" # of the line\'s server',
    "--token {} --push",
    "--api-key={}",
    "Authorization: Bearer {}",
    "authorization: Basic {}",
    "fetching https://maria:{}@example.org/data",
    "Cookie: understudy_session={}; x=1",
    "aws_secret_access_key = {}",
    "Set-Cookie: understudy_session={}; HttpOnly",
    "passphrase: {}",
)


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_is_taken_out_however_it_is_written(way: str) -> None:
    assert SECRET not in REDACTION.clean(f"before\n{way.format(SECRET)}\nafter")
    assert "after" in REDACTION.clean(f"before\n{way.format(SECRET)}\nafter")


@pytest.mark.parametrize(
    "token",
    [
        "hf_AbCdEfGhIjKlMnOpQrStUvWx",
        "ghp_0123456789abcdefABCDEF0123456789abcd",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----",
        LONG,
    ],
)
def test_what_looks_like_a_secret_is_taken_out_without_a_name(token: str) -> None:
    assert token.splitlines()[-1 if "BEGIN" not in token else 1] not in REDACTION.clean(
        f"the job said {token} and ended"
    )


def test_names_are_taken_out_and_words_stay() -> None:
    said = REDACTION.clean("/home/maria/data on station-seven by maria: passing 3 tokens to token-free rigs, 42 Hz")
    assert said == "~/data on [host] by [user]: passing 3 tokens to token-free rigs, 42 Hz"


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = REDACTION.clean(text)
    assert SECRET not in REDACTION.clean(once.replace(SECRET, ""))


def test_the_archive_holds_what_is_needed_and_no_secret(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    database = Database(folder.database)
    database.open()
    accounts = Accounts(database, SystemClock().wall)
    accounts.add("maria", Role.admin, Passwords().hashed(SECRET, "maria"))
    token = accounts.open_session("maria", Kind.browser)
    database.close()
    plant(folder)
    target = tmp_path / "report.tar.gz"
    names = write_report(folder, target, REDACTION)
    assert target.stat().st_mode & 0o077 == 0
    with tarfile.open(target) as archive:
        found = {member.name: archive.extractfile(member) for member in archive}
        texts = {name: file.read().decode() for name, file in found.items() if isinstance(file, io.BufferedIOBase)}
    assert set(texts) == set(names)
    everything = json.dumps(texts)
    for secret in (SECRET, LONG, token, "maria", "station-seven", "audit-only"):
        assert secret not in everything, secret
    kinds = {name.split("/", 1)[1] for name in texts}
    assert {
        "doctor.json",
        "versions.txt",
        "data.json",
        "rigs/cell.toml",
        "jobs/j1/log.txt",
        "jobs/j1/job.json",
    } <= kinds
    assert "ran out of memory" in everything


def plant(folder: DataFolder) -> None:
    """Secrets where people leave them."""
    (folder.rigs / "cell.toml").write_text(f'name = "cell"\n[camera]\nurl = "rtsp://maria:{SECRET}@10.0.0.9/1"\n')
    job = folder.jobs / "j1"
    job.mkdir()
    (job / "job.json").write_text(json.dumps({"arguments": {"token": SECRET, "dataset": "tea"}, "by": "maria"}))
    (job / "log.txt").write_text(f"export HF_TOKEN={SECRET}\nkey {LONG}\n/home/maria/x ran out of memory\n")
    folder.run_folder.mkdir(parents=True, exist_ok=True)
    (folder.run_folder / "rig.log").write_text(f"Authorization: Bearer {SECRET}\n")
    folder.audit.mkdir()
    (folder.audit / "2026-11.jsonl").write_text('{"what": "audit-only"}\n')
    (folder.root / "key.pem").write_text(f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n")
