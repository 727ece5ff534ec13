"""Performs an evaluation inside its job: trial after trial, each durable before the next begins."""

from __future__ import annotations

import importlib
import json
import logging
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.core.errors import StudioError
from app.datasets import DatasetStore, EpisodeFacts
from app.devices import Outcome as TrialOutcome
from app.devices import Placement
from app.evaluation.errors import EvaluationInvalid
from app.evaluation.executing import choice_of, delay_of
from app.evaluation.folder import EvaluationFolder, EvaluationStore
from app.evaluation.kinds import RunEvaluation
from app.evaluation.machine import machine_here
from app.evaluation.models import Ended, Entrant, Evaluation, Part, Place, Planned, Subject, Trial
from app.evaluation.report_page import report_page
from app.evaluation.scoring import results
from app.evaluation.subjects import Found, find, subject
from app.guidance.store import PlanStore
from app.jobs import Link, Outcome, Work
from app.policies import Policy, open_policy
from app.policies.errors import PolicyMismatch
from app.policies.trial import TrialRequest, TrialResult, TrialRig, run_trial
from app.storage.paths import DataFolder
from app.training.folder import RunStore

RIG = "app.bootstrap.recorded_trials:open_told_rig"  # named, not imported: bootstrap alone knows the simulator
_WARM, _TIMED = 2, 7
_LEVELS = {"success": "ok", "partial": "warn", "failure": "fail"}
_SAME_CRASHES = 3

log = logging.getLogger(__name__)


class ToldRig(TrialRig, Protocol):
    """A rig that says what became of the object, and keeps the trial as an episode where it records."""

    def story(self, outcome: TrialOutcome | None) -> str: ...
    def keep(self, facts: EpisodeFacts) -> str: ...
    def discard(self) -> None: ...


type Tell = Callable[[int, int], None]


def evaluate(arguments: RunEvaluation, work: Work) -> Outcome:
    """The job `evaluation.run`: goes on with the first trial that was not run."""
    session = Session(EvaluationStore(work.data).open(arguments.name), work.data)

    def tell(done: int, total: int) -> None:
        work.report("Running trials", step=done, steps=total, unit="trials")

    work.report("Opening policies")
    session.run(tell)
    return session.outcome()


@dataclass
class _Opened:
    policy: Policy
    subject: Subject


class Session:
    """One run over what is left of an evaluation."""

    def __init__(self, folder: EvaluationFolder, data: DataFolder) -> None:
        self._folder = folder
        self._data = data
        self._store = DatasetStore(data.datasets)
        self._evaluation = folder.evaluation()
        self._task = ""
        self._opened: dict[str, _Opened] = {}
        self._crashes: list[str] = []

    def run(self, tell: Tell = lambda done, total: None, stop: Callable[[], bool] = lambda: False) -> None:
        """Every trial that is left, until `stop`. Raises EvaluationInvalid for a policy that is not what it was."""
        self._adopt()
        left, total = self._folder.left(), len(self._folder.planned())
        if left:
            rig = self._open_rig()
            try:
                self._learn_subjects(rig)
                tell(total - len(left), total)
                for number, planned in enumerate(left, start=1):
                    if stop():
                        break
                    self._folder.add_trial(self._one(rig, planned))
                    tell(total - len(left) + number, total)
            finally:
                rig.close()
                for opened in {id(one.policy): one for one in self._opened.values()}.values():
                    opened.policy.close()
        self.report()

    def report(self) -> None:
        found = results(self._folder, self._data, self._store)
        self._folder.keep_report(report_page(self._folder.evaluation(), found, self._folder.trials()))

    def outcome(self) -> Outcome:
        name = self._folder.name
        found = results(self._folder, self._data, self._store)
        told = [f"{one.title}: {one.all.rate}" for one in found.entrants]
        values = {
            one.key: {part: getattr(one, part).model_dump() for part in ("training", "held_out", "new", "all")}
            for one in found.entrants
        }
        links = (Link("Look at the results", f"/deploy/evaluations/{name}"),)
        return Outcome(f"{found.done} of {found.planned} trials. {'; '.join(told)}.", links, values)

    # ---- before the first trial ----

    def _adopt(self) -> None:
        """Trials whose episode was saved when the process was killed, before their line was written."""
        found, left = self._evaluation, {one.number for one in self._folder.left()}
        if found.eval_dataset not in self._store.names():
            return
        for episode in self._store.open(found.eval_dataset).episodes():
            if episode.facts.session == session_of(found):
                trial = _told_by(episode.facts)
                if trial is not None and trial.number in left:
                    self._folder.add_trial(trial)

    def _open_rig(self) -> ToldRig:
        module, _, function = RIG.partition(":")
        protocol, dataset = self._evaluation.protocol, self._evaluation.eval_dataset
        rig = getattr(importlib.import_module(module), function)(
            self._folder.takes, self._data.datasets, dataset, protocol.record
        )
        plans = PlanStore(self._store)
        plan = plans.current(protocol.dataset)
        self._task = plan.task if plan else ""
        if protocol.record and plan is not None and plans.current(dataset) is None:
            plans.save(dataset, plan)
        return rig

    def _learn_subjects(self, rig: ToldRig) -> None:
        """What the policies are, once; later they must be the same. A policy named twice is opened once."""
        known = {one.key: one for one in self._evaluation.subjects}
        by_folder: dict[str, _Opened] = {}
        for entrant in self._evaluation.entrants:
            found = find(entrant.policy, self._data)
            place = str(found.folder)
            if place not in by_folder:
                by_folder[place] = self._open(entrant, found, known.get(entrant.key), rig)
            of_it = by_folder[place].subject.model_copy(update={"key": entrant.key})
            self._opened[entrant.key] = _Opened(by_folder[place].policy, of_it)
        if len(known) < len(self._evaluation.entrants):
            self._evaluation = self._evaluation.model_copy(
                update={
                    "subjects": tuple(one.subject for one in self._opened.values()),
                    "machine": machine_here(),
                    "dataset_hash": _hash_of(self._evaluation, self._store, self._data),
                }
            )
            self._folder.update(self._evaluation)

    def _open(self, entrant: Entrant, found: Found, known: Subject | None, rig: ToldRig) -> _Opened:
        is_now = subject(entrant.key, found, self._data)
        if known is not None and known.sha256 != is_now.sha256:
            raise EvaluationInvalid(
                f"{entrant.policy} is not the policy that {self._folder.name} began with.",
                todo="Begin a new evaluation for the new one.",
            )
        policy = open_policy(found.folder)
        if known is None:
            measured = measure(policy, rig, self._request(self._evaluation.places[0]))
            known = is_now.model_copy(update={"measured_ms": measured, "fps": policy.info.fps})
        return _Opened(policy, known)

    # ---- one trial ----

    def _request(self, place: Place) -> TrialRequest:
        where = Placement(place.x_cm, place.y_cm, place.yaw_deg)
        rule = self._evaluation.protocol.measured_rule
        return TrialRequest(where, place.cluster, seed=place.seed, held_out=place.part is Part.held_out, rule=rule)

    def _one(self, rig: ToldRig, planned: Planned) -> Trial:
        entrant = next(one for one in self._evaluation.entrants if one.key == planned.entrant)
        opened = self._opened[planned.entrant]
        problem, result = "", None
        try:
            result = run_trial(
                opened.policy,
                rig,
                self._request(planned.place),
                strategy=choice_of(entrant.execution, opened.subject.execute),
                delay=delay_of(entrant.execution, opened.subject.measured_ms),
                task=self._task if opened.policy.info.takes_task else "",
                limit_s=self._evaluation.protocol.limit_s,
            )
            problem = result.problem
        except PolicyMismatch:
            raise
        except StudioError as error:
            problem = str(error)
        except Exception as error:  # a runtime's own error: the trial counts as neither, and says so
            log.exception("Trial %d crashed.", planned.number)
            problem = f"{type(error).__name__}: {error}"[:500]
        self._stop_if_it_only_crashes(problem)
        trial = _trial(planned, result, problem, rig)
        episode = rig.keep(_facts(self._evaluation, opened.subject, planned, trial))
        return trial.model_copy(update={"episode": episode})

    def _stop_if_it_only_crashes(self, problem: str) -> None:
        self._crashes = [*self._crashes, problem][-_SAME_CRASHES:]
        if problem and self._crashes == [problem] * _SAME_CRASHES:
            raise EvaluationInvalid(
                f"{_SAME_CRASHES} trials in a row broke off alike: {problem}",
                todo="Mend that, then resume: trials that were run stay.",
            )


def measure(policy: Policy, rig: TrialRig, request: TrialRequest) -> float | None:
    """The median time of a chunk here, ms: warm, and nothing beside it. None for a policy that does not answer: its
    trials will say why."""
    rig.begin(request)
    policy.reset()
    seen = rig.observe()
    spent = []
    try:
        for _ in range(_WARM + _TIMED):
            began = time.perf_counter()
            policy.chunk(seen)
            spent.append(1e3 * (time.perf_counter() - began))
    except Exception:
        log.exception("The policy did not answer.")
        return None
    return statistics.median(spent[_WARM:])


def _trial(planned: Planned, result: TrialResult | None, problem: str, rig: ToldRig) -> Trial:
    outcome = result.outcome if result is not None and not problem else None
    latencies = result.latency_ms if result is not None else ()
    p50, p95 = np.percentile(latencies, (50, 95)).tolist() if latencies else (None, None)
    ended = Ended.crashed if problem or outcome is None else Ended.judged
    return Trial(
        number=planned.number,
        entrant=planned.entrant,
        place=planned.place.key,
        ended=ended,
        outcome=outcome.value if outcome is not None else "",
        story=rig.story(outcome) if outcome is not None else "",
        problem=problem or ("Nobody could tell how it went." if outcome is None else ""),
        steps=result.steps if result else 0,
        duration_s=result.duration_s if result else 0.0,
        looks=result.looks if result else 0,
        starved_steps=result.starved_steps if result else 0,
        latency_p50_ms=p50,
        latency_p95_ms=p95,
        metrics=_metrics(result) if result else {},
        at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _metrics(result: TrialResult) -> dict[str, float]:
    """What else was counted; what is not known is left out."""
    smooth = result.smoothness
    found: dict[str, float | None] = {
        "waited_steps": result.waited_steps,
        "longest_stall_steps": result.longest_stall_steps,
        "late_rows": result.late_rows,
        "delay_s": result.delay_s,
        "seams": smooth.seams,
        "seam_p95": smooth.seam_p95,
        "inside_p95": smooth.inside_p95,
        "jerk": smooth.jerk,
    }
    if result.age_ms is not None:
        found |= dict(zip(("age_p50_ms", "age_p95_ms", "age_max_ms"), result.age_ms, strict=True))
    return {name: round(float(value), 4) for name, value in found.items() if value is not None and np.isfinite(value)}


def _facts(evaluation: Evaluation, known: Subject, planned: Planned, trial: Trial) -> EpisodeFacts:
    """The trial as an episode's columns. Its metrics stand where the verdicts of checks stand, so that review shows
    failures first and says what became of the object."""
    place = planned.place
    finding: dict[str, Any] = {
        "level": _LEVELS.get(trial.outcome, "unsure"),
        "text": f"{planned.entrant}: {trial.story or trial.problem}",
        "numbers": {
            "number": trial.number,
            "duration_s": trial.duration_s,
            "looks": trial.looks,
            "starved_steps": trial.starved_steps,
            **({"latency_p50_ms": trial.latency_p50_ms} if trial.latency_p50_ms is not None else {}),
            **trial.metrics,
        },
        "trial": trial.model_dump(mode="json"),
    }
    return EpisodeFacts(
        "",
        session=session_of(evaluation),
        plan_version=evaluation.plan_version,
        cluster=place.cluster,
        position=place.position,
        target_x_cm=place.x_cm,
        target_y_cm=place.y_cm,
        target_yaw_deg=place.yaw_deg,
        outcome=trial.outcome,
        operator=evaluation.by,
        driver="policy",
        checkpoint=f"{known.run}/{known.step}" if known.run else Path(known.folder).name,
        trial=f"{evaluation.name}/{trial.number}/{planned.entrant}",
        checks=json.dumps({"trial": finding}),
        recorded_at=trial.at,
    )


def session_of(evaluation: Evaluation) -> str:
    """What its episodes call it: no other evaluation, of that name either, is called so."""
    return f"{evaluation.name} {evaluation.created_at}"


def _told_by(facts: EpisodeFacts) -> Trial | None:
    try:
        trial = Trial.model_validate(json.loads(facts.checks)["trial"]["trial"])
    except (ValueError, KeyError, TypeError):
        return None
    return trial.model_copy(update={"episode": facts.uuid})


def _hash_of(evaluation: Evaluation, store: DatasetStore, data: DataFolder) -> str:
    """The content of the protocol's dataset as the first entrant's run used it, else of all its episodes."""
    runs = RunStore(data.models)
    for entrant in evaluation.entrants:
        found = find(entrant.policy, data)
        if found.run and runs.open(found.run).run().dataset == evaluation.protocol.dataset:
            return runs.open(found.run).run().dataset_hash
    return ""
