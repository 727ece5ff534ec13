"""One job's folder: the only truth about it, written so that every moment is readable.

```
jobs/ID/job.json       what it is; written first, never changed
        process.json   who runs it: process id, when that process began, which boot
        progress.json  how far it is; replaced whole
        cancel.json    who asked it to end
        result.json    how it ended; written once
        log.txt        everything it printed
        work/          its scratch, emptied when it has ended
```
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.jobs.models import Ended, JobFile, JobState, Link, Progress
from app.jobs.process import Mark

VERSION = 1
JOB, PROCESS, PROGRESS, CANCEL, RESULT, LOG, WORK = (
    "job.json",
    "process.json",
    "progress.json",
    "cancel.json",
    "result.json",
    "log.txt",
    "work",
)


class JobFolder:
    """Reads and writes the files of one job. What is missing or damaged reads as None."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def log(self) -> Path:
        return self.path / LOG

    @property
    def scratch(self) -> Path:
        return self.path / WORK

    def create(self, file: JobFile) -> None:
        """Durable on return; a folder without `job.json` is no job."""
        self.path.mkdir(parents=True)
        write_json(self.path / JOB, asdict(file), durable=True)
        _sync(self.path.parent)

    def file(self) -> JobFile | None:
        raw = _read(self.path / JOB)
        if raw is None:
            return None
        try:
            lists: dict[str, Any] = {name: tuple(raw[name]) for name in ("about", "rewrites")}
            return JobFile(**raw | lists)
        except (TypeError, KeyError):
            return None

    def mark(self) -> Mark | None:
        raw = _read(self.path / PROCESS)
        with suppress(TypeError):
            return Mark(**raw) if raw else None
        return None

    def claim(self, mark: Mark) -> None:
        write_json(self.path / PROCESS, asdict(mark), durable=True)

    def began_at(self) -> str:
        """When its process took it up, "" before."""
        try:
            return datetime.fromtimestamp((self.path / PROCESS).stat().st_mtime, UTC).isoformat(timespec="milliseconds")
        except OSError:
            return ""

    def progress(self) -> Progress:
        with suppress(TypeError):
            return Progress(**_read(self.path / PROGRESS) or {})
        return Progress()

    def report(self, progress: Progress) -> None:
        """For pages only, so not synced."""
        write_json(self.path / PROGRESS, asdict(progress), durable=False)

    def cancelled_by(self) -> str | None:
        raw = _read(self.path / CANCEL)
        return str(raw.get("by", "")) if raw else None

    def ask_to_end(self, by: str, at: str) -> None:
        write_json(self.path / CANCEL, {"by": by, "at": at}, durable=True)

    def ended(self) -> Ended | None:
        raw = _read(self.path / RESULT)
        if raw is None:
            return None
        try:
            links = tuple(Link(**link) for link in raw.get("links", ()))
            return Ended(**raw | {"state": JobState(raw["state"]), "links": links})
        except (TypeError, KeyError, ValueError):
            return Ended(JobState.failed, "Its result cannot be read.", code="result_damaged")

    def end(self, ended: Ended) -> None:
        write_json(self.path / RESULT, asdict(ended), durable=True)

    def clear_scratch(self) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)


def write_json(path: Path, body: dict[str, Any], *, durable: bool) -> None:
    """Replace the file whole: beside it, then renamed over it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"version": VERSION, **body}, file)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    os.replace(beside, path)
    if durable:
        _sync(path.parent)


def _read(path: Path) -> dict[str, Any] | None:
    """The body of one of our files; None when it is missing, damaged or of another version."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(raw, dict) or raw.pop("version", None) != VERSION:
        return None
    return raw


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
