"""Accounts and visitors for tests, made on the machine itself as `./understudy user` does."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from app.accounts import Accounts, Kind
from app.accounts.passwords import Passwords
from app.core.clock import SystemClock
from app.core.identity import Role
from app.storage import Database, DataFolder
from app.web.access.door import csrf_of
from tests.studio import RunningStudio

PASSWORD = "three blind mice run"
ROLES = {"vera": Role.viewer, "otto": Role.operator, "lea": Role.lead, "ada": Role.admin}


def add_people(data_dir: Path) -> None:
    """One account of each role, all with `PASSWORD`, kept at the least cost there is."""
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    with accounts_of(data_dir) as accounts:
        for name, role in ROLES.items():
            accounts.add(name, role, cheap.hashed(PASSWORD, name))


@contextlib.contextmanager
def accounts_of(data_dir: Path) -> Iterator[Accounts]:
    """The accounts of a data folder, also while a studio runs on it."""
    folder = DataFolder(data_dir)
    folder.prepare()
    database = Database(folder.database)
    database.open()
    try:
        yield Accounts(database, SystemClock().wall)
    finally:
        database.close()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key, good for two days."""
    openssl = shutil.which("openssl")
    assert openssl is not None, "openssl makes the certificate of this test: install it"
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(cert), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


class Visitor:
    """A browser without a screen: keeps its cookie and its key, says where it comes from."""

    def __init__(self, studio: RunningStudio, name: str = "") -> None:
        self.studio = studio
        self.cookie = ""
        self.csrf = ""
        self.set_cookie = ""
        self._opener = urllib.request.build_opener(_Still(), urllib.request.HTTPSHandler(context=studio.trust))
        if name:
            with accounts_of(studio.data_dir) as accounts:
                self.cookie = accounts.open_session(name, Kind.browser)
            self.csrf = csrf_of(self.cookie)

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"understudy_session={self.cookie}"} if self.cookie else {}

    def ask(self, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        wanted = {"Content-Type": "application/json", "X-CSRF-Token": self.csrf, **self.headers, **headers}
        request = urllib.request.Request(self.studio.url + path, data, wanted, method=method)
        try:
            with self._opener.open(request, timeout=60) as answer:
                self.set_cookie = answer.headers.get("Set-Cookie", "")
                self._keep(self.set_cookie)
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read(error.read()) if error.code != 303 else error.headers["Location"]

    def _keep(self, header: str) -> None:
        found = SimpleCookie(header).get("understudy_session")
        if found is not None:
            self.cookie = found.value


class _Still(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
