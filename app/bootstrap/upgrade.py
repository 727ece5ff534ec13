"""`./understudy upgrade`: brings the data folder to this version's layout, or takes it back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from app.bootstrap.studio import lock_data_folder
from app.storage.dataversion import VERSION, go_back, upgrade, version_of
from app.storage.paths import DataFolder


def upgrade_command(data_dir: Path, back: bool) -> int:
    """While no studio runs on it; a start of the studio does the same by itself."""
    folder = DataFolder(data_dir)
    folder.root.mkdir(parents=True, exist_ok=True)
    with lock_data_folder(folder):
        if back:
            restored = go_back(folder, datetime.now(UTC))
            print(f"{folder.root} is at data version {version_of(folder)} again, from {restored.name}.")
            print("Start the Understudy that it belongs to; this one would upgrade it once more.")
            return 0
        told = upgrade(folder, datetime.now(UTC))
        for line in told:
            print(line)
        print(f"{folder.root} is at data version {VERSION}{'' if told else ' already'}.")
        if told:
            print("What was there is in backups/; ./understudy upgrade --back takes it back.")
    return 0
