"""The three simulated cameras behind the `FrameSource` protocol, drawn from one thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import numpy as np

from app.core.clock import NS_PER_S, Clock, Pacer
from app.devices.errors import DeviceFault
from app.devices.models import CameraMount, CameraSpec, Frame
from app.simulation.gl import GlRenderer, gl_missing
from app.simulation.painter import Painter
from app.simulation.scene import CAMERAS
from app.simulation.sensor import Sensor
from app.simulation.stage import HEIGHT, WIDTH, Picture, Stage
from app.simulation.world import Snapshot

_STALE_NS = NS_PER_S // 10
_ON_HAND = "gripper"


class Renderer(Protocol):
    """What draws the scene: `gl` or `painter`."""

    name: str

    def show(self, snapshot: Snapshot) -> None: ...
    def draw(self, camera: str) -> Picture: ...
    def close(self) -> None: ...


class Photographer:
    """Draws and exposes all cameras of one snapshot: the same pictures live and in lock-step."""

    def __init__(self, renderer: Renderer, seed: int = 0) -> None:
        self.renderer = renderer
        self._sensor = Sensor(seed)
        self._frozen: dict[str, Picture] = {}

    def pictures(self, snapshot: Snapshot, sequence: int) -> dict[str, Picture]:
        """I420 (H*3/2, W) by camera; an unplugged camera is missing, a frozen one repeats itself."""
        self.renderer.show(snapshot)
        taken: dict[str, Picture] = {}
        for camera in CAMERAS:
            lens = snapshot.appearance.lens(camera)
            if lens.unplugged:
                continue
            if not lens.frozen or camera not in self._frozen:
                rgb = self.renderer.draw(camera)
                self._frozen[camera] = self._sensor.expose(rgb, camera, sequence, snapshot.appearance)
            taken[camera] = self._frozen[camera]
        return taken


def known_mounts() -> dict[str, CameraMount | None]:
    """Where each camera stands by the model; None for the one that rides on the hand."""
    stage = Stage()
    stage.rest()
    mounts: dict[str, CameraMount | None] = {}
    for name in CAMERAS:
        place_m, axes, focal_px = stage.camera_pose(name)
        rotation = np.stack([axes[:, 0], -axes[:, 1], -axes[:, 2]])
        x, y, z = (float(value) for value in -rotation @ (100 * place_m))
        mount = CameraMount(tuple(rotation.ravel().tolist()), (x, y, z), focal_px)
        mounts[name] = None if name == _ON_HAND else mount
    return mounts


class SimulatedCameras:
    """Top, gripper and left at 640x480 and 30 fps, at absolute deadlines.

    `state` gives the newest snapshot, None while there is none: a `BoardWatch`'s
    or a world's `snapshot`. Call `open`, `next` and `close` from one thread. A
    frame's exposure is its state's moment, or now where the state is older than
    0.1 s: then the world stands still, and that is what is seen. An unplugged
    camera delivers nothing; the others go on.
    """

    def __init__(
        self,
        state: Callable[[], Snapshot | None],
        clock: Clock,
        *,
        fps: int = 30,
        seed: int = 0,
        painter: bool = False,
    ) -> None:
        self.cameras = tuple(CameraSpec(name, WIDTH, HEIGHT, fps, mount) for name, mount in known_mounts().items())
        self._state = state
        self._clock = clock
        self._fps = fps
        self._seed = seed
        self._painter = painter
        self._photographer: Photographer | None = None
        self._pacer: Pacer | None = None

    @cached_property
    def renderer_reason(self) -> str:
        """Why OpenGL does not draw here, or ""; asked once, in a child process."""
        return "The painter was asked for." if self._painter else gl_missing()

    @property
    def renderer(self) -> str:
        """`gl`, or `painter` where OpenGL is missing."""
        return Painter.name if self.renderer_reason else GlRenderer.name

    def open(self) -> None:
        """Make the renderer in this thread."""
        renderer = Painter() if self.renderer_reason else GlRenderer()
        self._photographer = Photographer(renderer, self._seed)
        self._pacer = Pacer(self._clock, self._fps)

    def next(self, timeout_s: float) -> list[Frame]:
        """Wait for the next deadline and draw; [] when `timeout_s` is over first or nothing is known yet."""
        if self._photographer is None or self._pacer is None:
            raise DeviceFault("The simulated cameras are closed.", todo="Open them first.")
        due_ns = self._pacer.due_ns(self._pacer.index + 1)
        limit_ns = self._clock.monotonic_ns() + round(timeout_s * NS_PER_S)
        if due_ns > limit_ns:
            self._clock.sleep_until_ns(limit_ns)
            return []
        self._pacer.wait()
        snapshot = self._state()
        if snapshot is None:
            return []
        now_ns = self._clock.monotonic_ns()
        exposure_ns = snapshot.monotonic_ns if now_ns - snapshot.monotonic_ns < _STALE_NS else now_ns
        sequence = self._pacer.index
        pictures = self._photographer.pictures(snapshot, sequence)
        return [Frame(camera, sequence, exposure_ns, i420) for camera, i420 in pictures.items()]

    def close(self) -> None:
        if self._photographer is not None:
            self._photographer.renderer.close()
            self._photographer = None
