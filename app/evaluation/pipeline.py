"""A pipeline from dataset to evaluated policy as it lies in `pipelines/NAME/`: its plan, its gates, how far it is.

```
pipelines/NAME/pipeline.json   what shall be done, with which names and gates; written first, never changed
               steps.json      how each step stands; replaced whole
```
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.datasets import DatasetStore, Disk, Shelf, require_name, write_whole
from app.evaluation.errors import EvaluationExists, EvaluationInvalid, PipelineNotFound
from app.evaluation.folder import PREFIX
from app.evaluation.models import EvaluationProtocol
from app.storage.paths import DataFolder

PIPELINE, STEPS = "pipeline.json", "steps.json"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StepName(StrEnum):
    """The steps in their order."""

    check = "check"
    train = "train"
    score = "score"
    export = "export"
    evaluate = "evaluate"


class StepState(StrEnum):
    waiting = "waiting"
    running = "running"
    done = "done"
    stopped = "stopped"  # its gate is closed
    failed = "failed"


class Gates(_Model):
    """What each step must reach for the next to begin; shares are 0 to 1.

    `episodes` that go into the training; success of the best checkpoint in the training clusters while it is `scored`;
    the artifact's own error `within_deg`; and in the evaluation the artifact's success, and how much of the
    checkpoint's successes it `keeps`.
    """

    episodes: Annotated[int, Field(ge=1)] = 20
    scored: Annotated[float, Field(ge=0, le=1)] = 0.5
    within_deg: Annotated[float, Field(gt=0, le=90)] = 1.0
    evaluated: Annotated[float, Field(ge=0, le=1)] = 0.5
    keeps: Annotated[float, Field(ge=0, le=1)] = 0.8


class Pipeline(_Model):
    """`run`, `artifact` and `evaluation` are the names of what it makes."""

    version: Literal[1] = 1
    name: str
    created_at: str
    by: str
    dataset: str
    preset: str
    steps: Annotated[int, Field(ge=1)] | None = None
    gates: Gates = Gates()
    run: str
    artifact: str
    evaluation: str
    protocol: EvaluationProtocol


class Step(_Model):
    """One step: `plan` says what will be done, `gate` what it must reach, `words` what came of it."""

    name: StepName
    plan: str
    gate: str
    state: StepState = StepState.waiting
    words: str = ""
    todo: str = ""
    began_at: str = ""
    ended_at: str = ""
    url: str = ""


class _Steps(_Model):
    steps: tuple[Step, ...]


def planned_steps(of: Pipeline) -> tuple[Step, ...]:
    """The plan in words, before anything was done."""
    gates, protocol = of.gates, of.protocol
    length = f"{of.steps:,} steps" if of.steps else "the preset's steps"
    return (
        Step(
            name=StepName.check,
            plan=f"Look at {of.dataset}: whether it is sound, has a plan, and enough episodes.",
            gate=f"At least {gates.episodes} episodes to learn from.",
        ),
        Step(
            name=StepName.train,
            plan=f"Train {of.run} by the preset {of.preset}, {length}; each checkpoint is scored as it appears.",
            gate="It reaches its last step.",
        ),
        Step(
            name=StepName.score,
            plan="Score what is not scored yet, and choose the checkpoint.",
            gate=f"The chosen one succeeds in {100 * gates.scored:.0f} % of its trials in the training clusters.",
        ),
        Step(
            name=StepName.export,
            plan=f"Export the chosen checkpoint to exports/{of.artifact}, the fastest within the tolerance.",
            gate=f"Its own error stays within {gates.within_deg:g} deg (95th percentile, worst joint).",
        ),
        Step(
            name=StepName.evaluate,
            plan=f"Try checkpoint and artifact at the same places: {protocol.training} in each training cluster, "
            f"{protocol.held_out} in each held-out one.",
            gate=f"The artifact succeeds in {100 * gates.evaluated:.0f} %, and keeps {100 * gates.keeps:.0f} % of the "
            "checkpoint's successes.",
        ),
    )


class PipelineFolder:
    """One pipeline's files."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self.path = path
        self._disk = disk or Disk()

    def create(self, pipeline: Pipeline) -> None:
        """Durable on return. Raises EvaluationExists."""
        if (self.path / PIPELINE).exists():
            raise EvaluationExists(f"There already is a pipeline {self.path.name}.", todo="Choose another name.")
        self._disk.make_folder(self.path)
        self._write(STEPS, _Steps(steps=planned_steps(pipeline)))
        self._write(PIPELINE, pipeline)

    def pipeline(self) -> Pipeline:
        """Raises PipelineNotFound, EvaluationInvalid."""
        return self._read(PIPELINE, Pipeline)

    def steps(self) -> tuple[Step, ...]:
        return self._read(STEPS, _Steps).steps

    def change(self, name: StepName, **fields: object) -> None:
        """Durable on return."""
        steps = tuple(step.model_copy(update=dict(fields)) if step.name is name else step for step in self.steps())
        self._write(STEPS, _Steps(steps=steps))

    def _read[T: BaseModel](self, name: str, kind: type[T]) -> T:
        try:
            return kind.model_validate_json((self.path / name).read_bytes())
        except FileNotFoundError as error:
            raise PipelineNotFound(
                f"There is no pipeline {self.path.name[:80]!r}.", todo="Choose one of the list."
            ) from error
        except (ValidationError, OSError) as error:
            raise EvaluationInvalid(f"{self.path.name}/{name} cannot be read: {str(error)[:200]}") from error

    def _write(self, name: str, body: BaseModel) -> None:
        write_whole(self._disk, self.path / name, body.model_dump_json(indent=1).encode())


class PipelineStore:
    """The pipelines of one data folder."""

    def __init__(self, data: DataFolder) -> None:
        self._data = data
        self._shelf = Shelf(data.pipelines, PIPELINE)

    def names(self) -> list[str]:
        """The newest first."""
        return self._shelf.names()

    def open(self, name: str) -> PipelineFolder:
        """Raises PipelineNotFound, DatasetNameInvalid."""
        if not self._shelf.has(name):
            raise PipelineNotFound(f"There is no pipeline {name[:80]!r}.", todo="Choose one of the list.")
        return PipelineFolder(self._shelf.path(name))

    def make(
        self,
        dataset: str,
        preset: str,
        *,
        by: str,
        at: datetime,
        name: str = "",
        steps: int | None = None,
        gates: Gates | None = None,
        protocol: EvaluationProtocol | None = None,
    ) -> Pipeline:
        """A pipeline whose names are all free; nothing is written. Raises DatasetNotFound, EvaluationExists."""
        DatasetStore(self._data.datasets).open(dataset)
        if name and not self._free(name):
            raise EvaluationExists(
                f"A pipeline, run, export or evaluation is called {name} already.", todo="Choose another name."
            )
        chosen = name or self._free_name(f"{dataset[:50]}-{preset}")
        return Pipeline(
            name=chosen,
            created_at=at.isoformat(timespec="seconds"),
            by=by,
            dataset=dataset,
            preset=preset,
            steps=steps,
            gates=gates or Gates(),
            run=chosen,
            artifact=chosen,
            evaluation=chosen,
            protocol=protocol or EvaluationProtocol(dataset=dataset),
        )

    def create(self, pipeline: Pipeline) -> PipelineFolder:
        folder = PipelineFolder(self._shelf.path(pipeline.name))
        folder.create(pipeline)
        return folder

    def _free(self, name: str) -> bool:
        data = self._data
        require_name(f"{PREFIX}{name}")
        there = (
            data.pipelines / name,
            data.models / name,
            data.models / "exports" / name,
            data.evaluations / name,
            data.datasets / f"{PREFIX}{name}",
        )
        return not any(path.exists() for path in there)

    def _free_name(self, wanted: str) -> str:
        name, number = wanted, 1
        while not self._free(name):
            number += 1
            name = f"{wanted}-{number}"
        return name
