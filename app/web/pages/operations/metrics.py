"""`/metrics` for Prometheus: the studio's own figures, read when they are asked for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import __version__
from app.control.models import ControlPhase
from app.recording import Phase
from app.web.serving.traffic import Traffic
from app.web.studio import Studio, studio_of

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

router = APIRouter()


class StudioFigures:
    """A Prometheus collector of one studio. What is unknown is left out, never a made-up zero."""

    def __init__(self, studio: Studio, traffic: Traffic) -> None:
        self._studio = studio
        self._traffic = traffic

    def collect(self) -> Iterator[Metric]:
        yield from self._rig()
        yield from self._cameras()
        yield from self._recorder()
        yield from self._rest()

    def _rig(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        status = self._studio.status
        yield GaugeMetricFamily("understudy_rig_connected", "1 while the rig process is attached.", status is not None)
        if status is None:
            return
        yield _one_of("understudy_rig_phase", "What the arm does.", ControlPhase, status.phase)
        late = GaugeMetricFamily(
            "understudy_control_lateness_seconds", "How late control ticks began.", labels=["quantile"]
        )
        late.add_metric(["0.5"], status.lateness_p50_ms / 1000)
        late.add_metric(["0.99"], status.lateness_p99_ms / 1000)
        yield late
        yield CounterMetricFamily("understudy_control_ticks", "Ticks of the control loop.", status.ticks)
        yield CounterMetricFamily("understudy_control_ticks_missed", "Ticks that were left out.", status.missed)

    def _cameras(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        rate = GaugeMetricFamily("understudy_camera_fps", "Pictures a second, over the last second.", labels=["camera"])
        lost = GaugeMetricFamily("understudy_camera_lost", "1 while the camera gives no pictures.", labels=["camera"])
        for camera in self._studio.pages.cameras():
            if camera.measured_fps is not None:
                rate.add_metric([camera.name], camera.measured_fps)
            lost.add_metric([camera.name], camera.lost)
        yield from (rate, lost)

    def _recorder(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily

        recorder = self._studio.recorder
        yield _one_of("understudy_recorder_phase", "What the recorder does.", Phase, recorder.phase)
        saved = GaugeMetricFamily("understudy_episodes", "Episodes in the dataset recorded into.", labels=["dataset"])
        saved.add_metric([recorder.setup.dataset], recorder.saved_episodes)
        yield saved
        if recorder.take is not None:
            yield GaugeMetricFamily("understudy_take_rows", "Rows of the running take.", recorder.take.ticks)
            yield GaugeMetricFamily("understudy_take_rows_missed", "Rows it lacks.", recorder.take.missed)
        if self._studio.disk_minutes is not None:
            yield GaugeMetricFamily(
                "understudy_disk_recording_seconds",
                "Seconds of recording the disk has room for.",
                self._studio.disk_minutes * 60.0,
            )

    def _rest(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        jobs = GaugeMetricFamily("understudy_jobs", "Jobs, by their state.", labels=["state"])
        for state, count in Counter(job.state.value for job in self._studio.pages.jobs()).items():
            jobs.add_metric([state], count)
        answers = CounterMetricFamily("understudy_http_answers", "Answers.", labels=["line", "status"])
        for (line, status), count in self._traffic.answers.items():
            answers.add_metric([line, status], count)
        seconds = CounterMetricFamily("understudy_http_seconds", "Time spent on them.", labels=["line"])
        for line, spent in self._traffic.seconds.items():
            seconds.add_metric([line], spent)
        sockets = GaugeMetricFamily("understudy_sockets", "Open sockets.", labels=["path"])
        for path, count in self._traffic.sockets.items():
            sockets.add_metric([path], count)
        version = GaugeMetricFamily("understudy_info", "Always 1.", labels=["version", "rig"])
        version.add_metric([__version__, self._studio.rig_name], 1)
        yield from (jobs, answers, seconds, sockets, version)


def _one_of(name: str, words: str, kinds: type[ControlPhase] | type[Phase], now: ControlPhase | Phase) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    found = GaugeMetricFamily(name, words, labels=["phase"])
    for kind in kinds:
        found.add_metric([kind.value], kind is now)
    return found


@router.get("/metrics", tags=["health"], response_class=Response)
async def metrics(request: Request) -> Response:
    """Text for Prometheus. Where people sign in its scraper sends a token: ./understudy user token NAME."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(StudioFigures(studio_of(request), request.app.state.traffic))  # type: ignore[arg-type]
    ProcessCollector(namespace="understudy_web", registry=registry)
    text = await asyncio.to_thread(generate_latest, registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
