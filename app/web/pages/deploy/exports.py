"""HTTP for exports that were made: list, one with its report, delete. Only files are read here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse

from app.core.errors import Conflict
from app.export.devices import HERE, PROFILES, DeviceProfile
from app.export.kinds import EXPORT
from app.export.runner.artifact import ArtifactRefused
from app.export.runner.models import StageFile
from app.export.store import ExportFolder, ExportStore
from app.web.protocol import Model
from app.web.studio import Studio, studio_of

router = APIRouter(prefix="/api/exports", tags=["exports"])

Name = Annotated[str, Path(max_length=80)]


class ExportBusy(Conflict):
    code = "export_busy"


class RuntimeAnswer(Model):
    lane: str
    words: str


class DeviceAnswer(Model):
    """A device as its maker states it. `fp32_times`: how many times longer float32 takes, by family; empty: unknown."""

    name: str
    title: str
    words: str
    processor: str
    cores: int
    memory_gb: float
    accelerator: str
    runtimes: list[RuntimeAnswer]
    source: str
    fp32_times: dict[str, float]
    guide_s: dict[str, float]


class ExportSummary(Model):
    """One artifact as a list shows it; null is unknown. `latency_ms` is p50, p95, p99 of a chunk on `machine`."""

    name: str
    problem: str = ""
    family: str = ""
    run: str = ""
    step: int | None = None
    dataset: str = ""
    device: str = HERE
    exported_at: str = ""
    within: float | None = None
    goal: str = ""
    mix: str = ""
    fps: float | None = None
    chunk: int | None = None
    latency_ms: list[float] = []
    speedup: float | None = None
    size: int | None = None
    size_share: float | None = None
    worst_p95: float | None = None
    worst_joint: str = ""
    unit: str = ""
    machine: str = ""
    job: str = ""


class ExportDetail(Model):
    """`report` is report.json as the export wrote it; `folder` is what goes to the device."""

    summary: ExportSummary
    folder: str
    bytes: int
    device: DeviceAnswer
    stages: list[dict[str, Any]]
    report: dict[str, Any]


@router.get("")
async def exports(request: Request, run: Annotated[str, Query(max_length=80)] = "") -> list[ExportSummary]:
    """Every artifact, the newest first; `run` keeps those of one run."""
    studio = studio_of(request)
    store = ExportStore(studio.folder.models)
    found = await asyncio.to_thread(lambda: [_summary(studio, store.open(name)) for name in store.names()])
    return [one for one in found if not run or one.run == run]


@router.get("/{name}")
async def export(request: Request, name: Name) -> ExportDetail:
    studio = studio_of(request)
    return await asyncio.to_thread(lambda: _detail(studio, ExportStore(studio.folder.models).open(name)))


@router.get("/{name}/report.html")
async def report_page(request: Request, name: Name) -> FileResponse:
    """The report as one file that opens anywhere."""
    page = await asyncio.to_thread(lambda: ExportStore(studio_of(request).folder.models).open(name).page)
    return FileResponse(
        page,
        media_type="text/html",
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


@router.delete("/{name}", status_code=204)
async def delete(request: Request, name: Name) -> None:
    """Delete an artifact with its report."""
    studio = studio_of(request)

    def remove() -> None:
        for view in studio.jobs.views():
            if name in view.file.about and not view.state.ended:
                raise ExportBusy(f"“{view.file.title}” is not over.", todo="Cancel it, or wait for its end.")
        ExportStore(studio.folder.models).delete(name)

    await asyncio.to_thread(remove)


def device_answer(one: DeviceProfile) -> DeviceAnswer:
    return DeviceAnswer(
        name=one.name,
        title=one.title,
        words=one.words,
        processor=one.processor,
        cores=one.cores,
        memory_gb=one.memory_gb,
        accelerator=one.accelerator,
        runtimes=[RuntimeAnswer(lane=runtime.lane, words=runtime.words) for runtime in one.runtimes],
        source=one.source,
        fp32_times=dict(one.fp32_times),
        guide_s=dict(one.guide_s),
    )


def _summary(studio: Studio, folder: ExportFolder) -> ExportSummary:
    job = next((v for v in studio.jobs.views() if v.file.kind == EXPORT.name and folder.name in v.file.about), None)
    try:
        card = folder.card()
    except ArtifactRefused as error:
        return ExportSummary(name=folder.name, problem=f"{error}.", job=job.file.id if job else "")
    report, origin = folder.report(), card.origin
    chosen, machine = report.get("chosen") or {}, report.get("machine") or {}
    joint = str(chosen.get("worst_joint", ""))
    return ExportSummary(
        name=folder.name,
        family=card.family,
        run=str(origin.get("run") or ""),
        step=origin.get("step"),
        dataset=str(origin.get("dataset_name") or FilePath(str(origin.get("dataset") or "")).name),
        device=_known_device(origin).name,
        exported_at=str(origin.get("exported_at") or ""),
        within=report.get("within"),
        goal=str(report.get("goal", "")),
        mix=str(chosen.get("name") or "; ".join(map(_stage_words, card.stages))),
        fps=card.fps,
        chunk=card.chunk,
        latency_ms=list((chosen.get("latency_ms") or {}).get("chunk") or []),
        speedup=chosen.get("speedup"),
        size=chosen.get("size") or sum(map(_stage_bytes, card.stages)),
        size_share=chosen.get("size_share"),
        worst_p95=chosen.get("worst_p95"),
        worst_joint=joint,
        unit=str((report.get("units") or {}).get(joint, "")),
        machine=_machine(machine),
        job=job.file.id if job else "",
    )


def _machine(said: Mapping[str, Any]) -> str:
    return (
        ", ".join(
            str(part) for part in (said.get("processor") or said.get("machine"), f"{said.get('cores')} cores") if part
        )
        if said
        else ""
    )


def _stage_words(stage: StageFile) -> str:
    """A stage as its card says it, for an artifact without a report: "decoder products int8_dynamic"."""
    precisions = [word if group == "stage" else f"{group} {word}" for group, word in stage.precision.items()]
    return f"{stage.name} {', '.join(precisions)}"


def _stage_bytes(stage: StageFile) -> int:
    return stage.size + (stage.beside[1] if stage.beside else 0)


def _known_device(origin: Mapping[str, Any]) -> DeviceProfile:
    return next((one for one in PROFILES if one.name == origin.get("device")), PROFILES[0])


def _detail(studio: Studio, folder: ExportFolder) -> ExportDetail:
    told = _summary(studio, folder)
    stages: list[dict[str, Any]] = []
    device = PROFILES[0]
    if not told.problem:
        card = folder.card()
        device = _known_device(card.origin)
        stages = [
            {
                "name": stage.name,
                "lane": stage.lane,
                "runs": stage.runs,
                "layout": stage.layout,
                "precision": dict(stage.precision),
                "operators": dict(stage.operators),
                "threads": stage.threads,
                "every": stage.every,
                "size": stage.size + (stage.beside[1] if stage.beside else 0),
                "inputs": [
                    {"name": port.name, "dtype": port.dtype, "shape": list(port.shape)} for port in stage.inputs
                ],
            }
            for stage in card.stages
        ]
    return ExportDetail(
        summary=told,
        folder=str(folder.path),
        bytes=folder.size,
        device=device_answer(device),
        stages=stages,
        report=dict(folder.report()),
    )
