"""`./understudy user`: accounts, on the machine itself. It works while the studio runs."""

from __future__ import annotations

import argparse
import contextlib
import getpass
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from app.accounts import Access, BadAccount, Event, Kind
from app.bootstrap.studio import lock_data_folder, open_access
from app.core.identity import Role
from app.storage import Database, DataFolder
from app.storage.dataversion import is_current, upgrade


def user(chosen: argparse.Namespace) -> int:
    """One verb; whoever has the machine needs no password of ours."""
    with _access(chosen.data_dir) as access:
        match chosen.verb:
            case "list":
                for one in access.accounts.all():
                    print(f"{one.name}  {one.role}")
                return 0
            case "token":
                print(access.accounts.open_session(chosen.name, Kind.program, label="program"))
            case "add":
                kept = access.passwords.hashed(_password(chosen), chosen.name)
                access.accounts.add(chosen.name, Role(chosen.role), kept)
                print(f"{chosen.name} may sign in as {chosen.role}.")
            case "role":
                access.accounts.set_role(chosen.name, Role(chosen.role))
                print(f"{chosen.name} is {chosen.role} now.")
            case "password":
                name = access.accounts.account(chosen.name).name
                access.accounts.set_password(name, access.passwords.hashed(_password(chosen), name))
                print(f"{name} has a new password; every session of theirs ended.")
            case _:
                access.accounts.remove(chosen.name)
                print(f"{chosen.name} may not sign in any more.")
        access.audit.tell(Event("local", "admin", f"user {chosen.verb}", about=chosen.name, client="command line"))
        access.audit.settle()
    return 0


@contextlib.contextmanager
def _access(data_dir: Path) -> Iterator[Access]:
    folder = DataFolder(data_dir)
    if not is_current(folder):
        folder.root.mkdir(parents=True, exist_ok=True)
        with lock_data_folder(folder):
            upgrade(folder, datetime.now(UTC))
    folder.prepare()
    database = Database(folder.database)
    database.open()
    access = open_access(folder, database, sign_in=True)
    try:
        yield access
    finally:
        access.audit.close()
        database.close()


def _password(chosen: argparse.Namespace) -> str:
    if chosen.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass(f"Password for {chosen.name}: ")
    if getpass.getpass("The same again: ") != first:
        raise BadAccount("The two passwords differ.", todo="Try again.")
    return first
