"""The shared-memory ring: what was published is what is read, and a torn picture is never returned."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.observation import FrameRing

WIDTH, HEIGHT = 64, 48


def picture(value: int) -> np.ndarray:
    return np.full((HEIGHT * 3 // 2, WIDTH), value % 256, np.uint8)


@pytest.fixture
def ring(tmp_path: Path):
    ring = FrameRing.create(tmp_path / "frames.top", WIDTH, HEIGHT, slots=4)
    yield ring
    ring.close()


def publish(ring: FrameRing, count: int, period_ns: int = 100) -> None:
    for number in range(1, count + 1):
        ring.publish(number, number * period_ns, number * period_ns + 7, picture(number), [bytes([number]) * number])


def test_an_empty_ring_has_no_frame(ring: FrameRing) -> None:
    assert ring.latest_index == 0
    assert ring.nearest(5) is None
    assert ring.i420(0) is None


def test_a_reader_in_another_mapping_sees_pictures_stamps_and_jpegs(ring: FrameRing, tmp_path: Path) -> None:
    publish(ring, 3)
    reader = FrameRing.attach(tmp_path / "frames.top")
    stamp = reader.stamp(2)
    assert stamp is not None
    assert (stamp.index, stamp.sequence, stamp.exposure_ns, stamp.published_ns) == (2, 2, 200, 207)
    assert np.array_equal(reader.i420(2), picture(2))
    assert reader.jpeg(3) == b"\x03\x03\x03"
    assert reader.jpeg(3, tier=1) is None
    reader.close()


def test_an_overwritten_frame_is_gone_not_another_picture(ring: FrameRing) -> None:
    publish(ring, 9)
    assert ring.stamp(5) is None
    assert ring.i420(5) is None
    assert ring.jpeg(5) is None
    assert np.array_equal(ring.i420(9), picture(9))


def test_an_oversize_jpeg_is_left_out_rather_than_cut(ring: FrameRing) -> None:
    ring.publish(1, 1, 1, picture(1), [b"x" * (WIDTH * HEIGHT + 1)])
    assert ring.jpeg(1) is None
    assert ring.i420(1) is not None


@settings(max_examples=60, deadline=None)
@given(
    gaps=st.lists(st.integers(1, 50), min_size=1, max_size=12),
    moment=st.integers(0, 700),
)
def test_nearest_is_the_nearest_of_what_is_held(
    tmp_path_factory: pytest.TempPathFactory, gaps: list[int], moment: int
) -> None:
    ring = FrameRing.create(tmp_path_factory.mktemp("ring") / "r", 16, 16, slots=4)
    exposures = []
    for gap in gaps:
        exposures.append((exposures[-1] if exposures else 0) + gap)
        ring.publish(0, exposures[-1], 0, np.zeros((24, 16), np.uint8), [])
    held = exposures[-3:] if len(exposures) > 3 else exposures
    found = ring.nearest(moment)
    assert found is not None
    assert abs(found.exposure_ns - moment) <= min(abs(exposure - moment) for exposure in held)
    ring.close()


WRITER = """
import itertools
import select
import sys
from pathlib import Path
import numpy as np
from app.observation import FrameRing
ring = FrameRing.attach(Path(sys.argv[1]))
for number in itertools.count(1):
    if number % 64 == 0 and select.select([0], [], [], 0)[0]:
        break  # the reader has seen enough
    ring.publish(number, number, number, np.full((72, 64), number % 256, np.uint8), [])
"""


def test_a_reader_racing_the_writer_never_gets_a_torn_picture(tmp_path: Path) -> None:
    path = tmp_path / "frames.race"
    FrameRing.create(path, WIDTH, HEIGHT, slots=4).close()
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE) as writer:
        ring = FrameRing.attach(path)
        read = 0
        while read < 300:
            assert writer.poll() is None, "it writes for as long as is read"
            index = ring.latest_index
            image = ring.i420(index)
            if image is not None:
                assert image.min() == image.max() == index % 256
                read += 1
        ring.close()
        writer.communicate(b"enough")
    assert writer.returncode == 0
