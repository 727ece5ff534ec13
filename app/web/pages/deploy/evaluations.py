"""HTTP for evaluations: describe, start, follow, judge on a real arm, read the results, put clusters first."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from app.core.errors import Conflict, StudioError
from app.evaluation.comparing import compare, contrast_of, judged_by_place
from app.evaluation.creating import Creator
from app.evaluation.errors import EvaluationBusy, EvaluationInvalid
from app.evaluation.folder import EvaluationFolder, EvaluationStore, done_of
from app.evaluation.kinds import EVALUATE
from app.evaluation.live import Word, judged, next_trial
from app.evaluation.models import Ended, Entrant, Evaluation, EvaluationProtocol, Judge, Planned, Trial
from app.evaluation.report_page import report_page
from app.evaluation.results import Comparison, Contrast, RecordNext, Results, Score, score
from app.evaluation.scoring import results
from app.jobs import JobView
from app.web import protocol as p
from app.web.access.identity import identity_of
from app.web.access.within import refuse_outside
from app.web.guided import commands as guided_commands
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api/evaluations", tags=["evaluations"])

Name = Annotated[str, Path(max_length=80)]
_SECONDS_A_TRIAL = 12.0  # until trials of its own were run: what a small ACT takes on two cores, recorded


class EvaluationSummary(Model):
    """One evaluation as a list shows it. `state` is described, queued, running, done or stopped."""

    name: str
    created_at: str
    dataset: str
    entrants: list[str]
    judge: Judge
    sim: bool
    state: str
    job: str
    done: int
    planned: int
    all: Score
    eval_dataset: str
    success_rule: str = ""
    problem: str = ""


class NewEvaluation(Model):
    """An evaluation to describe or start; without a name one is made of the first policy's."""

    protocol: EvaluationProtocol
    entrants: Annotated[list[Entrant], Field(min_length=1, max_length=24)]
    name: Annotated[str, Field(max_length=60)] = ""


class DescribedEvaluation(Model):
    """What would be tried. `expected_s` is a guess from experience until trials of its own tell."""

    name: str
    trials: int
    places: int
    by_part: dict[str, int]
    by_cluster: dict[str, int]
    plan_version: int
    sim: bool
    success_rule: str
    expected_s: float


class EvaluationDetail(Model):
    """Everything about one evaluation; `trials` are those run so far, in the order of the protocol."""

    summary: EvaluationSummary
    evaluation: Evaluation
    results: Results
    trials: list[Trial]


class NextTrial(Model):
    """The trial an operator runs now; null when the protocol is fulfilled. `keys` are what judges it."""

    trial: Planned | None
    left: int
    keys: dict[str, str] = {"s": "success", "p": "partial", "f": "failure"}


class Judgement(Model):
    """What the operator said, or how the trial ended without a verdict; `measured` is what the runner counted."""

    outcome: Word = ""
    ended: Ended = Ended.judged
    problem: Annotated[str, Field(max_length=500)] = ""
    measured: Trial | None = None


class PutFirst(Model):
    """Clusters for the operator's queue, the first one first."""

    clusters: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=64)]


@router.get("")
async def evaluations(request: Request) -> list[EvaluationSummary]:
    """Every evaluation, the newest first."""
    studio = studio_of(request)
    return await asyncio.to_thread(lambda: [_summary(studio, name) for name in _store(studio).names()])


@router.post("/describe")
async def describe(request: Request, new: NewEvaluation) -> DescribedEvaluation:
    """What would be tried where; nothing is written."""
    studio, by = studio_of(request), identity_of(request).user
    made = await asyncio.to_thread(_make, studio, new, by)
    parts: dict[str, int] = {}
    clusters: dict[str, int] = {}
    for place in made.places:
        parts[str(place.part)] = parts.get(str(place.part), 0) + 1
        clusters[place.cluster] = clusters.get(place.cluster, 0) + 1
    trials = len(made.places) * len(made.entrants)
    return DescribedEvaluation(
        name=made.name,
        trials=trials,
        places=len(made.places),
        by_part=parts,
        by_cluster=clusters,
        plan_version=made.plan_version,
        sim=made.sim,
        success_rule=made.protocol.success_rule,
        expected_s=trials * _SECONDS_A_TRIAL,
    )


@router.post("", status_code=201)
async def start(request: Request, new: NewEvaluation) -> EvaluationSummary:
    """Write an evaluation down; one that the simulator judges is queued at once."""
    studio, by = studio_of(request), identity_of(request)

    def make() -> EvaluationSummary:
        made = _make(studio, new, by.user)
        _store(studio).folder(made.name).create(made)
        if made.protocol.judge is Judge.simulator:
            studio.jobs.submit(EVALUATE.name, {"name": made.name}, by)
        return _summary(studio, made.name)

    made = await asyncio.to_thread(make)
    studio.changed("jobs")
    return made


@router.get("/compare")
async def compare_two(
    request: Request,
    one: Annotated[str, Query(max_length=80)],
    one_key: Annotated[str, Query(max_length=60)],
    other: Annotated[str, Query(max_length=80)],
    other_key: Annotated[str, Query(max_length=60)],
) -> Comparison:
    """Two entrants, of two evaluations too where their protocols share places: first minus second."""
    studio = studio_of(request)

    def work() -> Comparison:
        first, second = _store(studio).open(one), _store(studio).open(other)
        _require_one_rule(first.evaluation(), second.evaluation())
        left, right = _entrant(first, one_key), _entrant(second, other_key)
        contrast = contrast_of(first.evaluation(), left, right) if one == other else Contrast.several
        found = compare(
            contrast, left, right, judged_by_place(first.trials(), one_key), judged_by_place(second.trials(), other_key)
        )
        if found.difference is None:
            raise EvaluationInvalid(
                "The two were not tried at a common place.",
                todo="Evaluate both to one protocol: the same plan, seed and clusters.",
            )
        return found

    return await asyncio.to_thread(work)


@router.get("/{name}")
async def evaluation(request: Request, name: Name) -> EvaluationDetail:
    studio = studio_of(request)

    def read() -> EvaluationDetail:
        folder = _store(studio).open(name)
        return EvaluationDetail(
            summary=_summary(studio, name),
            evaluation=folder.evaluation(),
            results=results(folder, studio.folder, studio.store),
            trials=folder.trials(),
        )

    return await asyncio.to_thread(read)


@router.get("/{name}/report", response_class=HTMLResponse)
async def report(request: Request, name: Name) -> str:
    """One page with everything needed to believe it; prints to PDF."""
    studio = studio_of(request)

    def make() -> str:
        folder = _store(studio).open(name)
        return report_page(folder.evaluation(), results(folder, studio.folder, studio.store), folder.trials())

    return await asyncio.to_thread(make)


@router.post("/{name}/resume", status_code=201)
async def resume(request: Request, name: Name) -> EvaluationSummary:
    """Run what was not run yet."""
    studio = studio_of(request)

    def submit() -> EvaluationSummary:
        _require_idle(studio, name)
        studio.jobs.submit(EVALUATE.name, {"name": name}, identity_of(request))
        return _summary(studio, name)

    made = await asyncio.to_thread(submit)
    studio.changed("jobs")
    return made


@router.delete("/{name}", status_code=204)
async def delete(request: Request, name: Name) -> None:
    """Delete the evaluation; the dataset of its trials stays."""
    studio = studio_of(request)

    def remove() -> None:
        _require_idle(studio, name)
        _store(studio).delete(name)

    await asyncio.to_thread(remove)


@router.get("/{name}/next")
async def upcoming(request: Request, name: Name) -> NextTrial:
    """The trial to run now on a real arm."""
    folder = _store(studio_of(request)).open(name)
    left = await asyncio.to_thread(folder.left)
    return NextTrial(trial=next_trial(folder) if left else None, left=len(left))


@router.post("/{name}/trials/{number}", status_code=201)
async def judge(request: Request, name: Name, number: Annotated[int, Path(ge=1)], said: Judgement) -> Trial:
    """Keep the operator's verdict on a trial, or how it ended without one."""
    studio, by = studio_of(request), identity_of(request).user
    folder = _store(studio).open(name)
    measured = said.measured and await asyncio.to_thread(_with_clip, studio, folder, number, said.measured)
    return await asyncio.to_thread(
        lambda: judged(
            folder,
            number,
            outcome=said.outcome,
            by=by,
            at=studio.clock.wall(),
            ended=said.ended,
            problem=said.problem,
            measured=measured,
        )
    )


@router.post("/{name}/record-next")
async def record_next(request: Request, name: Name, wanted: PutFirst) -> list[RecordNext]:
    """Put clusters first in the operator's queue; answers with what the results recommend."""
    studio = studio_of(request)
    folder = _store(studio).open(name)
    found = await asyncio.to_thread(results, folder, studio.folder, studio.store)
    dataset = folder.evaluation().protocol.dataset
    if studio.recorder.setup.dataset != dataset:
        raise Conflict(
            f"The studio records into {studio.recorder.setup.dataset or 'no dataset'}, and this is about {dataset}.",
            todo=f"Choose {dataset} on the Record page first.",
        )
    command = p.TargetPrioritise(type="target.prioritise", clusters=wanted.clusters)
    await guided_commands.carry_out(studio, command, identity_of(request))
    return found.record_next


def _store(studio: Studio) -> EvaluationStore:
    return EvaluationStore(studio.folder)


def _make(studio: Studio, new: NewEvaluation, by: str) -> Evaluation:
    refuse_outside(studio, [one.policy for one in new.entrants])
    creator = Creator(studio.folder, studio.store, studio.guided.planning.require_reach())
    name = new.name.strip() or creator.free_name(new.entrants)
    facts = studio.rig_facts
    simulated = facts.simulated if facts is not None else None
    return creator.make(name, new.protocol, new.entrants, by=by, at=studio.clock.wall(), rig_simulated=simulated)


def _entrant(folder: EvaluationFolder, key: str) -> Entrant:
    found = next((one for one in folder.evaluation().entrants if one.key == key), None)
    if found is None:
        raise EvaluationInvalid(f"{folder.name} has no entrant {key!r}.", todo="Choose one of its list.")
    return found


def _with_clip(studio: Studio, folder: EvaluationFolder, number: int, measured: Trial) -> Trial:
    """With the episode that the run's take was just saved as, which its page cannot know."""
    saved = studio.deployment.takes.saved
    if measured.episode or saved is None or saved.dataset != folder.evaluation().eval_dataset:
        return measured
    of_others = {trial.episode for trial in folder.trials() if trial.number != number}
    return measured if saved.uuid in of_others else measured.model_copy(update={"episode": saved.uuid})


def _require_one_rule(first: Evaluation, second: Evaluation) -> None:
    """Rates by two rules are of two things."""
    one, other = first.protocol.success_rule, second.protocol.success_rule
    if one != other:
        raise EvaluationInvalid(
            f"{first.name} and {second.name} were judged by different rules: “{one}” and “{other}”",
            todo="Evaluate both by one rule.",
        )


def _job(studio: Studio, name: str) -> JobView | None:
    """The newest job that runs it."""
    views = studio.jobs.views()
    return next((view for view in views if view.file.kind == EVALUATE.name and name in view.file.about), None)


def _require_idle(studio: Studio, name: str) -> None:
    job = _job(studio, name)
    if job is not None and not job.state.ended:
        raise EvaluationBusy(f"“{job.file.title}” is not over.", todo="Cancel it, or wait for its end.")


def _summary(studio: Studio, name: str) -> EvaluationSummary:
    folder, job = _store(studio).folder(name), _job(studio, name)
    try:
        found = folder.evaluation()
    except StudioError as error:
        return _unreadable(name, str(error))
    trials, planned = folder.trials(), len(found.places) * len(found.entrants)
    done = len(done_of(trials))
    return EvaluationSummary(
        name=name,
        created_at=found.created_at,
        dataset=found.protocol.dataset,
        entrants=[entrant.name for entrant in found.entrants],
        judge=found.protocol.judge,
        sim=found.sim,
        state=_state(job, done, planned),
        job=job.file.id if job else "",
        done=done,
        planned=planned,
        all=score(trials),
        eval_dataset=found.eval_dataset if found.protocol.record else "",
        success_rule=found.protocol.success_rule,
    )


def _state(job: JobView | None, done: int, planned: int) -> str:
    if job is not None and not job.state.ended:
        return str(job.state)
    if done >= planned:
        return "done"
    return "stopped" if done or job is not None else "described"


def _unreadable(name: str, problem: str) -> EvaluationSummary:
    return EvaluationSummary(
        name=name,
        created_at="",
        dataset="",
        entrants=[],
        judge=Judge.simulator,
        sim=True,
        state="stopped",
        job="",
        done=0,
        planned=0,
        all=Score(),
        eval_dataset="",
        problem=problem,
    )
