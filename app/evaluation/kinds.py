"""The kinds of job that evaluate; their performers are named, not imported (docs/decisions/0083)."""

from __future__ import annotations

from app.evaluation.errors import EvaluationInvalid
from app.evaluation.folder import EvaluationStore
from app.evaluation.models import Judge
from app.evaluation.pipeline import PipelineStore, StepName
from app.jobs import Arguments, Kind
from app.storage.paths import DataFolder


class RunEvaluation(Arguments):
    """Run an evaluation's trials on the simulator, from the first that was not run yet."""

    name: str


class RunPipeline(Arguments):
    """Perform a pipeline's steps from the first that is not done; `past` are steps whose closed gate is passed."""

    name: str
    past: tuple[StepName, ...] = ()


def _refuse(arguments: RunEvaluation, folder: DataFolder) -> None:
    found = EvaluationStore(folder).open(arguments.name).evaluation()
    if found.protocol.judge is not Judge.simulator:
        raise EvaluationInvalid(
            f"The trials of {arguments.name} are judged by an operator: they run on the arm, not in a job.",
            todo="Start them from the Deploy page.",
        )


EVALUATE = Kind(
    "evaluation.run",
    RunEvaluation,
    "app.evaluation.performing:evaluate",
    title=lambda a: f"Evaluate {a.name}",
    about=lambda a: (a.name, f"eval_{a.name}"),
    refuse=_refuse,
)


def _refuse_pipeline(arguments: RunPipeline, folder: DataFolder) -> None:
    PipelineStore(folder).open(arguments.name).pipeline()


PIPE = Kind(
    "pipeline.run",
    RunPipeline,
    "app.evaluation.piping:pipe",
    title=lambda a: f"Pipeline {a.name}",
    about=lambda a: (a.name,),
    refuse=_refuse_pipeline,
    grace_s=20.0,
)
KINDS = (EVALUATE, PIPE)
