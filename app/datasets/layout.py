"""LeRobot's v3.0 layout: names of files, features of frames, the head of a dataset."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.datasets.errors import DatasetFormatMismatch, DatasetNameInvalid, DatasetUnreadable
from app.datasets.models import CameraFormat, DatasetFormat, VideoCodec

VERSION = "v3.0"
CHUNK_FILES = 1000
DATA_FILE_MB = 100
VIDEO_FILE_MB = 200
IMAGES = "observation.images."
STATE = "observation.state"
ACTION = "action"
INTERVENTION = "intervention"
RECOVERY = "studio.recovery"
MONOTONIC = "capture.monotonic_s"
STUDIO = "studio/"
GOP = 2

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_NAME_LIMIT = 80
_CHUNK_FILE = "chunk-{chunk_index:03d}/file-{file_index:03d}"
DATA_PATH = f"data/{_CHUNK_FILE}.parquet"
VIDEO_PATH = f"videos/{{video_key}}/{_CHUNK_FILE}.mp4"
EPISODES_PATH = f"meta/episodes/{_CHUNK_FILE}.parquet"
INFO = Path("meta/info.json")
STATS = Path("meta/stats.json")
TASKS = Path("meta/tasks.parquet")
STUDIO_FOLDER = Path("meta/studio")

ENCODER_INFO: Mapping[VideoCodec, Mapping[str, Any]] = {
    VideoCodec.h264: {"g": GOP, "crf": 23, "preset": "ultrafast", "extra_options": {"tune": "zerolatency"}},
    VideoCodec.av1: {"g": GOP, "crf": 30, "preset": 12, "extra_options": {}},
}


def age_column(camera: str) -> str:
    return f"capture.{camera}.age_ms"


def repeated_column(camera: str) -> str:
    return f"capture.{camera}.repeated"


def video_key(camera: str) -> str:
    return f"{IMAGES}{camera}"


def require_name(name: str) -> str:
    """A dataset's name as a folder's name; anything that could leave the folder is refused."""
    if len(name) <= _NAME_LIMIT and _NAME.fullmatch(name):
        return name
    raise DatasetNameInvalid(
        f"{name[:_NAME_LIMIT]!r} cannot name a dataset.",
        todo=f"Use up to {_NAME_LIMIT} letters, digits, '-', '_' and single dots, beginning with a letter or digit.",
        name=name[:_NAME_LIMIT],
    )


def features(format: DatasetFormat) -> dict[str, dict[str, Any]]:
    """The `features` of info.json, in the order in which the data columns are written."""
    names = [f"{joint}.pos" for joint in format.joints]
    vector = {"dtype": "float32", "shape": [len(names)], "names": names}
    table: dict[str, dict[str, Any]] = {ACTION: vector, STATE: dict(vector)}
    for camera in format.cameras:
        table[video_key(camera.name)] = _video_feature(format, camera)
    for camera in format.cameras:
        table[age_column(camera.name)] = _scalar("float32")
        table[repeated_column(camera.name)] = _scalar("bool")
    table |= {MONOTONIC: _scalar("float64"), INTERVENTION: _scalar("bool"), RECOVERY: _scalar("bool")}
    table["timestamp"] = _scalar("float32")
    for name in ("frame_index", "episode_index", "index", "task_index"):
        table[name] = _scalar("int64")
    return table


def _scalar(dtype: str) -> dict[str, Any]:
    return {"dtype": dtype, "shape": [1], "names": None}


def _video_feature(format: DatasetFormat, camera: CameraFormat) -> dict[str, Any]:
    info: dict[str, Any] = {
        "video.height": camera.height,
        "video.width": camera.width,
        "video.codec": str(format.codec),
        "video.pix_fmt": "yuv420p",
        "video.fps": format.fps,
        "video.channels": 3,
        "has_audio": False,
    }
    info |= {f"video.{name}": value for name, value in ENCODER_INFO[format.codec].items()}
    info |= {"video.fast_decode": 0, "video.video_backend": "pyav", "is_depth_map": False}
    return {
        "dtype": "video",
        "shape": [camera.height, camera.width, 3],
        "names": ["height", "width", "channels"],
        "info": info,
    }


@dataclass(frozen=True)
class DatasetHead:
    """What info.json says; `features` are kept as read, so that foreign ones survive our writes."""

    fps: int
    robot_type: str
    features: Mapping[str, Mapping[str, Any]]
    total_episodes: int = 0
    total_frames: int = 0
    total_tasks: int = 0
    chunks_size: int = CHUNK_FILES
    data_files_size_in_mb: int = DATA_FILE_MB
    video_files_size_in_mb: int = VIDEO_FILE_MB
    data_path: str = DATA_PATH
    video_path: str = VIDEO_PATH

    @classmethod
    def new(cls, format: DatasetFormat) -> DatasetHead:
        return cls(fps=format.fps, robot_type=format.robot_type, features=features(format))

    @classmethod
    def read(cls, folder: Path) -> DatasetHead:
        """Read `folder`'s info.json; DatasetUnreadable says in words why it is no v3.0 dataset."""
        try:
            raw = json.loads((folder / INFO).read_text())
            version = str(raw["codebase_version"])
            if not version.startswith("v3"):
                raise DatasetUnreadable(
                    f"{folder.name} is in LeRobot's format {version}; the studio reads {VERSION}.",
                    todo="Convert it with LeRobot's converter to v3.0, then open it again.",
                )
            known = {name: raw[name] for name in cls.__dataclass_fields__ if raw.get(name) is not None}
            known.setdefault("robot_type", "")
            return cls(**known)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetUnreadable(
                f"{folder.name} is not a readable LeRobot dataset: {INFO} is missing or damaged ({error}).",
                todo="Check the folder, or restore meta/info.json from a copy.",
            ) from error

    def json_bytes(self) -> bytes:
        body = {"codebase_version": VERSION, **self.__dict__}
        body["splits"] = {"train": f"0:{self.total_episodes}"}
        return json.dumps(body, indent=4).encode()

    def with_totals(self, episodes: int, frames: int, tasks: int) -> DatasetHead:
        return replace(self, total_episodes=episodes, total_frames=frames, total_tasks=tasks)

    @property
    def video_keys(self) -> list[str]:
        return [key for key, feature in self.features.items() if feature["dtype"] == "video"]

    @property
    def cameras(self) -> tuple[CameraFormat, ...]:
        return tuple(
            CameraFormat(key.removeprefix(IMAGES), int(shape[1]), int(shape[0]))
            for key, shape in ((key, self.features[key]["shape"]) for key in self.video_keys)
        )

    def key_of(self, camera: str) -> str:
        """The feature of a camera by its name; other programs do not always begin it with `observation.images.`."""
        return camera if camera in self.features else video_key(camera)

    @property
    def joints(self) -> tuple[str, ...]:
        names = (self.features.get(STATE) or {}).get("names") or ()
        if isinstance(names, Mapping):  # older datasets: {"motors": [...]}
            names = next(iter(names.values()), ())
        return tuple(str(name).removesuffix(".pos") for name in names)

    @property
    def codec(self) -> VideoCodec:
        for key in self.video_keys:
            if ((self.features[key].get("info") or {}).get("video.codec")) == VideoCodec.av1:
                return VideoCodec.av1
        return VideoCodec.h264

    @property
    def studio_columns(self) -> bool:
        """Whether the per-frame columns of the studio are there."""
        return MONOTONIC in self.features and INTERVENTION in self.features

    @property
    def format(self) -> DatasetFormat:
        return DatasetFormat(self.fps, self.robot_type, self.joints, self.cameras, self.codec)


_COMPARED_INFO = ("video.height", "video.width", "video.codec", "video.pix_fmt", "video.fps")


def require_same_format(name: str, head: DatasetHead, format: DatasetFormat) -> None:
    """Refuse, in words, to add episodes of `format` to a dataset that holds another.

    Raises DatasetFormatMismatch naming every difference.
    """
    wanted = DatasetHead.new(format)
    differences = [
        f"{label} {have!r} instead of {want!r}"
        for label, have, want in (
            ("fps", head.fps, wanted.fps),
            ("robot type", head.robot_type, wanted.robot_type),
        )
        if have != want
    ]
    for key in [*wanted.features, *(key for key in head.features if key not in wanted.features)]:
        differences += _feature_difference(key, head.features.get(key), wanted.features.get(key))
    if differences:
        raise DatasetFormatMismatch(
            f"Dataset {name} does not match this rig: it has {'; '.join(differences)}.",
            todo="Record into a new dataset, or set the rig up as it was for this one.",
            differences=differences,
        )


def _feature_difference(key: str, have: Mapping[str, Any] | None, want: Mapping[str, Any] | None) -> list[str]:
    if have is None:
        return [f"no column {key}"]
    if want is None:
        return [f"a further column {key}"]
    found = []
    for field in ("dtype", "shape", "names"):
        left, right = have.get(field), want.get(field)
        if (list(left) if field == "shape" and left else left) != right:
            found.append(f"{key} {field} {left!r} instead of {right!r}")
    if want["dtype"] == "video":
        info = have.get("info") or {}
        found += [
            f"{key} {field} {info.get(field)!r} instead of {want['info'][field]!r}"
            for field in _COMPARED_INFO
            if info.get(field) != want["info"][field]
        ]
    return found


def next_file(index: tuple[int, int], chunk_files: int) -> tuple[int, int]:
    """The (chunk, file) after `index`."""
    chunk, file = index
    return (chunk + 1, 0) if file + 1 >= chunk_files else (chunk, file + 1)


def last_file(folder: Path, suffix: str) -> tuple[int, int] | None:
    """The highest (chunk, file) under `folder`; lists one chunk only, so its cost is bounded."""
    chunks = sorted((int(path.name[6:]) for path in folder.glob("chunk-*") if path.name[6:].isdecimal()), reverse=True)
    for chunk in chunks:
        stems = (path.stem[5:] for path in (folder / f"chunk-{chunk:03d}").glob(f"file-*{suffix}"))
        files = [int(stem) for stem in stems if stem.isdecimal()]
        if files:
            return chunk, max(files)
    return None


def free_file(folder: Path, suffix: str, chunk_files: int) -> tuple[int, int]:
    """The first (chunk, file) after everything there is."""
    last = last_file(folder, suffix)
    return (0, 0) if last is None else next_file(last, chunk_files)
