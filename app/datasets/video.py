"""One camera's pictures as a video file that is readable at any moment and whole when finished.

While recording it is a fragmented MP4, one fragment a frame, so a crash costs
the last frame and what was not synced. Finishing appends one index and turns
the same file into a plain MP4 by rewriting eight bytes: nothing is copied, so
saving costs the same after fifteen seconds as after ten minutes. The index is
synced before the eight bytes are written, so every moment is readable.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from app.datasets.disk import Disk, DiskFile
from app.datasets.layout import GOP
from app.datasets.models import CameraFormat, VideoCodec
from app.datasets.realtime import give_up_real_time
from app.datasets.stats import PictureStats

logger = logging.getLogger(__name__)

_ENCODERS: dict[VideoCodec, tuple[str, dict[str, str]]] = {
    VideoCodec.h264: (
        "libx264",
        {"preset": "ultrafast", "tune": "zerolatency", "crf": "23", "g": str(GOP), "threads": "1"},
    ),
    VideoCodec.av1: (
        "libsvtav1",
        {"preset": "12", "crf": "30", "g": str(GOP), "svtav1-params": "lp=1:pred-struct=1:lookahead=0"},
    ),
}
_FRAGMENTED = {
    "movflags": "frag_every_frame+empty_moov+default_base_moof+hybrid_fragmented",
    "flush_packets": "1",
}


class _MuxerFile:
    """What the muxer writes to: sequential, but for the eight bytes it rewrites at the end."""

    def __init__(self, file: DiskFile, on_write: Callable[[DiskFile, bytes], None]) -> None:
        self._file = file
        self._on_write = on_write
        self._position = 0
        self._end = 0
        self._patches: list[tuple[int, bytes]] = []

    def write(self, data: bytes) -> int:
        body = bytes(data)
        if self._position < self._end:
            self._patches.append((self._position, body))
        else:
            self._on_write(self._file, body)
            self._end += len(body)
        self._position += len(body)
        return len(body)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = {0: 0, 1: self._position, 2: self._end}[whence] + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def abandon(self) -> None:
        self._file.close()

    def finish(self) -> None:
        self._file.sync()
        for offset, body in self._patches:
            self._file.patch(offset, body)
        self._file.sync()
        self._file.close()


class VideoWriter:
    """Encodes I420 pictures into one file. One thread only; see `EncoderThread`."""

    def __init__(
        self,
        file: DiskFile,
        camera: CameraFormat,
        fps: int,
        codec: VideoCodec,
        on_write: Callable[[DiskFile, bytes], None],
    ) -> None:
        self._output = _MuxerFile(file, on_write)
        self._container = av.open(self._output, "w", format="mp4", options=_FRAGMENTED)
        name, options = _ENCODERS[codec]
        self._time_base = Fraction(1, fps)
        self._stream: Any = self._container.add_stream(name, rate=fps, options=options)
        self._stream.width, self._stream.height = camera.width, camera.height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = self._time_base
        self.frames = 0

    def append(self, i420: npt.NDArray[np.uint8]) -> None:
        frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(i420), format="yuv420p")  # no copy
        frame.pts, frame.time_base = self.frames, self._time_base
        self._container.mux(self._stream.encode(frame))
        self.frames += 1

    def finish(self) -> None:
        """Write what the encoder holds back and the index; durable on return."""
        if self.frames:
            self._container.mux(self._stream.encode())
        self._container.close()
        self._output.finish()

    def abandon(self) -> None:
        """Let go of a file that could not be finished; what is in it stays."""
        with contextlib.suppress(Exception):  # it failed before, and said why
            self._container.close()
        self._output.abandon()


class EncoderThread:
    """A camera's encoder behind a bounded queue: a full queue makes `put` wait, nothing is dropped."""

    QUEUE_S = 0.6  # with a flush every 0.1 s, a killed process loses less than a second

    def __init__(
        self,
        path: Path,
        camera: CameraFormat,
        fps: int,
        codec: VideoCodec,
        disk: Disk,
        on_write: Callable[[DiskFile, bytes], None],
    ) -> None:
        self._camera = camera
        self._fps = fps
        self._codec = codec
        self._on_write = on_write
        self._file = disk.create(path)
        self._queue: queue.Queue[npt.NDArray[np.uint8] | None] = queue.Queue(max(4, round(fps * self.QUEUE_S)))
        self._thread = threading.Thread(target=self._run, name=f"encode-{camera.name}", daemon=True)
        self._closing = threading.Lock()
        self._finished = False
        self.stats = PictureStats.for_rate(fps)
        self.frames = 0
        self.failure: Exception | None = None

    def start(self) -> None:
        self._thread.start()

    def put(self, i420: npt.NDArray[np.uint8]) -> None:
        """Hand over one picture, which the caller must not change afterwards; waits while the queue is full."""
        while self.failure is None:
            try:
                self._queue.put(i420, timeout=0.2)
                return
            except queue.Full:
                continue

    def wait_for(self, frames: int) -> None:
        """Wait until `frames` pictures are encoded, or the encoder has failed."""
        while self.frames < frames and self.failure is None and self._thread.is_alive():
            time.sleep(0.002)

    def sync(self) -> None:
        """Make durable what is written; the thread closes its file itself when it ends."""
        with self._closing:
            if not self._finished:
                self._file.sync()

    def finish(self) -> None:
        """Encode what is queued, write the index, end the thread."""
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=0.2)
                break
            except queue.Full:
                continue
        self._thread.join()

    def _run(self) -> None:
        writer: VideoWriter | None = None
        try:
            if self._codec is VideoCodec.av1:
                give_up_real_time()
            writer = VideoWriter(self._file, self._camera, self._fps, self._codec, self._on_write)
            while (picture := self._queue.get()) is not None:
                writer.append(picture)
                self.stats.add(picture)
                self.frames = writer.frames
            with self._closing:
                self._finished = True
                writer.finish()
        except Exception as error:  # the thread's boundary: append() raises it in the recorder's thread
            logger.exception("The encoder of camera %s failed.", self._camera.name)
            self.failure = error
            with self._closing:
                self._finished = True
                if writer is not None:
                    writer.abandon()


def count_frames(path: Path) -> int:
    """Frames of a finished video, from its index; 0 for a fragmented, damaged or missing one."""
    frames = 0
    try:
        with av.open(str(path)) as container:
            frames += container.streams.video[0].frames
    except (av.error.FFmpegError, IndexError):
        return 0
    return frames


def count_packets(path: Path) -> int:
    """Frames that can be read from a video, finished or not."""
    return sum(1 for _ in packets(path))


def packets(path: Path) -> Iterator[av.Packet]:
    """The readable packets of a video, in order; ends at the first damage instead of raising."""
    try:
        with av.open(str(path)) as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.pts is None or packet.is_corrupt:
                    return
                yield packet
    except (av.error.FFmpegError, IndexError, OSError) as error:
        logger.info("Reading %s ended early: %s", path.name, error)


def copy_frames(sources: list[tuple[Path, int, int]], target: Path, fps: int) -> int:
    """Stream-copy frames `from..to` of each source, in order, into one plain MP4; return their number.

    Every range must begin at a keyframe; no frame is reordered in our videos.
    The file is not synced.
    """
    written = 0
    with av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as output:
        stream: Any = None
        for path, start, stop in sources:
            with av.open(str(path)) as source:
                template = source.streams.video[0]
                if stream is None:
                    stream = output.add_stream_from_template(template, opaque=True)
                    stream.time_base = template.time_base
                written += _copy_range(source, template, output, stream, start, stop, written, fps)
    return written


def _copy_range(
    source: Any, template: Any, output: Any, stream: Any, start: int, stop: int, written: int, fps: int
) -> int:
    ticks = Fraction(1, fps) / template.time_base
    if start:
        source.seek(round(start * ticks), stream=template, backward=True, any_frame=False)
    copied = 0
    for packet in source.demux(template):
        if packet.pts is None or packet.is_corrupt:
            break
        index = round(packet.pts / ticks)
        if index < start:
            continue
        if index >= stop:
            break
        packet.stream = stream
        packet.pts = packet.dts = round((written + index - start) * ticks)
        packet.duration = round(ticks)
        output.mux(packet)
        copied += 1
    return copied


def decode(path: Path, start: int = 0, stop: int | None = None) -> Iterator[npt.NDArray[np.uint8]]:
    """Pictures `start..stop` as I420, (H*3/2, W) uint8; ends early where the file is damaged."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            if start and stream.average_rate and stream.time_base:
                ticks = 1 / stream.average_rate / stream.time_base
                container.seek(round(start * ticks), stream=stream, backward=True, any_frame=False)
            for frame in container.decode(stream):
                index = round(frame.pts * (stream.time_base or 0) * (stream.average_rate or 0))
                if index < start:
                    continue
                if stop is not None and index >= stop:
                    return
                yield np.asarray(frame.reformat(format="yuv420p").to_ndarray(), np.uint8)
    except (av.error.FFmpegError, IndexError, OSError) as error:
        logger.info("Decoding %s ended early: %s", path.name, error)
