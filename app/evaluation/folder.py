"""The folders of evaluations, `evaluations/NAME/`: the only truth about them.

```
evaluations/NAME/evaluation.json   protocol, entrants, places, what the entrants were; written before the first trial
                 trials.jsonl      one line a trial, durable before the next begins
                 report.html       the report of the last look
                 takes/            a trial's episode while it is being recorded
```
The trials' episodes are in the dataset `eval_NAME`.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from app.datasets import Disk, Shelf, json_lines, read_model, require_name, write_whole
from app.evaluation.errors import EvaluationExists, EvaluationInvalid, EvaluationNotFound
from app.evaluation.models import Ended, Evaluation, Planned, Trial
from app.evaluation.placing import schedule
from app.storage.paths import DataFolder

EVALUATION, TRIALS, REPORT, TAKES = "evaluation.json", "trials.jsonl", "report.html", "takes"
PREFIX = "eval_"


class EvaluationFolder:
    """Reads and writes one evaluation's files. A torn last line is passed over."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.path = path
        self._disk = disk or Disk()

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def takes(self) -> Path:
        return self.path / TAKES

    @property
    def report(self) -> Path:
        return self.path / REPORT

    def create(self, evaluation: Evaluation) -> None:
        """Durable on return. Raises EvaluationExists."""
        if (self.path / EVALUATION).exists():
            raise EvaluationExists(f"There already is an evaluation {self.name}.", todo="Choose another name.")
        self._disk.make_folder(self.path)
        self._write(EVALUATION, evaluation.model_dump_json(indent=1).encode())

    def update(self, evaluation: Evaluation) -> None:
        """Only for what was not known before the policies were opened: the subjects and the machine."""
        self._write(EVALUATION, evaluation.model_dump_json(indent=1).encode())

    def evaluation(self) -> Evaluation:
        """Raises EvaluationNotFound, EvaluationInvalid."""
        return read_model(self.path / EVALUATION, Evaluation, EvaluationNotFound, EvaluationInvalid)

    def planned(self) -> tuple[Planned, ...]:
        """Every trial of the protocol in its order."""
        found = self.evaluation()
        return schedule(found.protocol, found.places, [entrant.key for entrant in found.entrants])

    def trials(self) -> list[Trial]:
        """In the order of the protocol. The last word on a number counts, and every attempt that broke off stays:

        an operator who interrupts what goes wrong and tries again must not thereby improve the rate.
        """
        rows: dict[int, list[Trial]] = {}
        for row in json_lines(self.path / TRIALS, "number"):
            with suppress(ValidationError):
                trial = Trial.model_validate(row)
                broken = [one for one in rows.get(trial.number, ()) if not one.counts]
                rows[trial.number] = [*broken, trial]
        return [trial for number in sorted(rows) for trial in rows[number]]

    def add_trial(self, trial: Trial) -> None:
        """Durable on return."""
        self._disk.append(self.path / TRIALS, (trial.model_dump_json() + "\n").encode())

    def left(self) -> list[Planned]:
        """What is still to be run; an interrupted trial is run again, a crashed one is not."""
        done = done_of(self.trials())
        return [one for one in self.planned() if one.number not in done]

    def keep_report(self, text: str) -> None:
        self._write(REPORT, text.encode())

    def _write(self, name: str, body: bytes) -> None:
        write_whole(self._disk, self.path / name, body)


def done_of(trials: Iterable[Trial]) -> set[int]:
    """The numbers of the protocol that are over: judged, or crashed; an interrupted one is still to be run."""
    return {trial.number for trial in trials if trial.ended is not Ended.interrupted}


class EvaluationStore:
    """The evaluations of one data folder."""

    def __init__(self, data: DataFolder) -> None:
        self._shelf = Shelf(data.evaluations, EVALUATION)

    def names(self) -> list[str]:
        """The newest first."""
        return self._shelf.names()

    def folder(self, name: str) -> EvaluationFolder:
        """Raises DatasetNameInvalid for what cannot be a folder's name, nor name the dataset of its trials."""
        require_name(f"{PREFIX}{name}")
        return EvaluationFolder(self._shelf.path(name))

    def open(self, name: str) -> EvaluationFolder:
        """Raises EvaluationNotFound."""
        folder = self.folder(name)
        if not self._shelf.has(name):
            raise EvaluationNotFound(f"There is no evaluation {name[:80]!r}.", todo="Choose one of the list.")
        return folder

    def free_name(self, wanted: str) -> str:
        return self._shelf.free_name(wanted)

    def delete(self, name: str) -> None:
        """Raises EvaluationNotFound. The dataset of its trials stays; the caller has seen that nothing runs."""
        self.open(name)
        self._shelf.delete(name)
