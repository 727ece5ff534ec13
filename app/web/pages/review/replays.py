"""HTTP for replays: start one, follow it, end it, look at earlier ones."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.control.replay import ReplayPhase, Sample
from app.datasets import ReplayStore
from app.web.access.identity import identity_of
from app.web.protocol import Model
from app.web.studio import studio_of
from app.web.studio.replaying import Running

router = APIRouter(prefix="/api", tags=["replay"])

Name = Annotated[str, Path(max_length=80)]
Index = Annotated[int, Path(ge=0)]


class ReplaySample(Model):
    """What was measured one interval after the target of `row` went out, one value a joint."""

    row: int
    measured: list[float]


class ReplayAnswer(Model):
    """The replay that runs, or the last one. `row` is -1 while the arm ramps; `samples` from `since` on."""

    dataset: str
    index: int
    phase: ReplayPhase
    reason: str
    row: int
    rows: int
    samples: list[ReplaySample]


class KeptReplay(Model):
    at: str
    by: str
    phase: ReplayPhase
    reason: str
    samples: list[ReplaySample]


@router.post("/datasets/{name}/episodes/{index}/replay", status_code=202)
async def replay(request: Request, name: Name, index: Index) -> ReplayAnswer:
    """Drive the episode's actions on the arm: ramped to its first state, clamped, and anybody may take over."""
    studio = studio_of(request)
    return _answer(await studio.replayer.start(name, index, studio.name_of(identity_of(request))), 0)


@router.get("/replay")
async def state(request: Request, since: Annotated[int, Query(ge=0)] = 0) -> ReplayAnswer | None:
    """How it goes; null before the first."""
    running = studio_of(request).replayer.current
    return _answer(running, since) if running else None


@router.post("/replay/end")
async def end(request: Request) -> ReplayAnswer | None:
    """End it: the arm holds where it is."""
    studio = studio_of(request)
    studio.replayer.end(f"Ended by {studio.name_of(identity_of(request))}.")
    running = studio.replayer.current
    return _answer(running, 0) if running else None


@router.get("/datasets/{name}/episodes/{index}/replays")
async def kept(request: Request, name: Name, index: Index) -> list[KeptReplay]:
    """Earlier replays of the episode, the newest first."""
    store = studio_of(request).store

    def read() -> list[KeptReplay]:
        opened = store.open(name)
        return [
            KeptReplay(
                at=str(body.get("at", "")),
                by=str(body.get("by", "")),
                phase=ReplayPhase(body.get("phase", ReplayPhase.ended)),
                reason=str(body.get("reason", "")),
                samples=[
                    ReplaySample(row=row, measured=measured)
                    for row, measured in zip(body.get("rows", []), body.get("measured", []), strict=False)
                ],
            )
            for body in ReplayStore(opened.folder).of(opened.key(index))
        ]

    return await asyncio.to_thread(read)


def _answer(running: Running, since: int) -> ReplayAnswer:
    replay = running.replay
    return ReplayAnswer(
        dataset=running.dataset,
        index=running.index,
        phase=replay.phase,
        reason=replay.reason,
        row=replay.row,
        rows=replay.rows,
        samples=[_sample(one) for one in replay.samples[since:]],
    )


def _sample(sample: Sample) -> ReplaySample:
    return ReplaySample(row=sample.row, measured=list(sample.measured))
