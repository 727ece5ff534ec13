"""Drawing without OpenGL: the same scene, the same cameras, schematic, in a fraction of a millisecond."""

from __future__ import annotations

import cv2
import mujoco
import numpy as np
import numpy.typing as npt

from app.simulation.scene import BAG_HALF_M, MUG_RADIUS_M, MUG_XY_M
from app.simulation.stage import HEIGHT, WIDTH, Picture, Stage
from app.simulation.textures import MUG_FLOOR_M, MUG_HEIGHT_M, MUG_INNER_M
from app.simulation.world import Snapshot

_WALL = (178, 184, 190)
_NEAR_M = 0.015
_LIGHT = np.array([0.20, -0.30, -1.0])
_SHADOW = (38, 42, 49)
_RULE = (74, 81, 90)
_WOOD, _MAT, _COASTER = (205, 178, 138), (56, 64, 74), (77, 61, 51)
_ROUND = 12
Points = npt.NDArray[np.float64]


class Painter:
    """Fills the projected outline of every part, far ones first. Same interface as `GlRenderer`."""

    name = "painter"

    def __init__(self) -> None:
        self._stage = Stage()
        model = self._stage.model
        shapes = [(geom, _outline(model, geom)) for geom in range(model.ngeom) if _drawn(model, geom)]
        self._geoms = np.array([geom for geom, _ in shapes])
        self._outlines = np.stack([points for _, points in shapes])
        self._names = [model.geom(geom).name for geom in self._geoms]
        self._rules = _rules()
        self._blank = np.full((HEIGHT, WIDTH, 3), _WALL, np.uint8)

    def show(self, snapshot: Snapshot) -> None:
        self._stage.show(snapshot)

    def draw(self, camera: str) -> Picture:
        """(H, W, 3) uint8 RGB of the snapshot last shown."""
        data = self._stage.data
        turns = data.geom_xmat[self._geoms].reshape(-1, 3, 3)
        points = np.einsum("nij,nkj->nki", turns, self._outlines) + data.geom_xpos[self._geoms][:, None]
        flat = points - points[..., 2:] * (_LIGHT / _LIGHT[2])
        pixels, depth = self._project(camera, points)
        shadows, shadow_depth = self._project(camera, flat)
        picture = self._blank.copy()
        self._ground(picture, camera)
        for index in range(len(points)):
            if shadow_depth[index].min() > _NEAR_M:
                cv2.fillConvexPoly(picture, cv2.convexHull(shadows[index]), _SHADOW)
        for index in sorted(range(len(points)), key=lambda item: -depth[item].mean()):
            self._fill(picture, pixels, depth, index)
            if self._names[index] == "mug_visual":
                self._hollow(picture, camera)
        return picture

    def close(self) -> None:
        """Nothing to free."""

    def _project(self, camera: str, points: Points) -> tuple[npt.NDArray[np.int32], Points]:
        position, rotation, focal = self._stage.camera_pose(camera)
        seen = (points - position) @ rotation
        depth = -seen[..., 2]
        scale = focal / np.maximum(depth, _NEAR_M)
        pixels = np.stack([WIDTH / 2 + seen[..., 0] * scale, HEIGHT / 2 - seen[..., 1] * scale], axis=-1)
        return np.clip(np.rint(pixels), -8000, 8000).astype(np.int32), depth

    def _ground(self, picture: Picture, camera: str) -> None:
        """Table and mat, cut at the camera's own plane, the mat's rule, the coaster."""
        position, rotation, focal = self._stage.camera_pose(camera)
        for colour, corners in ((_WOOD, _TABLE), (_MAT, _MAT_CORNERS)):
            seen = _cut((corners - position) @ rotation)
            if len(seen) > 2:
                pixels = np.array([WIDTH / 2, HEIGHT / 2]) + focal * seen[:, :2] / -seen[:, 2:] * [1.0, -1.0]
                cv2.fillConvexPoly(picture, np.rint(np.clip(pixels, -8000, 8000)).astype(np.int32), colour)
        self._rule(picture, camera)
        pixels, depth = self._project(camera, _COASTER_RING[None])
        if depth.min() > _NEAR_M:
            cv2.fillConvexPoly(picture, cv2.convexHull(pixels[0]), _COASTER)

    def _fill(self, picture: Picture, pixels: npt.NDArray[np.int32], depth: Points, index: int) -> None:
        if depth[index].max() <= _NEAR_M:
            return
        hull = cv2.convexHull(pixels[index])
        colour = self._colour(index)
        cv2.fillConvexPoly(picture, hull, colour)
        cv2.polylines(picture, [hull], True, tuple(int(channel * 0.7) for channel in colour), 1)

    def _colour(self, index: int) -> tuple[int, ...]:
        model, geom = self._stage.model, self._geoms[index]
        material = model.geom_matid[geom]
        rgba = model.mat_rgba[material] if material >= 0 else model.geom_rgba[geom]
        up = abs(self._stage.data.geom_xmat[geom].reshape(3, 3)[2, 2])
        return tuple(int(255 * channel * (0.78 + 0.18 * up)) for channel in rgba[:3])

    def _rule(self, picture: Picture, camera: str) -> None:
        pixels, depth = self._project(camera, self._rules)
        for ends, deep in zip(pixels, depth, strict=True):
            if deep.min() > _NEAR_M:
                cv2.line(picture, ends[0].tolist(), ends[1].tolist(), _RULE, 1)

    def _hollow(self, picture: Picture, camera: str) -> None:
        """The mug's inside, and the bag again when it lies in there."""
        model, data = self._stage.model, self._stage.data
        mug, bag = model.body("mug").id, model.body("bag").id
        turn, place = data.xmat[mug].reshape(3, 3), data.xpos[mug]
        rim = _ring(MUG_INNER_M, MUG_HEIGHT_M) @ turn.T + place
        floor = _ring(MUG_INNER_M - 0.004, MUG_FLOOR_M) @ turn.T + place
        pixels, depth = self._project(camera, np.stack([rim, floor]))
        if depth.min() <= _NEAR_M:
            return
        opening = cv2.convexHull(pixels[0])
        cv2.fillConvexPoly(picture, opening, (118, 44, 34))
        self._within(picture, opening, pixels[1], (150, 60, 47))
        inside = turn.T @ (data.xpos[bag] - place)
        if np.hypot(inside[0], inside[1]) < MUG_INNER_M and inside[2] < MUG_HEIGHT_M:
            corners = _box(BAG_HALF_M) @ data.xmat[bag].reshape(3, 3).T + data.xpos[bag]
            rgba = model.mat_rgba[model.material("bag").id]
            self._within(
                picture, opening, self._project(camera, corners[None])[0][0], tuple(int(240 * c) for c in rgba[:3])
            )

    @staticmethod
    def _within(
        picture: Picture, opening: npt.NDArray[np.int32], points: npt.NDArray[np.int32], colour: tuple[int, ...]
    ) -> None:
        """Fill what is seen of a convex outline through the mug's opening."""
        area, seen = cv2.intersectConvexConvex(opening, cv2.convexHull(points))
        if area > 0 and seen is not None:
            cv2.fillConvexPoly(picture, np.rint(seen).astype(np.int32), colour)


def _drawn(model: mujoco.MjModel, geom: int) -> bool:
    backdrop = model.geom(geom).name.startswith(("wall_", "board_", "mat", "coaster"))
    return int(model.geom_group[geom]) in (0, 2) and not backdrop


def _outline(model: mujoco.MjModel, geom: int) -> Points:
    """(2 * _ROUND, 3) points in the geom's frame whose projected hull is the geom's outline."""
    size = model.geom_size[geom]
    match mujoco.mjtGeom(int(model.geom_type[geom])):
        case mujoco.mjtGeom.mjGEOM_BOX:
            points = _box(size)
        case mujoco.mjtGeom.mjGEOM_PLANE:
            points = _box(np.array([size[0], size[1], 0.0]))
        case mujoco.mjtGeom.mjGEOM_CYLINDER:
            points = np.vstack([_ring(size[0], size[1]), _ring(size[0], -size[1])])
        case mujoco.mjtGeom.mjGEOM_CAPSULE:
            points = np.vstack([_ring(size[0], size[1] + 0.5 * size[0]), _ring(size[0], -size[1] - 0.5 * size[0])])
        case mujoco.mjtGeom.mjGEOM_ELLIPSOID:
            points = np.vstack([_ring(1.0, 0.3), _ring(0.8, -0.6)]) * size
        case _:
            points = _mesh_outline(model, geom)
    return np.resize(points, (2 * _ROUND, 3))


def _mesh_outline(model: mujoco.MjModel, geom: int) -> Points:
    """Mug or bag, in the mesh's own frame, which MuJoCo turned to its inertia."""
    if model.geom(geom).name == "mug_visual":
        body = np.vstack([_ring(MUG_RADIUS_M, 0.0), _ring(MUG_RADIUS_M, MUG_HEIGHT_M)])
    else:
        body = _box(BAG_HALF_M)
    turn = np.zeros(9)
    mujoco.mju_quat2Mat(turn, model.geom_quat[geom])
    return (body - model.geom_pos[geom]) @ turn.reshape(3, 3)


def _box(half: Points) -> Points:
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float64)
    return signs * half


def _ring(radius: float, height: float) -> Points:
    angles = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles), np.full(_ROUND, height)], axis=1)


def _cut(polygon: Points) -> Points:
    """The part of a convex polygon (n, 3), in camera axes, that lies before the lens."""
    kept: list[Points] = []
    for a, b in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        inside_a, inside_b = a[2] < -_NEAR_M, b[2] < -_NEAR_M
        if inside_a:
            kept.append(a)
        if inside_a != inside_b:
            kept.append(a + (b - a) * ((-_NEAR_M - a[2]) / (b[2] - a[2])))
    return np.array(kept).reshape(-1, 3)


def _rules() -> Points:
    """(n, 2, 3): the mat's 10 cm lines."""
    along = [[[x, -0.45, 0.0], [x, 0.45, 0.0]] for x in np.arange(0.0, 0.46, 0.1)]
    across = [[[-0.08, y, 0.0], [0.46, y, 0.0]] for y in np.arange(-0.4, 0.41, 0.1)]
    return np.array(along + across)


def _sheet(x_low: float, x_high: float, y_half: float) -> Points:
    return np.array([[x_low, -y_half, 0.0], [x_high, -y_half, 0.0], [x_high, y_half, 0.0], [x_low, y_half, 0.0]])


_TABLE = _sheet(-0.40, 0.86, 0.80)
_MAT_CORNERS = _sheet(-0.08, 0.46, 0.45)
_COASTER_RING = _ring(0.062, 0.001) + np.array([*MUG_XY_M, 0.0])
