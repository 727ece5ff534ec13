"""Performs a run inside its job: makes the view, trains, scores each checkpoint as it appears, says how it went."""

from __future__ import annotations

import errno
import importlib
import math
import os
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app.datasets import DatasetStore
from app.guidance.store import PlanStore
from app.jobs import Link, Outcome, Work
from app.policies import Policy, open_policy
from app.policies.trial import TrialRig
from app.training.card import write_card
from app.training.causes import diverged, failure
from app.training.describing import judgement_of
from app.training.errors import DatasetMoved, RunInvalid
from app.training.folder import PRETRAINED, RunFolder, RunStore
from app.training.kinds import ScoreRun, TrainRun
from app.training.models import Device, Run
from app.training.runners import Runner, Training, place_of, runner_at
from app.training.scoring import Scorer
from app.training.selection import content_hash, require_same
from app.training.settling import next_round
from app.training.trainlog import Logged, TrainLog, without_bar
from app.training.view import build_view

FULL = (errno.ENOSPC, errno.EDQUOT)
RIG = "app.bootstrap.trials:open_trial_rig"  # named, not imported: bootstrap alone knows the simulator


def train(arguments: TrainRun, work: Work) -> Outcome:
    """The job `training.run`: goes on from the last whole checkpoint where there is one."""
    folder = RunStore(work.data.models).open(arguments.run)
    session = Session(folder, work)
    session.make_view()
    session.make_base()
    session.train(runner_at(place_of(session.run.runner)))
    session.score_rest()
    return session.outcome()


def score(arguments: ScoreRun, work: Work) -> Outcome:
    """The job `training.score`: scores checkpoints again, or for the first time."""
    session = Session(RunStore(work.data.models).open(arguments.run), work)
    session.score_rest(again=arguments.again, only=arguments.step)
    return session.outcome()


class Session:
    """One job on one run."""

    def __init__(self, folder: RunFolder, work: Work) -> None:
        self._folder = folder
        self._work = work
        self._run = self.run = folder.run()
        store = DatasetStore(work.data.datasets)
        self._dataset = store.open(self._run.dataset)
        self._plan = PlanStore(store).current(self._run.dataset)
        self._scorer: Scorer | None = None
        self._paused_s = 0.0

    # ---- the view ----

    def make_view(self) -> None:
        """Raises DatasetMoved when the used episodes are not what they were when the run was described."""
        view, run = self._folder.view, self._run
        require_same(self._dataset, run)
        if (view / "meta/info.json").is_file():
            return
        if content_hash(self._dataset, run.used) != run.dataset_hash:
            raise DatasetMoved(
                f"The rows of {run.dataset}'s episodes are not what they were when this run was described.",
                todo="Start a new run on the dataset as it is, or restore the version it was described for.",
            )
        making = view.with_name(f".{view.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        build_view(run, self._dataset, making, lambda done, total: self._tell("Preparing episodes", done, total))
        making.rename(view)
        shutil.rmtree(view.with_name(f"{making.name}.takes"), ignore_errors=True)

    def make_base(self) -> None:
        """The checkpoint it begins from comes into its folder: it can be repeated when the other run is gone."""
        base, source = self._folder.base, base_of(self._run, self._work.data.models)
        if source is None or base.is_dir():
            return
        if not source.is_dir():
            raise RunInvalid(
                f"What this run begins from is not there any more: {self._run.base}.",
                todo="Begin a new run from another checkpoint.",
            )
        making = base.with_name(f".{base.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        shutil.copytree(source, making, copy_function=_linked)
        making.rename(base)

    # ---- training ----

    def train(self, runner: Runner) -> None:
        run, folder = self._run, self._folder
        last = folder.last_checkpoint()
        if last is not None and last[0] >= run.settings.steps:
            return
        if last is None:
            shutil.rmtree(folder.output, ignore_errors=True)
        self._tell("Starting lerobot-train", last[0] if last else 0, run.settings.steps)
        training = runner.begin(run, folder, lambda words: self._work.report(words))
        print(f"Training from step {training.first}.", flush=True)
        try:
            self._follow(training)
            status = training.wait()
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise failure(1, [f"{type(error).__name__}: {error}"]) from error
        finally:
            training.end()
            folder.remove_unfinished()
        done = folder.last_checkpoint()
        if status != 0 or done is None or done[0] < run.settings.steps:
            raise failure(status, list(training.last))

    def _follow(self, training: Training) -> None:
        log = TrainLog(training.first, min(self._run.settings.log_every, self._run.settings.steps))
        known = {int(row["step"]) for row in self._folder.metrics()} if training.replays else set[int]()
        scored = {row["step"] for row in self._folder.scores()}
        for line in training.lines():
            if line is not None:
                logged = log.read(line)
                if told := without_bar(line):
                    print(told, flush=True)
                if logged is not None and logged.step not in known:
                    self._keep(logged, training)
                if log.step:
                    self._tell("Training", log.step, self._run.settings.steps, "steps")
            training.bring()
            for step, path in self._folder.checkpoints().items():
                if step not in scored and step < self._run.settings.steps:
                    scored.add(step)
                    self._score_while_paused(step, path, training)

    def _keep(self, logged: Logged, training: Training) -> None:
        paused_s = self._paused_s / min(self._run.settings.log_every, logged.step)
        values, self._paused_s = without_pause(logged.values, paused_s), 0.0
        at = datetime.now(UTC).isoformat(timespec="seconds")
        known, parts = _finite(values), _finite(logged.parts)  # JSON has no other numbers
        self._folder.add_metrics({"step": logged.step, "at": at, **known, "parts": parts, **training.use()})
        if not logged.finite:
            raise diverged(logged.step)

    # ---- scoring ----

    def _score_while_paused(self, step: int, path: Path, training: Training) -> None:
        """On processors that both would share, the training waits: neither is slowed, nor measured wrongly."""
        on_cpu = f"--policy.device={Device.cpu}" in self._run.command
        began = time.monotonic()
        if on_cpu:
            training.pause()
        try:
            self._score(step, path, final=False)
        finally:
            if on_cpu:
                training.go_on()
                self._paused_s += time.monotonic() - began

    def score_rest(self, *, again: bool = False, only: int = 0) -> None:
        """What is not scored yet; the last step in full."""
        require_same(self._dataset, self._run)
        scored = set() if again else {row["step"] for row in self._folder.scores()}
        for step, path in self._folder.checkpoints().items():
            if step not in scored and only in (0, step):
                self._score(step, path, final=step >= self._run.settings.steps)
        if not only:
            self.settle()
        write_card(self._folder)

    def settle(self) -> None:
        """Tell the best apart by further trials, within what is left of the budget; goes on where it ended."""
        paths = self._folder.checkpoints()
        while wanted := next_round(
            [row for row in self._folder.scores() if row["step"] in paths], self._run.settings.scoring.settle
        ):
            scorer = self._scorer = self._scorer or self._make_scorer()
            if scorer.rig is None:
                return
            for more in wanted:
                row = next(row for row in self._folder.scores() if row["step"] == more.step)
                row = scorer.more(row, paths[more.step], more, self._teller(more.step))
                self._keep_scores(row)

    def _score(self, step: int, path: Path, *, final: bool) -> None:
        scorer = self._scorer = self._scorer or self._make_scorer()
        self._keep_scores(scorer.score(step, path, final=final, tell=self._teller(step)))

    def _teller(self, step: int) -> Callable[[str, int, int], None]:
        def tell(words: str, done: int, total: int) -> None:
            self._tell(f"{words}, step {step:,}", done, total or None, "trials" if total else "")

        return tell

    def _keep_scores(self, row: dict[str, Any]) -> None:
        row["at"] = datetime.now(UTC).isoformat(timespec="seconds")
        self._folder.add_scores(row)
        print(f"Step {row['step']}: training {row['training']}, held-out {row['held_out']}", flush=True)

    def _make_scorer(self) -> Scorer:
        scoring = self._run.settings.scoring
        wanted = self._run.sim and scoring.trials_training + scoring.trials_held_out > 0
        return Scorer(self._run, self._dataset, self._plan, self._open, _open_rig(scoring.scene) if wanted else None)

    def _open(self, checkpoint: Path) -> Policy:
        device = "cuda" if f"--policy.device={Device.cuda}" in self._run.command else "cpu"
        return open_policy(checkpoint, device=device)

    # ---- the end ----

    def outcome(self) -> Outcome:
        told = judgement_of(self._folder)
        values = {"best": told.best, "checkpoints": list(self._folder.checkpoints())}
        return Outcome(told.why, (Link("Look at the run", f"/train/{self._folder.name}"),), values)

    def _tell(self, words: str, step: int, steps: int | None, unit: str = "") -> None:
        self._work.report(words, step=step if steps else None, steps=steps, unit=unit)


def without_pause(values: Mapping[str, float], paused_s: float) -> dict[str, float]:
    """A logged step's times without the time it stood still, which LeRobot counts into whichever it was in."""
    found = dict(values)
    longest = max(("data_s", "update_s"), key=lambda name: found.get(name, 0.0))
    if longest in found and found[longest] >= paused_s:  # else it stood still between the two, where nobody counts
        found[longest] -= paused_s
    return found


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if math.isfinite(value)}


def base_of(run: Run, models: Path) -> Path | None:
    """Where the checkpoint lies that a run begins from: `RUN/STEP` of an earlier run, or a folder of this machine."""
    if not run.base:
        return None
    if Path(run.base).is_absolute():
        return Path(run.base)
    name, _, step = run.base.partition("/")
    return models / name / "train/checkpoints" / step / PRETRAINED


def _linked(source: str, target: str) -> str:
    """A checkpoint's files do not change, so a second name for them is as good as a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _open_rig(scene: Mapping[str, float]) -> TrialRig:
    module, _, function = RIG.partition(":")
    return getattr(importlib.import_module(module), function)(scene)
