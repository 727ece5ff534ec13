"""The SQLite file: settings and, later, users and jobs. Datasets are never only here."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

_MIGRATIONS = ("CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",)


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
        row = self._live.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def set_setting(self, key: str, value: object) -> None:
        self._live.execute(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, json.dumps(value)),
        )

    @property
    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("The database is not open.")
        return self._connection
