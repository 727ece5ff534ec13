""" "This is how it should look": a dataset's reference pictures, and the facts they were taken with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from app.checks.view import View
from app.core.errors import Invalid

FORMAT = 1
_FACTS = "reference.json"


class ReferenceUnreadable(Invalid):
    code = "reference_unreadable"


class CameraReference:
    """One camera's reference picture with what the checks derive from it, each once."""

    def __init__(self, view: View) -> None:
        self.view = view

    @cached_property
    def corners(self) -> np.ndarray:
        """(N, 1, 2) float32 px: well-marked points, spread over the picture so that no one thing owns them all."""
        luma, found = self.view.luma, []
        rows, columns = 6, 8
        high, wide = self.view.height // rows, self.view.width // columns
        for row in range(rows):
            for column in range(columns):
                cut = luma[row * high : (row + 1) * high, column * wide : (column + 1) * wide]
                points = cv2.goodFeaturesToTrack(cut, 3, 0.05, 9)
                if points is not None:
                    found.append(points + np.array([column * wide, row * high], np.float32))
        return np.concatenate(found).astype(np.float32) if found else np.zeros((0, 1, 2), np.float32)

    @cached_property
    def edges(self) -> np.ndarray:
        """(H, W) uint8 gradient strength, for the sharpness checks."""
        return edge_strength(self.view)


def edge_strength(view: View) -> np.ndarray:
    """(H, W) uint8: how strongly brightness changes at each pixel; noise is softened first."""
    soft = cv2.GaussianBlur(view.luma, (3, 3), 0)
    across = cv2.convertScaleAbs(cv2.Sobel(soft, cv2.CV_16S, 1, 0), alpha=0.25)
    down = cv2.convertScaleAbs(cv2.Sobel(soft, cv2.CV_16S, 0, 1), alpha=0.25)
    return np.asarray(cv2.add(across, down))


@dataclass(frozen=True)
class Reference:
    """Pictures by camera of the empty table (mug in place, arm in its start pose), and facts beside them.

    `start_pose` by joint name; `object_lab` is the object's colour (CIE Lab as
    OpenCV scales it) with its `object_spread`, None until it was learnt.
    """

    cameras: Mapping[str, CameraReference]
    start_pose: Mapping[str, float] = field(default_factory=dict)
    object_lab: tuple[float, float, float] | None = None
    object_spread: float = 0.0
    made_at: str = ""


def average(views: Sequence[View]) -> View:
    """The mean of some pictures of a still scene: a reference free of sensor noise."""
    total = np.zeros(views[0].i420.shape, np.float32)
    for view in views:
        total += view.i420
    return View(np.rint(total / len(views)).astype(np.uint8))


def reference_to_files(reference: Reference) -> dict[str, bytes]:
    """File names and contents for the dataset's `meta/studio/reference/`: one PNG a camera, one JSON."""
    files = {f"{name}.png": _png(camera.view) for name, camera in reference.cameras.items()}
    facts = {
        "format": FORMAT,
        "cameras": sorted(reference.cameras),
        "start_pose": dict(reference.start_pose),
        "object_lab": reference.object_lab,
        "object_spread": reference.object_spread,
        "made_at": reference.made_at,
    }
    files[_FACTS] = (json.dumps(facts, indent=1) + "\n").encode()
    return files


def reference_from_files(files: Mapping[str, bytes]) -> Reference:
    """The reverse. Raises `ReferenceUnreadable` naming the file that is missing or broken."""
    name = _FACTS
    try:
        facts = json.loads(files[name])
        if facts["format"] != FORMAT:
            raise ValueError(f"format {facts['format']}")
        cameras = {}
        for camera in facts["cameras"]:
            name = f"{camera}.png"
            cameras[camera] = CameraReference(_view(files[name]))
        name = _FACTS
        lab = facts["object_lab"]
        return Reference(
            cameras=cameras,
            start_pose={str(joint): float(value) for joint, value in facts["start_pose"].items()},
            object_lab=(float(lab[0]), float(lab[1]), float(lab[2])) if lab else None,
            object_spread=float(facts["object_spread"]),
            made_at=str(facts["made_at"]),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ReferenceUnreadable(
            f"The reference's {name} cannot be read ({error}).", todo="Capture the reference again.", file=name
        ) from error


def _png(view: View) -> bytes:
    """I420 as it is, one grey PNG of (H*3/2, W): converting to colour and back would cost accuracy."""
    return cv2.imencode(".png", view.i420)[1].tobytes()


def _view(data: bytes) -> View:
    planes = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if planes is None or planes.shape[0] % 3:
        raise ValueError("not an I420 picture")
    return View(np.asarray(planes, np.uint8))
