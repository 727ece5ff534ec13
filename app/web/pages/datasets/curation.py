"""HTTP for what is done to whole datasets besides jobs: versions, the trash, the archive, and looks before an edit."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from app import datasets
from app.core.errors import Conflict
from app.curation import SplitBy, TarStream, bundle, differences, split_parts
from app.datasets import require_name
from app.web.access.identity import identity_of
from app.web.protocol import Model
from app.web.studio import Studio, studio_of
from app.web.studio.edits import refuse_recorded

router = APIRouter(prefix="/api", tags=["curation"])

Name = Annotated[str, Path(max_length=80)]
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class DatasetInUse(Conflict):
    """It is the dataset of the recorder, or of a job."""

    code = "dataset_in_use"


class VersionAnswer(Model):
    dataset: str
    name: str
    note: str
    by: str
    at: str
    episodes: int
    frames: int


class NewVersion(Model):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    note: Annotated[str, Field(max_length=400)] = ""


class TrashAnswer(Model):
    """`bytes` are those that purging would free."""

    id: str
    name: str
    what: str
    by: str
    at: str
    episodes: int
    frames: int
    bytes: int


class Restore(Model):
    name: Annotated[str, Field(min_length=1, max_length=80)]


class Purge(Model):
    """The dataset's name, typed by the person."""

    typed: Annotated[str, Field(max_length=80)]


class PartAnswer(Model):
    """`part` is the group's own name, `name` that of the dataset it would become."""

    part: str
    name: str
    episodes: int


class DifferenceAnswer(Model):
    """`mendable` by having the videos encoded again."""

    words: str
    mendable: bool


class MergeAnswer(Model):
    episodes: int
    frames: int
    differences: list[DifferenceAnswer]


@router.get("/datasets/{name}/versions")
async def versions(request: Request, name: Name) -> list[VersionAnswer]:
    """Frozen versions, the newest first."""
    folder = studio_of(request).folder.datasets
    found = await asyncio.to_thread(datasets.versions, folder, name)
    return [VersionAnswer(**asdict(one)) for one in found]


@router.post("/datasets/{name}/versions", status_code=201)
async def freeze(request: Request, name: Name, new: NewVersion) -> VersionAnswer:
    """Freeze the dataset as it is now; recording goes on."""
    studio, who = studio_of(request), identity_of(request)
    folder = studio.folder.datasets / require_name(name)
    made = await asyncio.to_thread(datasets.freeze_version, folder, new.name, new.note, who.user)
    return VersionAnswer(**asdict(made))


@router.delete("/datasets/{name}/versions/{version}")
async def give_up(request: Request, name: Name, version: Name) -> dict[str, str]:
    await asyncio.to_thread(datasets.remove_version, studio_of(request).folder.datasets, name, version)
    return {"removed": version}


@router.post("/datasets/{name}/trash")
async def throw_away(request: Request, name: Name) -> dict[str, str]:
    """Move the whole dataset to the trash."""
    studio, who = studio_of(request), identity_of(request)
    _refuse_in_use(studio, name)
    entry = await asyncio.to_thread(datasets.throw_away, studio.folder.datasets / require_name(name), who.user)
    return {"trash": entry}


@router.get("/trash")
async def trash(request: Request) -> list[TrashAnswer]:
    """What was deleted, and what stood there before each edit."""
    found = await asyncio.to_thread(datasets.entries, studio_of(request).folder.datasets)
    return [TrashAnswer(**asdict(entry)) for entry in found]


@router.post("/trash/{id}/restore", status_code=201)
async def restore(request: Request, id: Annotated[str, Path(max_length=120)], as_: Restore) -> dict[str, str]:
    """Bring it back under a name that is free."""
    folder = studio_of(request).folder.datasets
    back = await asyncio.to_thread(datasets.restore, folder, id, as_.name)
    return {"dataset": back.name}


@router.post("/trash/{id}/purge")
async def purge(request: Request, id: Annotated[str, Path(max_length=120)], sure: Purge) -> dict[str, str]:
    """Remove it for ever; asks for the dataset's name."""
    await asyncio.to_thread(datasets.purge, studio_of(request).folder.datasets, id, sure.typed)
    return {"purged": id}


@router.get("/datasets/{name}/parts")
async def parts(
    request: Request, name: Name, by: SplitBy, without_rejected: Annotated[bool, Query()] = False
) -> list[PartAnswer]:
    """What a split would make."""

    def look() -> list[PartAnswer]:
        opened = studio_of(request).store.open(name)
        found = split_parts(opened, by, without_rejected=without_rejected)
        return [PartAnswer(part=group.name, name=new, episodes=len(group.episodes)) for new, group in found.items()]

    return await asyncio.to_thread(look)


@router.get("/datasets/{name}/merge")
async def merge(request: Request, name: Name, other: Annotated[list[str], Query(max_length=50)]) -> MergeAnswer:
    """What stands between this dataset and others before they are merged."""

    def look() -> MergeAnswer:
        opened = [studio_of(request).store.open(one) for one in dict.fromkeys([name, *other])]
        found = differences({one.name: one.head for one in opened})
        return MergeAnswer(
            episodes=sum(one.total_episodes for one in opened),
            frames=sum(one.total_frames for one in opened),
            differences=[DifferenceAnswer(words=one.words, mendable=one.mendable) for one in found],
        )

    return await asyncio.to_thread(look)


@router.get("/datasets/{name}/archive")
async def archive(
    request: Request,
    name: Name,
    version: Annotated[str, Query(max_length=80)] = "",
    licence: Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}$")] = "apache-2.0",
    with_reviews: Annotated[bool, Query()] = False,
) -> Response:
    """One tar with the dataset and its card; ranges are served, so a download that broke off goes on."""
    stream = await asyncio.to_thread(_tar, studio_of(request), name, version, licence, with_reviews)
    tag = f'"{await asyncio.to_thread(lambda: stream.tag)}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Content-Disposition": f'attachment; filename="{name}{f"-{version}" if version else ""}.tar"',
    }
    start, stop, partial = 0, stream.size, False
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if wanted and request.headers.get("if-range", tag) == tag:
        start = int(wanted[1])
        stop = min(stream.size, int(wanted[2]) + 1) if wanted[2] else stream.size
        if start >= stop:
            return Response(status_code=416, headers={"Content-Range": f"bytes */{stream.size}"})
        partial = True
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{stream.size}"
    headers["Content-Length"] = str(stop - start)
    body: Iterator[bytes] = stream.read(start, stop)
    return StreamingResponse(body, 206 if partial else 200, headers, media_type="application/x-tar")


def _tar(studio: Studio, name: str, version: str, licence: str, with_reviews: bool) -> TarStream:
    folder = studio.store.open(name).folder
    if version:
        folder = datasets.version_folder(studio.folder.datasets, name, version)
    return TarStream(name, bundle(folder, licence, with_reviews=with_reviews))


def _refuse_in_use(studio: Studio, name: str) -> None:
    refuse_recorded(studio, (name,))
    if studio.recorder.setup.dataset == name and not studio.recorder.setup.practice:
        raise DatasetInUse(
            f"{name} is the dataset that takes are recorded into.", todo="Choose another one on the Record page first."
        )
    for view in studio.jobs.views():
        if not view.state.ended and name in (*view.file.about, *view.file.rewrites):
            raise DatasetInUse(f"“{view.file.title}” works on {name}.", todo="Wait until it is done, or cancel it.")
