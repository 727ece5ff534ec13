"""The way of the hand over the table, worked out from the joints when somebody looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.core.errors import StudioError
from app.datasets import Dataset
from app.devices.chain import Chain
from app.devices.so101 import SO101
from app.review.columns import Columns

MOST_EPISODES = 40
MOST_POINTS = 60
_STATE = "observation.state"
_ARMS = {SO101.robot_type: SO101}


@dataclass(frozen=True)
class HandPath:
    """Where the tool was, cm in the workspace frame, at most `MOST_POINTS` points of one episode."""

    dataset: str
    index: int
    x_cm: list[float]
    y_cm: list[float]
    z_cm: list[float]


@dataclass(frozen=True)
class HandPaths:
    """`why_none` says why there are none, "" otherwise; `of` is how many episodes could have one."""

    paths: list[HandPath]
    of: int
    why_none: str


def hand_paths(dataset: Dataset, columns: Columns) -> HandPaths:
    """The paths of `columns`' episodes, thinned evenly to `MOST_EPISODES`. Blocks: call it in a thread."""
    head = dataset.head
    arm = _ARMS.get(head.robot_type)
    if arm is None or tuple(head.joints) != arm.joint_names:
        known = ", ".join(_ARMS)
        arm_name = head.robot_type or "an unknown arm"
        why = (
            f"{dataset.name} was recorded with {arm_name}, whose kinematics the studio does not have (it has {known})."
        )
        return HandPaths([], len(columns), why)
    chosen = columns.index[evenly(len(columns), MOST_EPISODES)].tolist()
    chain = Chain(arm)
    found, why = [], ""
    for index in chosen:
        try:
            found.append(_path(dataset, index, chain))
        except StudioError as error:
            why = str(error)
    return HandPaths(found, len(columns), "" if found else why)


def evenly(count: int, most: int) -> np.ndarray:
    """At most `most` of `count` places, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(int)) if count else np.zeros(0, int)


def _path(dataset: Dataset, index: int, chain: Chain) -> HandPath:
    state = dataset.signals(index)[_STATE]
    tools = chain.tool_m(state[evenly(len(state), MOST_POINTS)]) * 100
    x_cm, y_cm, z_cm = np.round(tools, 1).T.tolist()
    return HandPath(dataset.name, index, x_cm, y_cm, z_cm)
