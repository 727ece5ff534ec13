from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.checks.reference import CameraReference
from app.checks.view import View

WIDTH, HEIGHT = 640, 480


class Scene:
    """A drawn table: ruled mat, wooden border, mug and arm, each picture with noise of its own."""

    def __init__(self) -> None:
        self._noise = np.random.default_rng(11)

    def clean(self, *, arm_deg: float = 0.0) -> np.ndarray:
        """(H, W, 3) float32 BGR without noise; the arm may be turned about its base."""
        picture = np.full((HEIGHT, WIDTH, 3), (92, 84, 76), np.float32)
        for x in range(0, WIDTH, 60):
            cv2.line(picture, (x, 0), (x, HEIGHT), (130, 122, 114), 2, cv2.LINE_AA)
        for y in range(0, HEIGHT, 60):
            cv2.line(picture, (0, y), (WIDTH, y), (130, 122, 114), 2, cv2.LINE_AA)
        marks = np.random.default_rng(2)
        for _ in range(60):
            x, y = int(marks.integers(10, WIDTH - 10)), int(marks.integers(10, HEIGHT - 10))
            cv2.circle(picture, (x, y), 4, tuple(map(float, marks.uniform(60, 200, 3))), -1, cv2.LINE_AA)
        picture[:30] = picture[-24:] = (140, 180, 205)
        cv2.circle(picture, (500, 300), 36, (60, 80, 200), -1, cv2.LINE_AA)
        tip = np.array([320, 430]) + 190 * np.array([np.sin(np.deg2rad(arm_deg)), -np.cos(np.deg2rad(arm_deg))])
        cv2.line(picture, (320, 430), tuple(map(int, tip)), (222, 226, 226), 26, cv2.LINE_AA)
        return picture

    def shoot(self, picture: np.ndarray) -> View:
        noise = self._noise.normal(0, 1.5, (HEIGHT, WIDTH, 1))
        return View.of_bgr(np.clip(picture + noise, 0, 255).astype(np.uint8))

    @staticmethod
    def shifted(picture: np.ndarray, dx: float, dy: float, roll_deg: float = 0.0) -> np.ndarray:
        """The picture as a camera sees it that was turned a little."""
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), roll_deg, 1.0)
        turn[:, 2] += (dx, dy)
        return cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def reference(scene: Scene) -> CameraReference:
    return CameraReference(scene.shoot(scene.clean()))
