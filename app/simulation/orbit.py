"""The scene for a free orbit view: its parts once, as primitives, and where the bodies are, many times a second.

Nothing of it is recorded: the view is for a newcomer's eyes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import mujoco
import numpy as np

from app.simulation.stage import Stage
from app.simulation.world import Snapshot

_VISIBLE_GROUPS = (0, 2)
_HIDDEN = ("wall_",)


@dataclass(frozen=True)
class Part:
    """One primitive, fixed to a body.

    `size` in metres by type: box half sizes; sphere and ellipsoid radii;
    cylinder and capsule radius and half length along z; mesh none, but
    `vertices` (flat, 3 a point) and `triangles` (flat, 3 indices). `position` in
    metres and `quaternion` (w, x, y, z) are in the body's frame; `colour` is
    RGB in 0..1.
    """

    name: str
    type: str
    body: int
    size: tuple[float, ...]
    position: tuple[float, ...]
    quaternion: tuple[float, ...]
    colour: tuple[float, ...]
    vertices: tuple[float, ...] = ()
    triangles: tuple[int, ...] = ()


@dataclass(frozen=True)
class BodyPose:
    """Where one body is: metres and quaternion (w, x, y, z) in the workspace frame."""

    body: int
    position: tuple[float, ...]
    quaternion: tuple[float, ...]


class OrbitView:
    """Geometry and poses for a browser's renderer, from snapshots. Not thread-safe."""

    def __init__(self) -> None:
        self._stage = Stage()
        self._moving = [body for body in range(1, self._stage.model.nbody)]

    def geometry(self) -> list[dict[str, object]]:
        """Every visible part as JSON-ready values; it never changes while the scene is up."""
        return [asdict(part) for part in scene_geometry(self._stage.model)]

    def poses(self, snapshot: Snapshot) -> list[dict[str, object]]:
        """The bodies' poses of one snapshot, JSON-ready; body 0 is the table and never moves."""
        self._stage.show(snapshot)
        data = self._stage.data
        return [asdict(BodyPose(body, _rounded(data.xpos[body]), _rounded(data.xquat[body]))) for body in self._moving]


class LiveOrbit:
    """The orbit view of whatever the world is now. Made in the caller's thread, used by one other."""

    def __init__(self, state: Callable[[], Snapshot | None]) -> None:
        self._state = state
        self._view = OrbitView()

    def geometry(self) -> list[dict[str, object]]:
        return self._view.geometry()

    def poses(self) -> list[dict[str, object]]:
        """Empty while there is no world yet."""
        snapshot = self._state()
        return self._view.poses(snapshot) if snapshot is not None else []


def scene_geometry(model: mujoco.MjModel) -> list[Part]:
    """The parts that a person should see, in drawing order."""
    return [_part(model, geom) for geom in range(model.ngeom) if _shown(model, geom)]


def _shown(model: mujoco.MjModel, geom: int) -> bool:
    return int(model.geom_group[geom]) in _VISIBLE_GROUPS and not model.geom(geom).name.startswith(_HIDDEN)


def _part(model: mujoco.MjModel, geom: int) -> Part:
    kind = mujoco.mjtGeom(int(model.geom_type[geom]))
    material = int(model.geom_matid[geom])
    rgba = model.mat_rgba[material] if material >= 0 else model.geom_rgba[geom]
    colour = _TEXTURED.get(model.material(material).name if material >= 0 else "", _rounded(rgba[:3]))
    vertices, triangles = _mesh(model, geom) if kind == mujoco.mjtGeom.mjGEOM_MESH else ((), ())
    return Part(
        name=model.geom(geom).name,
        type=_TYPES[kind],
        body=int(model.geom_bodyid[geom]),
        size=_size(kind, model.geom_size[geom]),
        position=_rounded(model.geom_pos[geom]),
        quaternion=_rounded(model.geom_quat[geom]),
        colour=colour,
        vertices=vertices,
        triangles=triangles,
    )


def _mesh(model: mujoco.MjModel, geom: int) -> tuple[tuple[float, ...], tuple[int, ...]]:
    mesh = int(model.geom_dataid[geom])
    first, count = int(model.mesh_vertadr[mesh]), int(model.mesh_vertnum[mesh])
    face, faces = int(model.mesh_faceadr[mesh]), int(model.mesh_facenum[mesh])
    points = _rounded(model.mesh_vert[first : first + count].ravel())
    return points, tuple(int(index) for index in model.mesh_face[face : face + faces].ravel())


def _size(kind: mujoco.mjtGeom, size: np.ndarray) -> tuple[float, ...]:
    match kind:
        case mujoco.mjtGeom.mjGEOM_CYLINDER | mujoco.mjtGeom.mjGEOM_CAPSULE:
            return _rounded(size[:2])
        case mujoco.mjtGeom.mjGEOM_MESH:
            return ()
        case _:
            return _rounded(size)


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)


_TYPES = {
    mujoco.mjtGeom.mjGEOM_BOX: "box",
    mujoco.mjtGeom.mjGEOM_CAPSULE: "capsule",
    mujoco.mjtGeom.mjGEOM_CYLINDER: "cylinder",
    mujoco.mjtGeom.mjGEOM_ELLIPSOID: "ellipsoid",
    mujoco.mjtGeom.mjGEOM_SPHERE: "sphere",
    mujoco.mjtGeom.mjGEOM_MESH: "mesh",
}
_TEXTURED = {"wood": (0.80, 0.70, 0.54)}
