"""Two equal arms as one: each joint twice, as LeRobot's bimanual robots call them."""

from __future__ import annotations

import copy
from dataclasses import replace
from xml.etree import ElementTree

from app.devices.models import ArmModel
from app.devices.so101 import SO101

SIDES = ("left_", "right_")
APART_M = 0.4  # between the bases; only heights above the table count, so another distance changes nothing


def side_by_side(one: ArmModel, robot_type: str) -> ArmModel:
    """Both arms on one table, left then right. Neither is kept off the other: only off the table."""
    joints = tuple(replace(joint, name=side + joint.name) for side in SIDES for joint in one.joints)
    return replace(
        one,
        name=f"two {one.name}",
        robot_type=robot_type,
        joints=joints,
        mjcf=_twice(one.mjcf),
        tool_site=SIDES[0] + one.tool_site,
        sides=SIDES,
        single=one,
        reach=None,
    )


def one_side(arm: ArmModel, side: str) -> ArmModel:
    """The arm of one side by itself, within the limits that the pair has on that side."""
    assert arm.single is not None
    own = [joint for joint in arm.joints if joint.name.startswith(side)]
    return replace(arm.single, joints=tuple(replace(joint, name=joint.name.removeprefix(side)) for joint in own))


def _twice(mjcf: str) -> str:
    root = ElementTree.fromstring(mjcf)
    world = root.find("worldbody")
    assert world is not None
    for section in root.findall("actuator"):
        root.remove(section)
    single = list(world)
    for body in single:
        world.remove(body)
    for side, ahead in zip(SIDES, (0.5, -0.5), strict=True):
        stand = ElementTree.SubElement(world, "body", {"name": f"{side}stand", "pos": f"0 {ahead * APART_M} 0"})
        for body in single:
            stand.append(_renamed(copy.deepcopy(body), side))
    return ElementTree.tostring(root, encoding="unicode")


def _renamed(element: ElementTree.Element, side: str) -> ElementTree.Element:
    for part in element.iter():
        if part.tag in ("body", "joint", "geom", "site") and "name" in part.attrib:
            part.set("name", side + part.attrib["name"])
    return element


TWO_SO101 = side_by_side(SO101, "bi_so_follower")
