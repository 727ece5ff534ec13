"""Where it listens, by which names, and with which certificate. tests/web/access/test_door.py serves encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap.where import Where
from app.core.errors import Refused
from tests.accounts.people import make_certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_half_a_certificate_or_a_wrong_one_never_serves_in_the_clear(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    cert, key = certificate
    (tmp_path / "junk.pem").write_text("no certificate")
    Where(cert=cert, key=key).refuse_half_a_certificate()
    for wrong in (
        Where(cert=cert),
        Where(key=key),
        Where(cert=tmp_path / "none.pem", key=key),
        Where(cert=tmp_path / "junk.pem", key=key),
        Where(cert=key, key=cert),
    ):
        with pytest.raises(Refused):
            wrong.refuse_half_a_certificate()


def test_it_answers_to_its_own_names_only() -> None:
    assert Where().names() == {"127.0.0.1", "localhost", "::1"}
    named = Where(host="0.0.0.0", called=("Studio.Example",)).names()
    assert "studio.example" in named
    assert "evil.example" not in named


@pytest.mark.parametrize(
    ("host", "asks"),
    [("127.0.0.1", False), ("127.9.9.9", False), ("::1", False), ("localhost", False)]
    + [(host, True) for host in ("0.0.0.0", "::", "192.168.1.7", "example.org", "localhost.example.org", "")],
)
def test_people_sign_in_on_any_address_but_this_machines_own(host: str, asks: bool) -> None:
    assert Where(host=host).sign_in is asks
    assert Where(host=host, asked=True).sign_in
