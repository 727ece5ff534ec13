"""`./understudy report`: one archive that says what a bug report needs, and nothing secret."""

from __future__ import annotations

import importlib.metadata
import io
import json
import platform
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

from app import __version__
from app.doctor.examination import examine
from app.doctor.redaction import Redaction
from app.doctor.words import as_data
from app.storage.dataversion import version_of
from app.storage.paths import DataFolder

TAIL_BYTES = 256 * 1024
MOST_JOBS = 10
WORDS = """What is in here: what this machine has and lacks (doctor.json), installed versions, the end of the rig's, the
cameras' and the last jobs' logs, rig files, and how large each dataset is. Not in here: pictures, episodes, the
database, accounts, the audit log, environment variables. Passwords, tokens, keys, the home folder, the user's and the
machine's names were taken out by rule; read it before you send it. The studio's own log is where you
started it (with systemd: journalctl -u understudy).
"""


def write_report(folder: DataFolder, target: Path, redaction: Redaction | None = None) -> list[str]:
    """Write the archive (tar.gz, mode 0600); returns the names of what is in it."""
    clean = (redaction or Redaction()).clean
    names = []
    with target.open("xb") as file:
        target.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w:gz") as archive:
            for name, text in _parts(folder):
                data = clean(text).encode()
                entry = tarfile.TarInfo(f"understudy-report/{clean(name)}")
                entry.size, entry.mtime = len(data), int(time.time())
                archive.addfile(entry, io.BytesIO(data))
                names.append(entry.name)
    return names


def _parts(folder: DataFolder) -> Iterator[tuple[str, str]]:
    yield "README.txt", WORDS
    yield "doctor.json", json.dumps(as_data(examine(folder.root)), indent=2)
    yield "versions.txt", _versions()
    yield "data.json", json.dumps(_data(folder), indent=2)
    for path in sorted(folder.run_folder.glob("*.log")):
        yield f"logs/{path.name}", _tail(path)
    for path in sorted(folder.rigs.rglob("*.toml")):
        yield f"rigs/{path.relative_to(folder.rigs)}", _tail(path)
    jobs = sorted((path for path in folder.jobs.glob("*") if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for job in jobs[-MOST_JOBS:]:
        for path in sorted(job.iterdir()):
            if path.is_file() and path.suffix in (".json", ".jsonl", ".log", ".txt", ""):
                yield f"jobs/{job.name}/{path.name}", _tail(path)


def _versions() -> str:
    installed = sorted(f"{one.name}=={one.version}" for one in importlib.metadata.distributions())
    return "\n".join([f"understudy {__version__}", platform.platform(), platform.python_version(), *installed]) + "\n"


def _data(folder: DataFolder) -> dict[str, object]:
    datasets = [
        {"number": number, "bytes": sum(file.stat().st_size for file in path.rglob("*") if file.is_file())}
        for number, path in enumerate(sorted(folder.datasets.glob("*")), start=1)
        if path.is_dir()
    ]
    return {"version": version_of(folder), "datasets": datasets, "takes": len(list(folder.takes.glob("*")))}


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        return file.read().decode(errors="replace")
