"""`./understudy report`: writes the archive and says what is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from app.core.errors import Refused
from app.doctor.bugreport import write_report
from app.storage.paths import DataFolder


def report_command(data_dir: Path, target: Path | None) -> int:
    """Also while the studio runs: it reads, and changes nothing."""
    path = target or Path(f"understudy-report-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz")
    if path.exists():
        raise Refused(f"{path} is there already.", todo="Name another file with --to.")
    names = write_report(DataFolder(data_dir), path)
    print(f"{path} ({path.stat().st_size // 1024} kB) holds:")
    for name in names:
        print(f"  {name}")
    print("Secrets and names were taken out by rule. Look through it before you send it.")
    return 0
