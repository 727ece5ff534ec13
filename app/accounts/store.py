"""Accounts and sessions in the SQLite file. A token is never kept, only its digest."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from datetime import datetime

from app.accounts.errors import BadAccount, LastAdmin, NoAccount
from app.accounts.models import RANK, Account, Kind, Session
from app.core.identity import Role
from app.storage import Database

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
RESERVED = frozenset({"local", "nobody", "studio"})
TOUCH_S = 60
_SESSION = "s.digest, s.account, s.role, a.role, s.kind, s.label, s.made_s, s.seen_s"


class Accounts:
    """Every change holds at once, also for a studio that runs meanwhile on the same file."""

    def __init__(self, database: Database, wall: Callable[[], datetime]) -> None:
        self._database = database
        self._wall = wall

    @property
    def _now_s(self) -> int:
        return int(self._wall().timestamp())

    # ---- accounts ----

    def all(self) -> list[Account]:
        rows = self._database.rows("SELECT name, role, made_s FROM account ORDER BY name")
        return [Account(name, Role(role), made_s) for name, role, made_s in rows]

    def account(self, name: str) -> Account:
        rows = self._database.rows("SELECT name, role, made_s FROM account WHERE name = ?", name)
        if not rows:
            raise NoAccount(f"There is no account {name!r}.", todo="./understudy user list shows which there are.")
        return Account(rows[0][0], Role(rows[0][1]), rows[0][2])

    def kept_password(self, name: str) -> str | None:
        """What is kept of the password; None for an account that is not there."""
        rows = self._database.rows("SELECT password FROM account WHERE name = ?", name)
        return rows[0][0] if rows else None

    def add(self, name: str, role: Role, kept_password: str) -> Account:
        if not NAME.fullmatch(name) or name.lower() in RESERVED:
            raise BadAccount(
                "A name begins with a letter and has letters, digits, - and _ only, 40 at most"
                f" ({', '.join(sorted(RESERVED))} are taken).",
                todo="Choose another name.",
            )
        if self.kept_password(name) is not None:
            raise BadAccount(f"There is an account {name!r} already.", todo="Choose another name.")
        self._database.rows("INSERT INTO account VALUES (?, ?, ?, ?)", name, role.value, kept_password, self._now_s)
        return self.account(name)

    def set_role(self, name: str, role: Role) -> None:
        """The role holds from the next request on; open sockets are closed and come back with it."""
        account = self.account(name)
        if account.role is role:
            return
        self._keep_an_admin(account)
        self._database.rows("UPDATE account SET role = ? WHERE name = ?", role.value, name)

    def set_password(self, name: str, kept_password: str, but: str = "") -> None:
        """Every session of the account ends, but the one of the digest `but`."""
        self.account(name)
        self._database.rows("UPDATE account SET password = ? WHERE name = ?", kept_password, name)
        self._database.rows("DELETE FROM session WHERE account = ? AND digest != ?", name, but)

    def remove(self, name: str) -> None:
        self._keep_an_admin(self.account(name))
        self._database.rows("DELETE FROM session WHERE account = ?", name)
        self._database.rows("DELETE FROM account WHERE name = ?", name)

    def _keep_an_admin(self, account: Account) -> None:
        admins = [one.name for one in self.all() if one.role is Role.admin]
        if account.role is Role.admin and admins == [account.name]:
            raise LastAdmin(
                f"{account.name} is the only admin: nobody could manage accounts any more.",
                todo="Make somebody else an admin first.",
            )

    # ---- sessions ----

    def open_session(self, name: str, kind: Kind, role: Role | None = None, label: str = "") -> str:
        """A new token, told this once. `role` narrows what the session may do, never widens it."""
        token = secrets.token_urlsafe(32)
        self._end_old()
        self._database.rows(
            "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?)",
            digest(token),
            self.account(name).name,
            kind.value,
            (role or Role.admin).value,
            label[:80],
            self._now_s,
            self._now_s,
        )
        return token

    def session(self, token_digest: str) -> Session | None:
        """The session as it is now; None when it ended, ran out, or never was."""
        rows = self._database.rows(
            f"SELECT {_SESSION} FROM session s JOIN account a ON a.name = s.account WHERE s.digest = ?", token_digest
        )
        return self._alive(rows[0]) if rows else None

    def sessions(self) -> list[Session]:
        """All that are open, the last used first."""
        rows = self._database.rows(
            f"SELECT {_SESSION} FROM session s JOIN account a ON a.name = s.account ORDER BY s.seen_s DESC"
        )
        return [session for row in rows if (session := self._alive(row)) is not None]

    def touch(self, session: Session) -> None:
        """It was used; written once a minute."""
        if self._now_s - session.seen_s >= TOUCH_S:
            self._database.rows("UPDATE session SET seen_s = ? WHERE digest = ?", self._now_s, session.digest)

    def end_session(self, token_digest: str) -> None:
        self._database.rows("DELETE FROM session WHERE digest = ?", token_digest)

    def _alive(self, row: tuple) -> Session | None:
        token_digest, account, narrowed, role, kind, label, made_s, seen_s = row
        life = Kind(kind)
        if self._now_s - seen_s > life.unused_s or self._now_s - made_s > life.longest_s:
            return None
        least = min(Role(narrowed), Role(role), key=RANK.__getitem__)
        return Session(token_digest, account, least, life, label, made_s, seen_s)

    def _end_old(self) -> None:
        for kind in Kind:
            self._database.rows(
                "DELETE FROM session WHERE kind = ? AND (seen_s < ? OR made_s < ?)",
                kind.value,
                self._now_s - kind.unused_s,
                self._now_s - kind.longest_s,
            )


def digest(token: str) -> str:
    """What stands for a token: it opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()
