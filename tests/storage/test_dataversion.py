"""A data folder is brought up to date with a way back, and a newer one is never touched."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.__main__ import main
from app.storage import Database, DataFolder
from app.storage.dataversion import (
    STEPS,
    VERSION,
    NewerData,
    NoBackup,
    Step,
    backups,
    go_back,
    is_current,
    upgrade,
    version_of,
)

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


@pytest.fixture
def old(tmp_path: Path) -> DataFolder:
    """A folder as the first version left it: its database knows settings only."""
    folder = DataFolder(tmp_path)
    connection = sqlite3.connect(folder.database)
    connection.execute("CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
    connection.execute("INSERT INTO setting VALUES ('dataset', '\"tea\"')")
    connection.execute("PRAGMA user_version=1")
    connection.commit()
    connection.close()
    (folder.rigs / "station").mkdir(parents=True)
    (folder.rigs / "station" / "table.json").write_text("{}")
    return folder


def tables(folder: DataFolder) -> set[str]:
    connection = sqlite3.connect(folder.database)
    try:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    finally:
        connection.close()


def setting(folder: DataFolder) -> object:
    database = Database(folder.database)
    database.open()
    try:
        return database.setting("dataset")
    finally:
        database.close()


def test_a_new_folder_has_the_newest_version_and_nothing_to_go_back_to(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert upgrade(folder, NOW) == []
    assert version_of(folder) == VERSION
    with pytest.raises(NoBackup):
        go_back(folder, NOW)


def test_an_old_folder_is_upgraded_keeps_its_settings_and_goes_back(old: DataFolder) -> None:
    assert version_of(old) == 1
    assert len(upgrade(old, NOW)) == VERSION - 1
    assert version_of(old) == VERSION
    assert {"account", "session", "setting"} <= tables(old)
    assert upgrade(old, NOW) == []
    (old.rigs / "station" / "table.json").write_text('{"changed": true}')
    go_back(old, NOW)
    assert version_of(old) == 1
    assert tables(old) == {"setting"}
    assert (old.rigs / "station" / "table.json").read_text() == "{}"
    kept = next((old.root / "backups").glob("before-back-*"))
    assert (kept / "rigs/station/table.json").read_text() == '{"changed": true}'
    upgrade(old, NOW)
    assert setting(old) == "tea"


def test_a_step_that_fails_leaves_the_folder_as_it_was(old: DataFolder) -> None:
    def breaks(folder: DataFolder) -> None:
        folder.database.write_bytes(b"half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        upgrade(old, NOW, STEPS | {VERSION: Step("breaks", breaks)})
    assert version_of(old) == 1
    assert setting(old) == "tea"
    assert len(backups(old)) == 1


def test_what_stands_in_the_write_ahead_log_is_backed_up(old: DataFolder) -> None:
    connection = sqlite3.connect(old.database)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("UPDATE setting SET value = '\"late\"'")
    connection.commit()
    upgrade(old, NOW)
    connection.close()
    go_back(old, NOW)
    assert setting(old) == "late"


@pytest.mark.parametrize("newer", ["layout", "database"])
def test_a_newer_folder_is_refused_and_not_touched(tmp_path: Path, newer: str) -> None:
    folder = DataFolder(tmp_path)
    upgrade(folder, NOW)
    if newer == "layout":
        (tmp_path / "version.json").write_text(json.dumps({"version": VERSION + 1}))
    else:
        connection = sqlite3.connect(folder.database)
        connection.execute("PRAGMA user_version=99")
        connection.close()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(NewerData, match="newer Understudy"):
        upgrade(folder, NOW)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_account_may_come_before_the_first_start(tmp_path: Path) -> None:
    assert main(["user", "list", "--data-dir", str(tmp_path / "new")]) == 0
    assert is_current(DataFolder(tmp_path / "new"))
    assert not (tmp_path / "new" / "backups").exists()


def test_the_command_upgrades_and_takes_back(old: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade", "--data-dir", str(old.root)]) == 0
    assert "audit log have a place" in capsys.readouterr().out
    assert main(["upgrade", "--back", "--data-dir", str(old.root)]) == 0
    assert version_of(old) == 1
    assert main(["upgrade", "--back", "--data-dir", str(old.root)]) == 1
    assert "never upgraded" in capsys.readouterr().err
