"""Where the tool was for many joint positions at once, without MuJoCo: for rooms that only read what was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from app.devices.models import ArmModel

Points = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Link:
    """A body's offset in its parent, metres, and the joint that turns it (`column` of the positions), if any."""

    offset: Points
    axis: Points | None
    column: int


class Chain:
    """The bodies from the base to the tool site of an arm whose model places them by `pos` alone.

    `Kinematics` solves and is exact for any model; this one is a few matrix
    products over all rows. A test holds them equal.
    """

    def __init__(self, arm: ArmModel) -> None:
        root = ElementTree.fromstring(arm.mjcf).find("worldbody")
        links = None if root is None else _links_to(root, arm.tool_site, arm.joint_names)
        if links is None:
            raise ValueError(f"the model of {arm.name} has no site {arm.tool_site}, or turns a body in place")
        self._links = links

    def tool_m(self, positions: npt.ArrayLike) -> Points:
        """(N, 3) the tool in the base frame, metres, for (N, A) positions in joint units."""
        rows = np.atleast_2d(np.asarray(positions, np.float64))
        at = np.zeros((len(rows), 3))
        turned = np.broadcast_to(np.eye(3), (len(rows), 3, 3))
        for link in self._links:
            at = at + turned @ link.offset
            if link.axis is not None:
                turned = turned @ _turns(link.axis, np.deg2rad(rows[:, link.column]))
        return at


def _links_to(element: ElementTree.Element, site: str, joints: tuple[str, ...]) -> list[_Link] | None:
    for child in element:
        if child.tag == "site" and child.get("name") == site:
            return [_Link(_vector(child.get("pos")), None, -1)]
        if child.tag != "body" or any(child.get(turn) for turn in ("quat", "euler", "axisangle")):
            continue
        rest = _links_to(child, site, joints)
        if rest is not None:
            joint = child.find("joint")
            known = joint is not None and joint.get("name") in joints
            axis = _vector(joint.get("axis")) if known and joint is not None else None
            column = joints.index(str(joint.get("name"))) if known and joint is not None else -1
            return [_Link(_vector(child.get("pos")), axis, column), *rest]
    return None


def _vector(text: str | None) -> Points:
    return np.array([float(part) for part in (text or "0 0 0").split()])


def _turns(axis: Points, angles: Points) -> Points:
    """(N, 3, 3) rotations about a unit axis (Rodrigues)."""
    x, y, z = axis / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    sines, cosines = np.sin(angles)[:, None, None], np.cos(angles)[:, None, None]
    return np.eye(3) + sines * cross + (1 - cosines) * (cross @ cross)
