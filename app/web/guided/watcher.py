"""The thread that looks at the cameras' pictures for guidance and checks, at the rates of docs/checks.md."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from app.checks.inspection import TOP, Inspection
from app.checks.judge import TakeJudge
from app.checks.models import Finding
from app.checks.view import View
from app.core.clock import NS_PER_S, Clock
from app.guidance.detector import ObjectDetector, Seen, Unseen
from app.observation import FrameRing

log = logging.getLogger(__name__)

ROUND_S = 0.1
_SCENE_EVERY = 5
_LOOK_EVERY = 10
_COST_OVER_S = 10.0


@dataclass(frozen=True)
class Eyes:
    """What is looked with; replaced whole when plan, reference, calibration or cameras change."""

    inspection: Inspection
    detector: ObjectDetector | None = None


@dataclass(frozen=True)
class Sight:
    """What was seen, twice a second, in a top picture of `exposure_ns`."""

    moment_ns: int
    exposure_ns: int
    cameras: tuple[Finding, ...]
    scene: tuple[Finding, ...]
    found: Seen | Unseen | None


class Watcher:
    """Reads rings, never the cameras themselves; `on_sight` is called from this thread.

    `lost` gives drivers' reasons by camera. Set `eyes`, `in_start_pose`, `judge`
    and `told_px` (the object's outline where vision abstains and somebody knows)
    from the event loop at any time; hold `reading` while rings are closed.
    """

    def __init__(
        self,
        clock: Clock,
        rings: Callable[[], Mapping[str, FrameRing]],
        lost: Callable[[], Mapping[str, str]],
        on_sight: Callable[[Sight], None],
    ) -> None:
        self.eyes: Eyes | None = None
        self.in_start_pose = False
        self.judge: TakeJudge | None = None
        self.told_px: np.ndarray | None = None
        self.reading = threading.Lock()
        self._clock = clock
        self._rings = rings
        self._lost = lost
        self._on_sight = on_sight
        self._seen: dict[str, tuple[FrameRing, int]] = {}
        self._stumbled = False
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._spent: deque[tuple[float, float]] = deque()

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends the thread; blocks for at most one round."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def cost_percent(self) -> float | None:
        """This thread's processor time as a part of one core, over the last seconds; None before it is known."""
        spent = list(self._spent)
        if len(spent) < 2 or spent[-1][0] - spent[0][0] < 2.0:
            return None
        return 100 * (spent[-1][1] - spent[0][1]) / (spent[-1][0] - spent[0][0])

    # ---- the thread ----

    def _run(self) -> None:
        number = 0
        while not self._ending.wait(ROUND_S):
            eyes = self.eyes
            if eyes is not None:
                with self.reading:
                    self._guarded(eyes, number)
            self._account()
            number += 1

    def _guarded(self, eyes: Eyes, number: int) -> None:
        """A picture that a check cannot bear must not blind the studio: it is said once, then looked on."""
        try:
            self._round(eyes, number)
        except Exception:
            if not self._stumbled:
                log.exception("A check failed on a picture.")
            self._stumbled = True
        else:
            self._stumbled = False

    def _round(self, eyes: Eyes, number: int) -> None:
        rings = self._rings()
        for place, (camera, ring) in enumerate(rings.items()):
            self._frames(eyes, camera, ring)
            if number % _LOOK_EVERY == 3 * place % _LOOK_EVERY:
                self._look(eyes, camera, ring)
        if number % _SCENE_EVERY == 1:
            self._scene(eyes, rings)

    def _frames(self, eyes: Eyes, camera: str, ring: FrameRing) -> None:
        """Every frame since the last round, as far back as the ring reaches: brightness and print, in place."""
        known = self._seen.get(camera)
        latest = ring.latest_index
        first = known[1] + 1 if known is not None and known[0] is ring else latest
        for index in range(max(first, latest - ring.slots + 2), latest + 1):
            stamp = ring.stamp(index)
            if stamp is not None:
                ring.inspect(index, lambda i420, ns=stamp.exposure_ns: eyes.inspection.frame(camera, View(i420), ns))
        self._seen[camera] = (ring, latest)

    def _look(self, eyes: Eyes, camera: str, ring: FrameRing) -> None:
        view, _ = _newest(ring)
        if view is None:
            return
        eyes.inspection.look(camera, view, in_start_pose=self.in_start_pose)
        judge = self.judge
        if judge is None:
            return
        level = eyes.inspection.light_level(camera)
        if level is not None:
            judge.light(camera, level)
        moved = eyes.inspection.moved_in_take(camera, self._clock.monotonic_ns())
        if moved is not None:
            judge.mount(moved)

    def _scene(self, eyes: Eyes, rings: Mapping[str, FrameRing]) -> None:
        view, exposure_ns = _newest(rings[TOP]) if TOP in rings else (None, 0)
        found: Seen | Unseen | None = None
        scene: list[Finding] = []
        if view is not None:
            found = eyes.detector.find(view) if eyes.detector is not None else None
            outline = found.outline_px if isinstance(found, Seen) else None
            scene = eyes.inspection.scene(
                view, object_px=outline, in_start_pose=self.in_start_pose, told_px=self.told_px
            )
        judge = self.judge
        if judge is not None and found is not None:
            _testify(judge, found)
        now_ns = self._clock.monotonic_ns()
        cameras = eyes.inspection.cameras(now_ns, self._lost())
        self._on_sight(Sight(now_ns, exposure_ns, tuple(cameras), tuple(scene), found))

    def _account(self) -> None:
        now_s = self._clock.monotonic_ns() / NS_PER_S
        self._spent.append((now_s, time.thread_time()))
        while now_s - self._spent[0][0] > _COST_OVER_S:
            self._spent.popleft()


def _testify(judge: TakeJudge, found: Seen | Unseen) -> None:
    if isinstance(found, Seen):
        judge.saw_object(True, (10 * found.placement.x_cm, 10 * found.placement.y_cm))
    else:
        judge.saw_object(not found.missing)


def _newest(ring: FrameRing) -> tuple[View | None, int]:
    """The newest picture and when it was exposed."""
    index = ring.latest_index
    stamp, picture = ring.stamp(index), ring.i420(index)
    return (None, 0) if stamp is None or picture is None else (View(picture), stamp.exposure_ns)
