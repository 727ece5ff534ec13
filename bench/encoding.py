"""The load that recording puts on a machine: three cameras' pictures through x264, at 30 a second each."""

from __future__ import annotations

import fractions
import io
import sys
import threading
import time

import av
import numpy as np

CAMERAS = 3
FPS = 30
WIDTH, HEIGHT = 640, 480
_PICTURES = 30


def encode(stop: threading.Event, seed: int) -> None:
    """Encode drifting noise until told to stop; pictures that come due while one is encoded are skipped."""
    pictures = _pictures(seed)
    with av.open(io.BytesIO(), "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "23", "g": "2", "threads": "1"}
        begin = time.monotonic()
        index = 0
        while not stop.is_set():
            frame = av.VideoFrame.from_ndarray(pictures[index % _PICTURES], format="yuv420p")
            frame.pts, frame.time_base = index, fractions.Fraction(1, FPS)
            for packet in stream.encode(frame):
                container.mux(packet)
            index = max(index + 1, int((time.monotonic() - begin) * FPS))
            stop.wait(max(0.0, begin + index / FPS - time.monotonic()))


def start(stop: threading.Event) -> list[threading.Thread]:
    """One thread a camera, in this process."""
    threads = [threading.Thread(target=encode, args=(stop, seed), name=f"encode-{seed}") for seed in range(CAMERAS)]
    for thread in threads:
        thread.start()
    return threads


def _pictures(seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    texture = random.integers(16, 235, (HEIGHT * 3 // 2 // 8, WIDTH // 8), dtype=np.uint8)
    scene = np.kron(texture, np.ones((8, 8), dtype=np.uint8))
    return [np.ascontiguousarray(np.roll(scene, 2 * shift, axis=1)) for shift in range(_PICTURES)]


def main(seconds: float) -> None:
    stop = threading.Event()
    threads = start(stop)
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(float(sys.argv[1]))
