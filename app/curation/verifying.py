"""Verify and repair, in the job's child. LeRobot is not needed."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from app.core.errors import StudioError
from app.curation.arguments import Verify
from app.datasets import editing, freeze, put_in_place
from app.datasets.disk import DISK
from app.datasets.verification import Report, mend, verify
from app.jobs import Link, Outcome, Work

REPORT = "report.json"


class DatasetUnsound(StudioError):
    """Not a failure of the job: the dataset has faults."""

    code = "dataset_unsound"


def run(arguments: Verify, work: Work) -> Outcome:
    folder = work.data.datasets / arguments.dataset
    report = verify(folder, lambda words, step, steps: work.report(words, step=step, steps=steps, unit="files"))
    _write(report, work.folder)
    if report.sound or not arguments.repair:
        return _outcome(report, arguments.dataset, [])
    with editing(folder):
        source = freeze(folder, work.scratch / "source" / arguments.dataset)
        made = work.scratch / "made"
        made.mkdir()
        done = mend(source.copy, made, report, lambda words, step, steps: work.report(words, step=step, steps=steps))
        work.report("Looking at the result")
        after = verify(made)
        after.name = report.name
        if len(after.errors) >= len(report.errors):
            raise DatasetUnsound(f"The repair did not help: {report.errors[0]}.", todo="Nothing was changed.")
        put_in_place(source, made, "Before a repair", work.file.user, DISK)
    _write(after, work.folder)
    return _outcome(after, arguments.dataset, done)


def _write(report: Report, folder: Path) -> None:
    """The whole list beside the job, and in its log."""
    for line in report.lines():
        print(line, flush=True)
    (folder / REPORT).write_text(json.dumps([asdict(one) for one in report.findings], indent=1))


def _outcome(report: Report, name: str, done: list[str]) -> Outcome:
    words = report.words
    if done:
        words = f"Repaired: {'; '.join(done[:4])}{' and more' if len(done) > 4 else ''}. {words}"
    elif not report.sound:
        words += f" The first: {report.errors[0]}."
    values = {
        "sound": report.sound,
        "errors": len(report.errors) + sum(report.more.values()),
        "mendable": sum(one.mendable for one in report.errors),
        "findings": [asdict(one) for one in report.findings[:60]],
        "repaired": done,
    }
    return Outcome(words, (Link("Open it", f"/datasets/{name}"),), values)
