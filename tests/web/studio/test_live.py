"""The flow of pictures to one viewer: one under way a camera, latest wins, smaller when slow."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace

from app.core.clock import ManualClock
from app.web.protocol import LIVE_HEADER
from app.web.studio.live import LiveView

MS = 1_000_000


class Ring:
    """Answers with a JPEG that names its index and tier."""

    def jpeg(self, index: int, tier: int = 0) -> bytes:
        return f"{index}/{tier}".encode()


class Cameras:
    """What the live view asks of the cameras client."""

    def __init__(self, *names: str) -> None:
        self.feeds = {name: SimpleNamespace(ring=Ring(), latest=None, exposures_ns=deque()) for name in names}
        self.wanted: dict[str, int] = {}

    def expose(self, name: str, index: int, moment_ns: int = 0) -> None:
        self.feeds[name].latest = SimpleNamespace(index=index, exposure_ns=moment_ns)

    def want_tiers(self, camera: str, mask: int) -> None:
        self.wanted[camera] = mask


def view(*names: str):
    clock, cameras = ManualClock(), Cameras(*names)
    live = LiveView(clock, lambda: cameras)  # type: ignore[arg-type, return-value]
    viewer = live.add()
    viewer.watch(names)
    live.update_tiers()
    return clock, cameras, live, viewer


def read(data: bytes | None) -> tuple[int, int, str] | None:
    if data is None:
        return None
    _, camera, tier, _, index, _, _ = LIVE_HEADER.unpack_from(data)
    assert data[LIVE_HEADER.size :].decode() == f"{index}/{tier}"
    return camera, index, data[LIVE_HEADER.size :].decode()


def test_nothing_more_is_sent_before_the_picture_is_acknowledged_and_then_the_latest() -> None:
    _, cameras, live, viewer = view("top")
    cameras.expose("top", 1)
    assert read(live.next_frame(viewer)) == (0, 1, "1/0")
    for index in (2, 3, 4):
        cameras.expose("top", index)
        assert live.next_frame(viewer) is None
    viewer.acknowledge("top", 1, 3.0)
    assert read(live.next_frame(viewer)) == (0, 4, "4/0")


def test_cameras_flow_independently() -> None:
    _, cameras, live, viewer = view("top", "left")
    cameras.expose("top", 1)
    cameras.expose("left", 1)
    assert {read(live.next_frame(viewer))[0], read(live.next_frame(viewer))[0]} == {0, 1}
    cameras.expose("left", 2)
    viewer.acknowledge("left", 1, None)
    assert read(live.next_frame(viewer)) == (1, 2, "2/0")
    assert live.next_frame(viewer) is None


def test_slow_acknowledgements_lower_the_tier_and_quick_ones_raise_it_again() -> None:
    clock, cameras, live, viewer = view("top")
    for index in range(1, 20):
        cameras.expose("top", index)
        assert live.next_frame(viewer) is not None
        clock.advance_ns(100 * MS)
        viewer.acknowledge("top", index, 100.0)
        live.update_tiers()
    assert viewer.tier == 2
    assert cameras.wanted["top"] == 1 << 2
    for index in range(20, 20 + 500):
        cameras.expose("top", index)
        assert live.next_frame(viewer) is not None
        clock.advance_ns(20 * MS)
        viewer.acknowledge("top", index, 5.0)
    assert viewer.tier == 0


def test_a_lost_acknowledgement_does_not_stop_the_picture_for_ever() -> None:
    clock, cameras, live, viewer = view("top")
    cameras.expose("top", 1)
    assert live.next_frame(viewer) is not None
    cameras.expose("top", 2)
    assert live.next_frame(viewer) is None
    clock.advance_ns(4000 * MS)
    assert read(live.next_frame(viewer)) == (0, 2, "2/0")


def test_a_hidden_page_watches_nothing_and_nobody_is_asked_to_encode() -> None:
    _, cameras, live, viewer = view("top")
    viewer.watch(())
    live.update_tiers()
    cameras.expose("top", 1)
    assert live.next_frame(viewer) is None
    assert cameras.wanted["top"] == 0


def test_a_restarted_cameras_process_counts_from_one_again() -> None:
    _, cameras, live, viewer = view("top")
    cameras.expose("top", 900)
    assert live.next_frame(viewer) is not None
    live.on_attached()
    cameras.expose("top", 1)
    assert read(live.next_frame(viewer)) == (0, 1, "1/0")


def test_a_picture_that_is_not_encoded_yet_is_no_picture_under_way() -> None:
    _, cameras, live, viewer = view("top")
    cameras.feeds["top"].ring.jpeg = lambda index, tier=0: None
    cameras.expose("top", 1)
    assert live.next_frame(viewer) is None
    cameras.feeds["top"].ring.jpeg = Ring().jpeg
    cameras.expose("top", 2)
    assert read(live.next_frame(viewer)) == (0, 2, "2/0")


def test_viewers_of_one_tier_share_the_same_bytes() -> None:
    _, cameras, live, first = view("top")
    second = live.add()
    second.watch(["top"])
    cameras.expose("top", 1)
    assert live.next_frame(first) is live.next_frame(second)
