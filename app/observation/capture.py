"""The cameras process: one thread a frame source, one shared-memory ring a camera."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from app.core.channel import ChannelServer, Codec, Peer
from app.core.clock import NS_PER_S, Clock
from app.devices import CameraSpec, DeviceFault, Frame, FrameSource
from app.observation.frames import FrameRing
from app.observation.messages import (
    Attached,
    CameraBack,
    CameraFacts,
    CameraLost,
    FrameNotice,
    SceneGeometry,
    ScenePoses,
    Shutdown,
    ToCameras,
    WantScene,
    WantTiers,
)
from app.observation.pictures import JpegDecoder, jpeg_tiers

log = logging.getLogger(__name__)

ALONE_S = 30.0
OPEN_S = 3.0
SCENE_HZ = 15.0
NEXT_TIMEOUT_S = 0.25
REOPEN_S = (0.2, 0.5, 1.0, 2.0)


class SceneView(Protocol):
    """What a simulator offers beside its cameras: its parts once, and where the bodies are now."""

    def geometry(self) -> list[dict[str, Any]]: ...
    def poses(self) -> list[dict[str, Any]]: ...


class CamerasProcess:
    """Captures until told to shut down, or until nobody has been attached for `ALONE_S`."""

    def __init__(
        self,
        sources: Sequence[FrameSource],
        run_folder: Path,
        clock: Clock,
        *,
        simulated: bool,
        renderer: Callable[[], str],
        scene: SceneView | None = None,
    ) -> None:
        self._sources = sources
        self._run_folder = run_folder
        self._clock = clock
        self._simulated = simulated
        self._renderer = renderer
        self._scene = scene
        self._scene_wanted = threading.Event()
        self._stop = threading.Event()
        self._opened = threading.Event()
        self._open = 0
        self._wanted: dict[str, int] = {}
        self._lost: dict[str, str] = {}
        self._alone_since_ns = clock.monotonic_ns()
        self._rings: dict[str, FrameRing] = {}
        codec: Codec[ToCameras] = Codec(ToCameras)
        self._server = ChannelServer(
            run_folder / "cameras.sock",
            codec,
            on_message=self._on_message,
            on_attach=self._on_attach,
            on_detach=self._on_detach,
        )

    def run(self) -> None:
        """Serve until shut down; the caller's thread only waits."""
        for source in self._sources:
            for spec in source.cameras:
                self._rings[spec.name] = FrameRing.create(self._ring_path(spec), spec.width, spec.height)
        threads = [threading.Thread(target=self._capture, args=(source,), daemon=True) for source in self._sources]
        if self._scene is not None:
            threads.append(threading.Thread(target=self._show_scene, args=(self._scene,), daemon=True))
        for thread in threads:
            thread.start()
        self._opened.wait(OPEN_S)
        self._server.start()
        while not self._stop.wait(0.5):
            alone_s = (self._clock.monotonic_ns() - self._alone_since_ns) / NS_PER_S
            if self._server.attached == 0 and alone_s > ALONE_S:
                log.warning("Nobody has been attached for %.0f s: the cameras process ends.", alone_s)
                break
        self._stop.set()
        for thread in threads:
            thread.join(2.0)
        self._server.close()
        for ring in self._rings.values():
            ring.unlink()

    def stop(self) -> None:
        self._stop.set()

    # ---- capture threads ----

    def _capture(self, source: FrameSource) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                source.open()
                failures = 0
                self._note_open()
                self._deliver(source)
            except DeviceFault as fault:
                self._report_lost(source.cameras, str(fault))
            finally:
                source.close()
            self._stop.wait(REOPEN_S[min(failures, len(REOPEN_S) - 1)])
            failures += 1

    def _note_open(self) -> None:
        """The door opens once every source has opened (or `OPEN_S` later), so that its facts are known."""
        self._open += 1
        if self._open >= len(self._sources):
            self._opened.set()

    def _deliver(self, source: FrameSource) -> None:
        decoder = JpegDecoder()
        while not self._stop.is_set():
            for frame in source.next(NEXT_TIMEOUT_S):
                self._publish(frame, decoder)

    def _publish(self, frame: Frame, decoder: JpegDecoder) -> None:
        try:
            i420 = frame.i420 if frame.i420 is not None else decoder.decode(frame.jpeg or b"")
        except ValueError:
            return  # the driver's sequence shows the gap
        jpegs = jpeg_tiers(i420, self._wanted.get(frame.camera, 0), frame.jpeg)
        now_ns = self._clock.monotonic_ns()
        stamp = self._rings[frame.camera].publish(frame.sequence, frame.exposure_ns, now_ns, i420, jpegs)
        if reason := self._lost.pop(frame.camera, ""):
            log.info("Camera %s is back (%s)", frame.camera, reason)
            self._server.broadcast(CameraBack(frame.camera))
        self._server.broadcast(
            FrameNotice(frame.camera, stamp.index, stamp.sequence, stamp.exposure_ns, stamp.published_ns)
        )

    def _show_scene(self, scene: SceneView) -> None:
        """The free view's poses, while somebody watches it."""
        while not self._stop.wait(1.0 / SCENE_HZ):
            if self._scene_wanted.is_set():
                self._server.broadcast(ScenePoses(scene.poses()))

    def _report_lost(self, specs: Sequence[CameraSpec], reason: str) -> None:
        for spec in specs:
            if spec.name not in self._lost:
                log.warning("Camera %s is lost: %s", spec.name, reason)
                self._server.broadcast(CameraLost(spec.name, reason))
            self._lost[spec.name] = reason

    # ---- channel threads ----

    def _on_attach(self, peer: Peer) -> None:
        facts = tuple(
            CameraFacts(
                spec.name,
                spec.width,
                spec.height,
                spec.fps,
                str(self._ring_path(spec)),
                spec.mount,
                dict(getattr(source, "locked", {})),
            )
            for source in self._sources
            for spec in source.cameras
        )
        self._server.send(peer, Attached(os.getpid(), facts, self._simulated, self._renderer()))
        if self._scene is not None:
            self._server.send(peer, SceneGeometry(self._scene.geometry()))
        for name, reason in list(self._lost.items()):
            self._server.send(peer, CameraLost(name, reason))

    def _on_detach(self, peer: Peer) -> None:
        self._alone_since_ns = self._clock.monotonic_ns()
        if self._server.attached == 0:
            self._wanted.clear()
            self._scene_wanted.clear()

    def _on_message(self, peer: Peer, message: ToCameras) -> None:
        match message:
            case WantTiers(camera=camera, mask=mask):
                self._wanted[camera] = mask
            case WantScene(wanted=wanted):
                (self._scene_wanted.set if wanted else self._scene_wanted.clear)()
            case Shutdown():
                self._stop.set()

    def _ring_path(self, spec: CameraSpec) -> Path:
        return self._run_folder / f"frames.{spec.name}"
