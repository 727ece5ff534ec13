"""Performs a pipeline inside its job: step after step by the rooms' own performers, up to the first closed gate."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.errors import StudioError
from app.datasets import DatasetStore
from app.datasets.verification import verify
from app.devices.so101 import SO101
from app.evaluation.comparing import compare, contrast_of, judged_by_place
from app.evaluation.creating import Creator
from app.evaluation.errors import GateClosed
from app.evaluation.folder import EvaluationStore
from app.evaluation.kinds import RunEvaluation, RunPipeline
from app.evaluation.models import Entrant
from app.evaluation.performing import evaluate
from app.evaluation.pipeline import Pipeline, PipelineFolder, PipelineStore, StepName, StepState
from app.evaluation.results import score
from app.export.kinds import ExportRun, artifact_folder
from app.guidance.store import PlanStore
from app.jobs import Link, Outcome, Work
from app.jobs.errors import JobCancelled
from app.policies.wilson import Rate
from app.training import performing as training
from app.training.describing import Describer, judgement_of
from app.training.folder import RunFolder, RunStore
from app.training.kinds import ScoreRun, TrainRun
from app.training.presets import preset

EXPORT = "app.export.performing:perform"  # named: it imports torch, which a pipeline that stops before need not have

type Perform = Callable[[], tuple[str, str]]


def pipe(arguments: RunPipeline, work: Work) -> Outcome:
    """The job `pipeline.run`: goes on with the first step that is not done."""
    folder = PipelineStore(work.data).open(arguments.name)
    run = Piping(folder, work, frozenset(arguments.past))
    for step in folder.steps():
        if step.state is not StepState.done:
            run.perform(step.name)
    last = folder.steps()[-1]
    links = (Link("Look at the results", f"/deploy/evaluations/{run.pipeline.evaluation}"),)
    return Outcome(f"All steps are done. {last.words}", links, {"evaluation": run.pipeline.evaluation})


@dataclass(frozen=True)
class Piping:
    """`past` names the steps whose closed gate a person has decided to pass."""

    folder: PipelineFolder
    work: Work
    past: frozenset[StepName]

    @property
    def pipeline(self) -> Pipeline:
        return self.folder.pipeline()

    def perform(self, name: StepName) -> None:
        """One step and its gate; what came of it is written down whichever way it ends."""
        self.folder.change(name, state=StepState.running, began_at=_now(), ended_at="", words="", todo="")
        print(f"== {name}", flush=True)
        performers: dict[StepName, Perform] = {
            StepName.check: self._check,
            StepName.train: self._train,
            StepName.score: self._score,
            StepName.export: self._export,
            StepName.evaluate: self._evaluate,
        }
        try:
            words, url = performers[name]()
        except GateClosed as error:
            if name not in self.past:
                self._ended(name, StepState.stopped, error.message, error.todo)
                raise
            words, url = f"{error.message} Passed by decision.", ""
        except StudioError as error:
            self._ended(name, StepState.failed, error.message, error.todo)
            raise
        except (JobCancelled, KeyboardInterrupt):
            self._ended(name, StepState.failed, "A person ended it before it was done.", "Go on when it suits.")
            raise
        except BaseException as error:
            words = f"It broke off, which is a defect of ours: {type(error).__name__}: {str(error)[:200]}"
            self._ended(name, StepState.failed, words, "See its log; then go on.")
            raise
        self._ended(name, StepState.done, words, "", url)
        print(words, flush=True)

    def _ended(self, name: StepName, state: StepState, words: str, todo: str, url: str = "") -> None:
        self.folder.change(name, state=state, words=words, todo=todo, url=url, ended_at=_now())

    # ---- the steps ----

    def _check(self) -> tuple[str, str]:
        of, store = self.pipeline, DatasetStore(self.work.data.datasets)
        self.work.report("Checking the dataset")
        dataset, plan = store.open(of.dataset), PlanStore(store).current(of.dataset)
        wrong = [one for one in verify(dataset.folder, pictures=False).findings if not one.warning]
        if wrong:
            raise GateClosed(f"{of.dataset} is not sound: {wrong[0]}", todo=f"./understudy verify {dataset.folder}")
        if plan is None:
            raise GateClosed(f"{of.dataset} has no plan.", todo="Make one: trials are placed and scored by clusters.")
        runs = RunStore(self.work.data.models)
        if of.run not in runs.names():
            settings = preset(of.preset, [camera.name for camera in dataset.format.cameras])
            if of.steps:
                settings = settings.model_copy(update={"steps": of.steps})
            described = Describer(store, runs, SO101).describe(
                of.run, of.dataset, settings, by=of.by, at=datetime.now(UTC)
            )
            runs.folder(of.run).create(described)
        used = len(runs.open(of.run).run().used)
        if used < of.gates.episodes:
            raise GateClosed(
                f"{used} episodes may be learnt from, and {of.gates.episodes} are asked for.",
                todo="Record more, or lower the gate.",
            )
        held = f", held out: {', '.join(plan.held_out)}" if plan.held_out else ", nothing held out"
        return f"{used} episodes go in{held}.", f"/datasets/{of.dataset}"

    def _train(self) -> tuple[str, str]:
        of = self.pipeline
        training.train(TrainRun(run=of.run), self.work)
        steps = max(self._run().checkpoints(), default=0)
        return f"{of.run} is trained, {steps:,} steps.", f"/train/{of.run}"

    def _score(self) -> tuple[str, str]:
        of = self.pipeline
        training.score(ScoreRun(run=of.run), self.work)
        told = judgement_of(self._run())
        row = next((row for row in self._run().scores() if row["step"] == told.best), {})
        part = row.get("training") or {}
        rate = Rate(int(part.get("successes", 0)), int(part.get("trials", 0)))
        if rate.share is not None and rate.share < of.gates.scored:
            raise GateClosed(
                f"Step {told.best:,}, the best, succeeds in {rate} of its trials in the training clusters; "
                f"{100 * of.gates.scored:.0f} % are asked for. {' '.join(told.findings)}".strip(),
                todo="Record more or train longer; or pass the gate knowingly.",
            )
        return told.why, f"/train/{of.run}"

    def _export(self) -> tuple[str, str]:
        of, run = self.pipeline, self._run()
        there = artifact_folder(self.work.data, of.artifact)
        if (there / "policy.json").is_file():
            return f"exports/{of.artifact} is there.", ""
        checkpoint = run.checkpoints()[self._best()]
        module, _, function = EXPORT.partition(":")
        made: Outcome = getattr(importlib.import_module(module), function)(
            ExportRun(
                checkpoint=str(checkpoint.relative_to(self.work.data.models)),
                name=of.artifact,
                within=of.gates.within_deg,
            ),
            self.work,
        )
        return made.words, ""

    def _evaluate(self) -> tuple[str, str]:
        of, evaluations = self.pipeline, EvaluationStore(self.work.data)
        entrants = (
            Entrant(key="checkpoint", title="Checkpoint, fp32", policy=f"{of.run}/{self._best()}"),
            Entrant(key="artifact", title="Artifact", policy=f"exports/{of.artifact}"),
        )
        if of.evaluation not in evaluations.names():
            ring = SO101.reach
            creator = Creator(
                self.work.data,
                DatasetStore(self.work.data.datasets),
                ring.holds if ring else lambda x, y: True,
            )
            made = creator.make(of.evaluation, of.protocol, entrants, by=of.by, at=datetime.now(UTC))
            evaluations.folder(of.evaluation).create(made)
        evaluate(RunEvaluation(name=of.evaluation), self.work)
        return self._judged(entrants), f"/deploy/evaluations/{of.evaluation}"

    def _judged(self, entrants: tuple[Entrant, Entrant]) -> str:
        of = self.pipeline
        folder = EvaluationStore(self.work.data).open(of.evaluation)
        trials, (checkpoint, artifact) = folder.trials(), entrants
        got = score([trial for trial in trials if trial.entrant == artifact.key])
        found = compare(
            contrast_of(folder.evaluation(), artifact, checkpoint),
            artifact,
            checkpoint,
            judged_by_place(trials, artifact.key),
            judged_by_place(trials, checkpoint.key),
        )
        if (got.share or 0.0) < of.gates.evaluated:
            raise GateClosed(
                f"The artifact succeeds in {got.rate} trials; {100 * of.gates.evaluated:.0f} % are asked for.",
                todo="See where it fails, and what to record next, in its report.",
            )
        if found.kept is not None and found.kept < of.gates.keeps:
            raise GateClosed(
                f"The artifact keeps {100 * found.kept:.0f} % of the checkpoint's successes; "
                f"{100 * of.gates.keeps:.0f} % are asked for. {found.words}",
                todo="Export again with a smaller tolerance.",
            )
        return f"{got.rate}. {found.words}"

    def _run(self) -> RunFolder:
        return RunStore(self.work.data.models).open(self.pipeline.run)

    def _best(self) -> int:
        folder = self._run()
        return folder.notes().best or judgement_of(folder).best or max(folder.checkpoints())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
