"""The cameras that are plugged in: by stable path, one picture of each to name it by, and what can be locked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from app.setup.errors import SetupFault

BY_ID = Path("/dev/v4l/by-id")
FOLDER_VARIABLE = "UNDERSTUDY_CAMERAS"
_SETTLE_PICTURES = 5  # the first ones are dark: exposure is still being found
_CONTROLS = (
    ("exposure", cv2.CAP_PROP_EXPOSURE),
    ("white_balance_k", cv2.CAP_PROP_WB_TEMPERATURE),
    ("focus", cv2.CAP_PROP_FOCUS),
    ("gain", cv2.CAP_PROP_GAIN),
)


@dataclass(frozen=True)
class Plugged:
    """`path` stays the same over a restart; `device` is what it is called just now."""

    path: str
    device: str
    name: str


@dataclass(frozen=True)
class Look:
    """One picture (JPEG), its size, and the controls as the camera has found them."""

    jpeg: bytes
    width: int
    height: int
    controls: dict[str, int]


def list_cameras() -> list[Plugged]:
    """Each camera once: its first video node carries the pictures."""
    folder = Path(os.environ.get(FOLDER_VARIABLE) or BY_ID)
    if not folder.is_dir():
        return []
    links = [link for link in sorted(folder.iterdir()) if link.name.endswith("index0") and link.exists()]
    return [Plugged(str(link), str(link.resolve()), _name(link)) for link in links]


def look(path: str, width: int = 640, height: int = 480) -> Look:
    """Opens the camera for a moment; SetupFault says why it cannot. Blocks up to seconds."""
    if path not in {camera.path for camera in list_cameras()}:
        raise SetupFault(f"There is no camera at {path}.", todo="Plug it in and look again.")
    capture: Any = cv2.VideoCapture(str(Path(path).resolve()), cv2.CAP_V4L2)
    try:
        if not capture.isOpened():
            raise SetupFault("The camera cannot be opened.", todo="Close what else uses it: a running rig, a call.")
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        for _ in range(_SETTLE_PICTURES):
            capture.grab()
        got, picture = capture.read()
        if not got:
            raise SetupFault("The camera gives no picture.", todo="Plug it into another USB port.")
        _, jpeg = cv2.imencode(".jpg", picture)
        found = {name: capture.get(control) for name, control in _CONTROLS}
        controls = {name: round(value) for name, value in found.items() if value > 0}
        return Look(jpeg.tobytes(), picture.shape[1], picture.shape[0], controls)
    finally:
        capture.release()


def _name(link: Path) -> str:
    return link.name.removeprefix("usb-").removesuffix("-video-index0").replace("_", " ")
