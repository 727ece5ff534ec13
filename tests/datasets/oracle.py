"""LeRobot's own reader, writer and tools, as the tests ask them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from app.datasets.layout import INFO, video_key
from app.datasets.models import DatasetFormat
from tests.datasets.scenes import coded_rgb, read_code, scene

PIXEL_TOLERANCE = 8.0  # mean absolute error of 0..255, x264 crf 23 and SVT-AV1 crf 30 on these small pictures


@dataclass(frozen=True)
class Oracle:
    dataset_class: Any
    tools: Any
    stats: Any
    encoder_class: Any

    @classmethod
    def load(cls) -> Oracle:
        logging.getLogger("lerobot").setLevel(logging.ERROR)
        av.logging.set_libav_level(av.logging.ERROR)  # LeRobot hands the codecs' chatter to the terminal
        from lerobot.configs import RGBEncoderConfig
        from lerobot.datasets import compute_stats, dataset_tools
        from lerobot.datasets.lerobot_dataset import LeRobotDataset

        return cls(LeRobotDataset, dataset_tools, compute_stats, RGBEncoderConfig)

    def open(self, folder: Path, **options: Any) -> Any:
        return self.dataset_class("local/test", root=folder, video_backend="pyav", **options)

    def check(
        self, folder: Path, format: DatasetFormat, episodes: Sequence[tuple[int, int]], *, at_most: int = 10_000
    ) -> Any:
        """LeRobot opens `folder` and finds exactly `episodes`, each (first code, length), in `at_most` frames."""
        dataset = self.open(folder)
        assert dataset.num_episodes == len(episodes)
        assert len(dataset) == sum(length for _, length in episodes)
        codes = [(first + offset, offset) for first, length in episodes for offset in range(length)]
        order = np.random.default_rng(len(codes)).permutation(len(codes))
        for position in order.tolist()[:at_most]:
            code, offset = codes[position]
            check_item(dataset[position], format, code, offset)
        return dataset

    def record(self, folder: Path, like: Path, format: DatasetFormat, episodes: Iterable[tuple[int, int]]) -> Any:
        """A dataset written by LeRobot's own recorder with the features of the dataset at `like`."""
        features = {
            key: {name: feature[name] for name in ("dtype", "shape", "names")}
            for key, feature in json.loads((like / INFO).read_text())["features"].items()
            if key not in ("timestamp", "frame_index", "episode_index", "index", "task_index")
        }
        for feature in features.values():
            feature["shape"] = tuple(feature["shape"])
        encoder = self.encoder_class(
            vcodec="h264", g=2, crf=23, preset="ultrafast", extra_options={"tune": "zerolatency"}
        )
        dataset = self.dataset_class.create(
            "local/theirs",
            fps=format.fps,
            features=features,
            root=folder,
            robot_type=format.robot_type,
            rgb_encoder=encoder,
        )
        for first, length in episodes:
            for frame in frames_for_lerobot(features, format, first, length):
                dataset.add_frame(frame)
            dataset.save_episode(parallel_encoding=False)
        dataset.finalize()
        return self.open(folder)


def frames_for_lerobot(
    features: dict[str, Any], format: DatasetFormat, first: int, length: int
) -> Iterable[dict[str, Any]]:
    """The same scene as LeRobot's `add_frame` wants it."""
    for offset, (row, pictures) in enumerate(scene(format, length, first)):
        frame: dict[str, Any] = {"task": "Stack the bricks", "action": row.action, "observation.state": row.state}
        for camera in format.cameras:
            frame[video_key(camera.name)] = coded_rgb(first + offset, camera)
            shot = pictures[camera.name]
            frame[f"capture.{camera.name}.age_ms"] = np.array([shot.age_ms], np.float32)
            frame[f"capture.{camera.name}.repeated"] = np.array([shot.repeated])
        frame["capture.monotonic_s"] = np.array([row.monotonic_s], np.float64)
        frame["intervention"] = np.array([row.intervention])
        frame["studio.recovery"] = np.array([row.recovery])
        yield {key: value for key, value in frame.items() if key == "task" or key in features}


def check_item(item: dict[str, Any], format: DatasetFormat, code: int, offset: int) -> None:
    """One decoded item of LeRobot's is the row and the pictures that were recorded."""
    assert int(item["frame_index"]) == offset
    assert float(item["timestamp"]) == np.float32(offset / format.fps)
    np.testing.assert_allclose(item["observation.state"].numpy(), np.linspace(-20, 20, 6, dtype=np.float32) + code)
    np.testing.assert_allclose(item["action"].numpy() - item["observation.state"].numpy(), 0.5, atol=1e-4)
    assert bool(item["studio.recovery"]) == (offset % 7 == 3)
    for camera in format.cameras:
        picture = (item[video_key(camera.name)].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
        assert read_code(picture, camera) == code, (camera.name, offset)
        error = np.abs(picture.astype(int) - coded_rgb(code, camera)).mean()
        assert error < PIXEL_TOLERANCE, (camera.name, offset, error)
        assert float(item[f"capture.{camera.name}.age_ms"]) == 8.0 + offset % 3
        assert bool(item[f"capture.{camera.name}.repeated"]) == (offset % 5 == 4)
