"""`./understudy verify PATH`: the same look as the job's, in a terminal."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from app.core.errors import NotFound
from app.datasets import editing, freeze, put_in_place
from app.datasets.verification import Report, mend, verify


def verify_command(path: Path, *, repair: bool, quick: bool, as_json: bool) -> int:
    """Print what is wrong with the dataset at `path`; 0 when it is sound, 1 when it is not."""
    folder = path.resolve()
    if not folder.is_dir():
        raise NotFound(f"There is no folder {path}.", todo="Give the folder that has meta/, data/ and videos/.")
    report = verify(folder, _said, pictures=not quick)
    done: list[str] = []
    if repair and not report.sound:
        report, done = _repair(folder, report)
    if as_json:
        findings = [asdict(one) for one in report.findings]
        print(
            json.dumps({"sound": report.sound, "findings": findings, "more": report.more, "repaired": done}, indent=1)
        )
    else:
        for line in (*(f"repaired: {one}" for one in done), *report.lines()):
            print(line)
    return 0 if report.sound else 1


def _repair(folder: Path, report: Report) -> tuple[Report, list[str]]:
    """On a copy beside the dataset, swapped in; what was there before goes to `.trash` beside it."""
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.repair-", dir=folder.parent) as work, editing(folder):
        source = freeze(folder, Path(work) / "source" / folder.name)
        made = Path(work) / "made"
        made.mkdir()
        done = mend(source.copy, made, report, _said)
        after = verify(made)
        after.name = report.name
        if len(after.errors) >= len(report.errors):
            return report, []
        put_in_place(source, made, "Before a repair", "command line")
    return after, done


def _said(words: str, step: int, steps: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{words}: {step} of {steps} files\x1b[K", end="" if step < steps - 1 else "\r\x1b[K", file=sys.stderr)
