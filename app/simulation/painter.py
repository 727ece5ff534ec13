"""Drawing without OpenGL: the same scene, the same cameras, schematic, in a fraction of a millisecond."""

from __future__ import annotations

import cv2
import mujoco
import numpy as np
import numpy.typing as npt

from app.simulation.scene import BAG_HALF_M, MUG_RADIUS_M
from app.simulation.stage import HEIGHT, WIDTH, Picture, Stage
from app.simulation.textures import MUG_FLOOR_M, MUG_HEIGHT_M, MUG_INNER_M
from app.simulation.world import Snapshot

_WALL = (178, 184, 190)
_NEAR_M = 0.015
_LIGHT = np.array([0.20, -0.30, -1.0])
_SHADOW = (38, 42, 49)
_RULE = (74, 81, 90)
_BACKDROP = ("floor", "table_top", "mat", "coaster")
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
        picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
        picture[:] = _WALL
        solid = [index for index, name in enumerate(self._names) if name not in _BACKDROP]
        for name in _BACKDROP:
            self._fill(picture, pixels, depth, self._names.index(name))
            if name == "mat":
                self._rule(picture, camera)
        for index in solid:
            if shadow_depth[index].min() > _NEAR_M:
                cv2.fillConvexPoly(picture, cv2.convexHull(shadows[index]), _SHADOW)
        for index in sorted(solid, key=lambda item: -depth[item].mean()):
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

    def _fill(self, picture: Picture, pixels: npt.NDArray[np.int32], depth: Points, index: int) -> None:
        if depth[index].max() <= _NEAR_M:
            return
        hull = cv2.convexHull(pixels[index])
        colour = self._colour(index)
        cv2.fillConvexPoly(picture, hull, colour)
        if self._names[index] not in _BACKDROP:
            edge = tuple(int(channel * 0.7) for channel in colour)
            cv2.polylines(picture, [hull], True, edge, 1)

    def _colour(self, index: int) -> tuple[int, ...]:
        model, geom, name = self._stage.model, self._geoms[index], self._names[index]
        if name in _PAINTS:
            return _PAINTS[name]
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
        inside = np.zeros(picture.shape[:2], np.uint8)
        cv2.fillConvexPoly(inside, cv2.convexHull(pixels[0]), 255)
        deep = np.full_like(picture, (118, 44, 34))
        cv2.fillConvexPoly(deep, cv2.convexHull(pixels[1]), (150, 60, 47))
        within = turn.T @ (data.xpos[bag] - place)
        if np.hypot(within[0], within[1]) < MUG_INNER_M and within[2] < MUG_HEIGHT_M:
            corners = _box(BAG_HALF_M) @ data.xmat[bag].reshape(3, 3).T + data.xpos[bag]
            bag_pixels, _ = self._project(camera, corners[None])
            rgba = model.mat_rgba[model.material("bag").id]
            cv2.fillConvexPoly(deep, cv2.convexHull(bag_pixels[0]), tuple(int(240 * c) for c in rgba[:3]))
        cv2.copyTo(deep, inside, picture)


_PAINTS = {
    "floor": (104, 107, 112),
    "table_top": (205, 178, 138),
    "mat": (56, 64, 74),
    "coaster": (77, 61, 51),
}


def _drawn(model: mujoco.MjModel, geom: int) -> bool:
    return int(model.geom_group[geom]) in (0, 2)


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


def _rules() -> Points:
    """(n, 2, 3): the mat's 10 cm lines."""
    along = [[[x, -0.45, 0.0], [x, 0.45, 0.0]] for x in np.arange(0.0, 0.46, 0.1)]
    across = [[[-0.08, y, 0.0], [0.46, y, 0.0]] for y in np.arange(-0.4, 0.41, 0.1)]
    return np.array(along + across)
