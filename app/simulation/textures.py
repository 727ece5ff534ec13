"""Procedural pictures and shapes for the scene: wood, the mug and the bag. No files, always the same."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

MUG_HEIGHT_M = 0.06
MUG_INNER_M = 0.042
MUG_WALL_M = 0.004
MUG_FLOOR_M = 0.012
_SLICES = 36


@cache
def wood_png() -> bytes:
    """A pale oak top of five boards, (1024, 1024): streaks along y, soft enough not to shimmer."""
    random = np.random.default_rng(7)
    size, rows = 1024, 64  # nothing is finer than 16 rows along the grain: made coarse, then stretched
    grain = random.normal(0.0, 1.0, (rows, size)).astype(np.float32)
    fine = cv2.GaussianBlur(grain, (0, 0), sigmaX=1.2, sigmaY=60 * rows / size)
    broad = cv2.GaussianBlur(grain, (0, 0), sigmaX=9.0, sigmaY=160 * rows / size)
    streak = 5.0 * fine / fine.std() + 5.0 * broad / broad.std()
    boards = np.repeat(random.normal(0.0, 7.0, 5), size // 5 + 1)[:size]
    tone = streak + boards[None, :]
    seams = np.isin(np.arange(size) % (size // 5 + 1), (0, 1))
    tone[:, seams] -= 26.0
    base = np.array([138.0, 178.0, 205.0])  # BGR
    coarse = base[None, None, :] + tone[:, :, None] * np.array([1.05, 1.0, 0.9])
    return _png(cv2.resize(coarse.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR))


def blank_png() -> bytes:
    """One grey pixel, for a model that nobody looks at."""
    return _png(np.full((1, 1, 3), 128.0))


def mug_obj() -> bytes:
    """A mug as a surface of revolution with a handle; its walls agree with the collision boxes."""
    outer, inner, lip = MUG_INNER_M + MUG_WALL_M, MUG_INNER_M, MUG_WALL_M / 2
    profile = [
        (0.0, 0.0),
        (outer - 0.006, 0.0),
        (outer - 0.001, 0.004),
        (outer, 0.010),
        (outer, MUG_HEIGHT_M - 0.001),
        (outer - lip, MUG_HEIGHT_M),
        (inner, MUG_HEIGHT_M - 0.001),
        (inner, MUG_FLOOR_M + 0.005),
        (inner - 0.005, MUG_FLOOR_M),
        (0.0, MUG_FLOOR_M),
    ]
    vertices, faces = _revolve(profile)
    handle, handle_faces = _handle(outer)
    faces += [tuple(i + len(vertices) for i in face) for face in handle_faces]
    return _obj(vertices + handle, faces)


def bag_obj() -> bytes:
    """A filled pillow inside the bag's 4 x 3 x 1.5 cm box: flat seams, a full middle."""
    across, along = 14, 12
    vertices: list[tuple[float, float, float]] = []
    faces: list[tuple[int, ...]] = []
    for side in (1.0, -1.0):
        start = len(vertices)
        for i in range(across + 1):
            for j in range(along + 1):
                u, v = 2 * i / across - 1, 2 * j / along - 1
                rise = (1 - u**4) ** 0.5 * (1 - v**4) ** 0.5
                vertices.append((0.02 * u, 0.015 * v, side * (0.0012 + 0.0063 * rise)))
        for i in range(across):
            for j in range(along):
                a = start + i * (along + 1) + j
                quad = (a, a + along + 1, a + along + 2, a + 1)
                faces.append(quad if side > 0 else quad[::-1])
    return _obj(vertices, faces)


def _revolve(profile: list[tuple[float, float]]) -> tuple[list[tuple[float, float, float]], list[tuple[int, ...]]]:
    vertices = [
        (radius * np.cos(angle), radius * np.sin(angle), height)
        for radius, height in profile
        for angle in np.linspace(0, 2 * np.pi, _SLICES, endpoint=False)
    ]
    faces = []
    for ring in range(len(profile) - 1):
        for k in range(_SLICES):
            a, b = ring * _SLICES + k, ring * _SLICES + (k + 1) % _SLICES
            faces.append((a, b, b + _SLICES, a + _SLICES))
    return vertices, faces


def _handle(outer: float) -> tuple[list[tuple[float, float, float]], list[tuple[int, ...]]]:
    """A half ring on the side away from the arm (-y)."""
    vertices, faces, bends, tube = [], [], 12, 8
    for bend in np.linspace(-np.pi / 2, np.pi / 2, bends + 1):
        for turn in np.linspace(0, 2 * np.pi, tube, endpoint=False):
            radius = 0.019 + 0.0042 * np.cos(turn)
            reach = outer - 0.002 + radius * np.cos(bend)
            vertices.append((0.006 * np.sin(turn), -reach, MUG_HEIGHT_M / 2 + radius * np.sin(bend)))
    for k in range(bends):
        for t in range(tube):
            a, b = k * tube + t, k * tube + (t + 1) % tube
            faces.append((a, b, b + tube, a + tube))
    return vertices, faces


def _obj(vertices: list[tuple[float, float, float]], faces: list[tuple[int, ...]]) -> bytes:
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices]
    lines += ["f " + " ".join(str(i + 1) for i in face) for face in faces]
    return "\n".join(lines).encode()


def _png(picture: npt.NDArray[np.floating]) -> bytes:
    return cv2.imencode(".png", np.clip(picture, 0, 255).astype(np.uint8))[1].tobytes()
