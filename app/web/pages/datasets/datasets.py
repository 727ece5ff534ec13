"""HTTP for datasets, their episodes, and takes that were interrupted."""

from __future__ import annotations

import asyncio
import math
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field

from app.core.errors import NotFound
from app.datasets import Dataset, DatasetSummary, Episode, TakeSummary, VideoCodec
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api", tags=["datasets"])

Name = Annotated[str, Path(max_length=80)]
Index = Annotated[int, Path(ge=0)]


class DatasetAnswer(Model):
    """One dataset as a list shows it. `problem` says why it cannot be read; null is unknown."""

    name: str
    episodes: int
    frames: int
    duration_s: float
    bytes: int
    fps: int
    cameras: list[str]
    joints: list[str]
    robot_type: str
    codec: str
    simulated: bool | None
    tasks: list[str]
    last_recorded: str | None
    studio_columns: bool
    problem: str


class EpisodeAnswer(Model):
    """One episode. `studio` holds the studio's columns, null where unknown or where the dataset has none."""

    index: int
    uuid: str
    rows: int
    duration_s: float
    task: str
    outcome: str
    operator: str
    kind: str
    driver: str
    input: str
    recorded_at: str
    cameras: list[str]
    studio: dict[str, str | float | int | None]


class EpisodesAnswer(Model):
    total: int
    episodes: list[EpisodeAnswer]


class VideoSpan(Model):
    """Where in its file an episode's pictures lie; `missing` says why there are none to see."""

    url: str
    from_s: float
    to_s: float
    missing: str = ""


class EpisodeDetail(EpisodeAnswer):
    fps: int
    videos: dict[str, VideoSpan]


class NewDataset(Model):
    """A dataset for the attached rig; the format follows from it."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    codec: VideoCodec = VideoCodec.h264


class TakeAnswer(Model):
    """A take that was interrupted, repaired and waiting for a decision."""

    uuid: str
    dataset: str
    task: str
    rows: int
    duration_s: float
    repeated: int
    bytes: int
    repaired: bool
    note: str


@router.get("/datasets")
async def datasets(request: Request) -> list[DatasetAnswer]:
    """Every dataset folder; one that cannot be read is listed with the reason."""
    store = studio_of(request).store
    return await asyncio.to_thread(lambda: [_dataset(store.open, summary) for summary in store.summaries()])


@router.post("/datasets", status_code=201)
async def create(request: Request, new: NewDataset) -> DatasetAnswer:
    """Make an empty dataset in the attached rig's format."""
    from dataclasses import replace

    studio = studio_of(request)
    wanted = replace(studio.dataset_format(), codec=new.codec)
    made = await asyncio.to_thread(studio.store.create, new.name, wanted)
    return await asyncio.to_thread(lambda: _dataset(studio.store.open, made.summary()))


@router.get("/datasets/{name}")
async def dataset(request: Request, name: Name) -> DatasetAnswer:
    store = studio_of(request).store
    return await asyncio.to_thread(lambda: _dataset(store.open, store.summary(name)))


@router.get("/datasets/{name}/episodes")
async def episodes(
    request: Request,
    name: Name,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
) -> EpisodesAnswer:
    """Episodes in the order of their index."""

    def read() -> EpisodesAnswer:
        opened = studio_of(request).store.open(name)
        cameras = _cameras(opened)
        found = [_episode(episode, cameras) for episode in opened.episodes(offset, limit)]
        return EpisodesAnswer(total=opened.total_episodes, episodes=found)

    return await asyncio.to_thread(read)


@router.get("/datasets/{name}/episodes/{index}")
async def episode(request: Request, name: Name, index: Index) -> EpisodeDetail:
    """One episode, with where its pictures lie."""

    store = studio_of(request).store
    return await asyncio.to_thread(lambda: episode_detail(store.open(name), index))


@router.get("/datasets/{name}/episodes/{index}/video/{camera}")
async def video(request: Request, name: Name, index: Index, camera: Name) -> FileResponse:
    """The video file with the episode's pictures; ranges are served."""
    opened = await asyncio.to_thread(studio_of(request).store.open, name)
    if camera not in _cameras(opened):
        raise NotFound(f"Dataset {name} has no camera {camera!r}.", todo=f"It has: {', '.join(_cameras(opened))}.")
    path, _, _ = await asyncio.to_thread(opened.video_file, index, camera)
    if not path.is_file():
        raise NotFound(
            f"The video of camera {camera} of episode {index} is missing on disk.", todo="Verify the dataset."
        )
    return FileResponse(path, media_type="video/mp4", headers={"Cache-Control": "no-cache"})


@router.get("/takes")
async def takes(request: Request) -> list[TakeAnswer]:
    """Takes that were interrupted: keep or discard each; nothing is decided silently."""
    return [_take(take) for take in studio_of(request).unfinished]


@router.post("/takes/{uuid}/keep", status_code=201)
async def keep(request: Request, uuid: Name) -> dict[str, str | int]:
    """Save an interrupted take as an episode of the dataset it was recorded for."""
    studio = studio_of(request)
    take = _unfinished(studio, uuid)
    receipt = await studio.recorder.keep(take)
    studio.forget_unfinished(uuid)
    return {"dataset": receipt.dataset, "episode_index": receipt.episode_index, "rows": receipt.rows}


@router.post("/takes/{uuid}/discard")
async def discard(request: Request, uuid: Name) -> dict[str, str]:
    """Move an interrupted take to the trash of takes."""
    studio = studio_of(request)
    take = _unfinished(studio, uuid)
    await studio.recorder.drop(take)
    studio.forget_unfinished(uuid)
    return {"discarded": uuid}


def episode_detail(opened: Dataset, index: int) -> EpisodeDetail:
    """Raises EpisodeNotFound."""
    base = _episode(opened.episode(index), _cameras(opened))
    spans = {camera: _span(opened, index, camera) for camera in base.cameras}
    return EpisodeDetail(**base.model_dump(), fps=opened.head.fps, videos=spans)


def _span(opened: Dataset, index: int, camera: str) -> VideoSpan:
    url = f"/api/datasets/{opened.name}/episodes/{index}/video/{camera}"
    try:
        path, from_s, to_s = opened.video_file(index, camera)
    except NotFound as error:
        return VideoSpan(url=url, from_s=0, to_s=0, missing=error.message)
    missing = "" if path.is_file() else f"The file {path.relative_to(opened.folder)} is missing."
    return VideoSpan(url=url, from_s=from_s, to_s=to_s, missing=missing)


def _unfinished(studio: Studio, uuid: str) -> TakeSummary:
    for take in studio.unfinished:
        if take.uuid == uuid:
            return take
    raise NotFound(f"There is no unfinished take {uuid[:80]!r}.", todo="Reload the list of takes.")


def _cameras(opened: Dataset) -> list[str]:
    return [camera.name for camera in opened.head.cameras]


def _dataset(open_, summary: DatasetSummary) -> DatasetAnswer:
    last = None
    if summary.episodes and not summary.problem:
        last = open_(summary.name).episode(summary.episodes - 1)
    return DatasetAnswer(
        name=summary.name,
        episodes=summary.episodes,
        frames=summary.frames,
        duration_s=summary.duration_s,
        bytes=summary.bytes,
        fps=summary.fps,
        cameras=[camera.name for camera in summary.cameras],
        joints=list(summary.joints),
        robot_type=summary.robot_type,
        codec=summary.codec,
        simulated=last.facts.rig == "simulator" if last and last.facts.rig else None,
        tasks=list(last.tasks) if last else [],
        last_recorded=summary.last_recorded or None,
        studio_columns=summary.studio_columns,
        problem=summary.problem,
    )


def _episode(episode: Episode, cameras: list[str]) -> EpisodeAnswer:
    facts = episode.facts
    columns = {key: None if isinstance(v, float) and math.isnan(v) else v for key, v in asdict(facts).items()}
    return EpisodeAnswer(
        index=episode.index,
        uuid=facts.uuid,
        rows=episode.length,
        duration_s=episode.duration_s,
        task=", ".join(episode.tasks),
        outcome=facts.outcome,
        operator=facts.operator,
        kind=facts.kind if episode.has_facts else "",
        driver=facts.driver,
        input=facts.input,
        recorded_at=facts.recorded_at,
        cameras=cameras,
        studio=columns if episode.has_facts else {},
    )


def _take(take: TakeSummary) -> TakeAnswer:
    return TakeAnswer(
        uuid=take.uuid,
        dataset=take.dataset,
        task=take.task,
        rows=take.rows,
        duration_s=take.duration_s,
        repeated=max(take.repeated.values(), default=0),
        bytes=take.bytes,
        repaired=take.repaired,
        note=take.note,
    )
