"""The live view: JPEG encoded once for all viewers, latest wins, one unacknowledged frame a camera.

A viewer is never sent a second picture of a camera before the first is on its
canvas (two where the round trip is long), so a slow link delays nothing but
itself; when acknowledgements slow down it is moved to a smaller tier.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.core.clock import NS_PER_S, Clock
from app.observation import TIERS, CamerasClient, FrameNotice
from app.web.protocol import LIVE_HEADER, LIVE_VERSION

LONG_TRIP_S = 0.025
SLOW_ACK_S = 0.060
QUICK_ACK_S = 0.025
STEP_UP_AFTER_S = 4.0
STEP_DOWN_AFTER = 4
LOST_ACK_S = 3.0


@dataclass
class CameraFlow:
    """One viewer's flow of one camera."""

    sent_index: int = 0
    in_flight: deque[tuple[int, int]] = field(default_factory=deque)
    trip_s: float = 0.0
    age_ms: float | None = None


class Viewer:
    """One `/ws/live` connection: what it watches, what is under way to it, which tier it can bear."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.wake = asyncio.Event()
        self.watched: tuple[str, ...] = ()
        self.flows: dict[str, CameraFlow] = {}
        self.tier = 0
        self._slow = 0
        self._quick_since_ns = clock.monotonic_ns()

    def watch(self, cameras: Iterable[str]) -> None:
        self.watched = tuple(cameras)
        self.flows = {name: self.flows.get(name, CameraFlow()) for name in self.watched}
        for flow in self.flows.values():
            flow.in_flight.clear()
        self.wake.set()

    def acknowledge(self, camera: str, index: int, age_ms: float | None) -> None:
        """The viewer drew frame `index`; frames before it that it skipped are settled too."""
        flow = self.flows.get(camera)
        if flow is None:
            return
        now_ns = self._clock.monotonic_ns()
        while flow.in_flight and flow.in_flight[0][0] <= index:
            acked, sent_ns = flow.in_flight.popleft()
            if acked == index:
                trip_s = (now_ns - sent_ns) / NS_PER_S
                flow.trip_s = 0.8 * flow.trip_s + 0.2 * trip_s if flow.trip_s else trip_s
                self._choose_tier(trip_s, now_ns)
        flow.age_ms = age_ms
        self.wake.set()

    def ready(self, camera: str) -> bool:
        """Whether another picture of this camera may be sent now."""
        flow = self.flows[camera]
        if flow.in_flight and self._clock.monotonic_ns() - flow.in_flight[0][1] > LOST_ACK_S * NS_PER_S:
            flow.in_flight.clear()
        window = 2 if LONG_TRIP_S < flow.trip_s < SLOW_ACK_S else 1
        return len(flow.in_flight) < window

    def sent(self, camera: str, index: int) -> None:
        flow = self.flows[camera]
        flow.sent_index = index
        flow.in_flight.append((index, self._clock.monotonic_ns()))

    def _choose_tier(self, trip_s: float, now_ns: int) -> None:
        if trip_s > SLOW_ACK_S:
            self._slow += 1
            self._quick_since_ns = now_ns
            if self._slow >= STEP_DOWN_AFTER and self.tier < TIERS - 1:
                self.tier, self._slow = self.tier + 1, 0
            return
        self._slow = 0
        if trip_s > QUICK_ACK_S:
            self._quick_since_ns = now_ns
        elif self.tier > 0 and now_ns - self._quick_since_ns > STEP_UP_AFTER_S * NS_PER_S:
            self.tier, self._quick_since_ns = self.tier - 1, now_ns


class LiveView:
    """All viewers of one studio."""

    def __init__(self, clock: Clock, cameras: Callable[[], CamerasClient | None]) -> None:
        self._clock = clock
        self._cameras = cameras
        self._viewers: set[Viewer] = set()
        self._made: dict[tuple[str, int], tuple[int, bytes]] = {}

    def add(self) -> Viewer:
        viewer = Viewer(self._clock)
        self._viewers.add(viewer)
        return viewer

    def remove(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        self.update_tiers()

    def camera_names(self) -> list[str]:
        client = self._cameras()
        return list(client.feeds) if client else []

    def on_frame(self, camera: str) -> None:
        for viewer in self._viewers:
            if camera in viewer.watched:
                viewer.wake.set()

    def on_attached(self) -> None:
        """A new cameras process counts from one again: forget what was sent of the old one."""
        self._made.clear()
        for viewer in self._viewers:
            viewer.flows = {name: CameraFlow() for name in viewer.watched}
            viewer.wake.set()
        self.update_tiers()

    def update_tiers(self) -> None:
        """Ask the cameras process for exactly the tiers somebody watches."""
        client = self._cameras()
        if client is None:
            return
        for name in client.feeds:
            mask = 0
            for viewer in self._viewers:
                if name in viewer.watched:
                    mask |= 1 << viewer.tier
            client.want_tiers(name, mask)

    def next_frame(self, viewer: Viewer) -> bytes | None:
        """The next message for this viewer, longest-waiting camera first; None when nothing is due."""
        client = self._cameras()
        if client is None:
            return None
        due: tuple[int, str] | None = None
        for name, flow in viewer.flows.items():
            feed = client.feeds.get(name)
            if feed is None or feed.latest is None or feed.latest.index <= flow.sent_index:
                continue
            if viewer.ready(name) and (due is None or flow.sent_index < due[0]):
                due = (flow.sent_index, name)
        if due is None:
            return None
        name = due[1]
        notice = client.feeds[name].latest
        assert notice is not None
        data = self._message(client, name, notice, viewer.tier) or self._message(client, name, notice, 0)
        if data is not None:  # else its tier is not encoded yet: the next picture will have it
            viewer.sent(name, notice.index)
        return data

    def _message(self, client: CamerasClient, name: str, notice: FrameNotice, tier: int) -> bytes | None:
        """The bytes of one picture, made once for all viewers of a tier; None when it is gone or not encoded."""
        made = self._made.get((name, tier))
        if made is not None and made[0] == notice.index:
            return made[1]
        jpeg = client.feeds[name].ring.jpeg(notice.index, tier)
        if jpeg is None:
            return None
        number = list(client.feeds).index(name)
        moment_ns = self._clock.monotonic_ns()
        header = LIVE_HEADER.pack(
            LIVE_VERSION, number, tier, 0, notice.index & 0xFFFFFFFF, notice.exposure_ns, moment_ns
        )
        data = header + jpeg
        self._made[name, tier] = (notice.index, data)
        return data
