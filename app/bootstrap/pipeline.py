"""`./understudy pipeline --dataset NAME`: dataset to evaluated policy in one command, with the plan on the screen."""

from __future__ import annotations

import argparse

from app.bootstrap.following import BY, JobEndedEarly, follow_job
from app.bootstrap.jobs import job_keeper
from app.core.clock import SystemClock
from app.evaluation.kinds import PIPE
from app.evaluation.models import EvaluationProtocol
from app.evaluation.pipeline import Gates, PipelineFolder, PipelineStore, Step, StepName, StepState
from app.storage.paths import DataFolder

_SIGNS = {
    StepState.waiting: " ",
    StepState.running: ">",
    StepState.done: "x",
    StepState.stopped: "!",
    StepState.failed: "!",
}


def add_pipeline(commands: argparse._SubParsersAction[argparse.ArgumentParser], data_dir: object) -> None:
    """The grammar of `pipeline`."""
    found = commands.add_parser("pipeline", help="trains, scores, exports and evaluates; stops at a closed gate")
    what = found.add_mutually_exclusive_group(required=True)
    what.add_argument("--dataset", default="", metavar="NAME")
    what.add_argument("--resume", default="", metavar="NAME", help="go on with a pipeline that stopped")
    found.add_argument("--preset", default="quick", help="of the training: quick, guide-act, guide-smolvla")
    found.add_argument("--name", default="", help="of the pipeline and all it makes (default: of dataset and preset)")
    found.add_argument("--steps", type=int, help="of the training, other than the preset's")
    found.add_argument("--trials", type=int, default=2, metavar="N", help="in each training cluster (default: 2)")
    found.add_argument("--held-out", type=int, default=10, metavar="N", help="in each held-out cluster (default: 10)")
    found.add_argument("--no-record", action="store_true", help="keep the trials' figures only, no episodes")
    found.add_argument("--past", action="append", default=[], choices=[str(step) for step in StepName],
                       help="pass this step's closed gate, knowingly; repeatable")  # fmt: skip
    gates = found.add_argument_group("gates")
    usual = Gates()
    gates.add_argument("--episodes", type=int, default=usual.episodes, help="to learn from (default: %(default)s)")
    gates.add_argument("--scored", type=float, default=usual.scored, help="success of the checkpoint, 0 to 1")
    gates.add_argument("--within", type=float, default=usual.within_deg, metavar="DEG", help="error of the export")
    gates.add_argument("--evaluated", type=float, default=usual.evaluated, help="success of the artifact, 0 to 1")
    gates.add_argument("--keeps", type=float, default=usual.keeps, help="of the checkpoint's successes, 0 to 1")
    found.add_argument("--plan", action="store_true", help="only show the plan")
    found.add_argument("--data-dir", default=data_dir, help="default: recordings/ beside the launcher")


def pipeline(chosen: argparse.Namespace, data: DataFolder) -> int:
    """Perform it to its end or to a closed gate; returns the exit code: 1 where it stopped."""
    data.prepare()
    store = PipelineStore(data)
    folder = store.open(chosen.resume) if chosen.resume else _create(chosen, store)
    print(as_text(folder), flush=True)
    if chosen.plan:
        return 0
    name = folder.path.name
    try:
        follow_job(
            job_keeper(data), PIPE.name, {"name": name, "past": chosen.past}, f"./understudy pipeline --resume {name}"
        )
    except JobEndedEarly:
        print(as_text(folder))
        print(f"Stopped. ./understudy pipeline --resume {name} goes on.")
        return 1
    print(as_text(folder))
    return 0


def _create(chosen: argparse.Namespace, store: PipelineStore) -> PipelineFolder:
    protocol = EvaluationProtocol(
        dataset=chosen.dataset, training=chosen.trials, held_out=chosen.held_out, record=not chosen.no_record
    )
    gates = Gates(
        episodes=chosen.episodes,
        scored=chosen.scored,
        within_deg=chosen.within,
        evaluated=chosen.evaluated,
        keeps=chosen.keeps,
    )
    made = store.make(
        chosen.dataset,
        chosen.preset,
        by=BY.user,
        at=SystemClock().wall(),
        name=chosen.name,
        steps=chosen.steps,
        gates=gates,
        protocol=protocol,
    )
    return store.create(made)


def as_text(folder: PipelineFolder) -> str:
    """The plan with how each step stands."""
    lines = [f"Pipeline {folder.path.name}"]
    return "\n".join([*lines, *(line for step in folder.steps() for line in _lines(step))])


def _lines(step: Step) -> list[str]:
    lines = [f"[{_SIGNS[step.state]}] {step.name}: {step.words or step.plan}"]
    if step.state in (StepState.stopped, StepState.failed):
        lines += [f"      gate: {step.gate}", *([f"      {step.todo}"] if step.todo else [])]
    return lines
