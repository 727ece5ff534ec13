"""The SQLite file: settings, accounts and their sessions. Datasets are never only here."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

_MIGRATIONS = (
    "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    "CREATE TABLE account (name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, password TEXT NOT NULL,"
    " made_s INTEGER NOT NULL) STRICT",
    "CREATE TABLE session (digest TEXT PRIMARY KEY, account TEXT NOT NULL COLLATE NOCASE, kind TEXT NOT NULL,"
    " role TEXT NOT NULL, label TEXT NOT NULL, made_s INTEGER NOT NULL, seen_s INTEGER NOT NULL) STRICT",
)
VERSION = len(_MIGRATIONS)


class Database:
    """One connection, used from the event loop's thread only; every statement is small."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open and migrate; `user_version` counts the migrations that were applied."""
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for number, statement in enumerate(_MIGRATIONS[version:], start=version + 1):
            with connection:
                connection.execute("BEGIN")
                connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number}")
        self._connection = connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def setting(self, key: str, default: object = None) -> object:
        """A stored setting, or `default` when it was never set."""
        rows = self.rows("SELECT value FROM setting WHERE key = ?", key)
        return json.loads(rows[0][0]) if rows else default

    def set_setting(self, key: str, value: object) -> None:
        self.rows(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key,
            json.dumps(value),
        )

    def rows(self, statement: str, *values: str | int) -> list[tuple]:
        """Carry out one statement, at once and whole; values only ever enter by `?`."""
        if self._connection is None:
            raise RuntimeError("The database is not open.")
        return self._connection.execute(statement, values).fetchall()
