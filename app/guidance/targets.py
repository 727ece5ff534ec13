"""Where the object goes: the low-discrepancy positions of a cluster, and every take the plan asks for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from app.datasets.models import EpisodeKind
from app.devices.models import Placement, Start
from app.guidance.plan import Cluster, Plan

# The plastic number: its powers give the two-dimensional sequence of lowest discrepancy known that is
# also extensible, so that raising `positions_per_cluster` keeps the positions there were.
_PLASTIC = 1.32471795724474602596
_STEP_X, _STEP_Y, _STEP_YAW = 1 / _PLASTIC, 1 / _PLASTIC**2, 0.6180339887498949


@dataclass(frozen=True)
class Target:
    """One take to record: where the object goes, and the state the take begins in.

    `position` is the index within the cluster, `repeat` counts takes of the same
    position. `cause` is "" for a nominal take. `held_out` takes are for validation.
    """

    cluster: str
    position: int
    placement: Placement
    orientation: str
    kind: EpisodeKind = EpisodeKind.nominal
    cause: str = ""
    start: Start = Start.nominal
    repeat: int = 0
    held_out: bool = False

    @property
    def key(self) -> str:
        """Its identity within a plan version."""
        return f"{self.cluster}/{self.position}/{self.kind}/{self.cause}/{self.repeat}"


def fraction(*parts: object) -> float:
    """A number in [0, 1) that depends on nothing but `parts`: the same on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def position_placement(plan: Plan, cluster: Cluster, index: int) -> Placement:
    """Position `index` of a cluster, at least `margin_cm` inside its border; yaw in [-180, 180)."""
    orientation = plan.orientations[index % len(plan.orientations)]
    turn = index // len(plan.orientations)
    u = (fraction(plan.seed, cluster.name, "x") + index * _STEP_X) % 1
    v = (fraction(plan.seed, cluster.name, "y") + index * _STEP_Y) % 1
    w = (fraction(plan.seed, cluster.name, "yaw", orientation.name) + turn * _STEP_YAW) % 1
    yaw = orientation.yaw_deg + (2 * w - 1) * orientation.spread_deg
    return Placement(
        x_cm=round(cluster.x_cm + (u - 0.5) * _room(cluster.size_x_cm, plan.margin_cm), 2),
        y_cm=round(cluster.y_cm + (v - 0.5) * _room(cluster.size_y_cm, plan.margin_cm), 2),
        yaw_deg=round((yaw + 180) % 360 - 180, 1),
    )


def position_targets(plan: Plan) -> tuple[Target, ...]:
    """The first nominal take of every position: the marks on the map."""
    return tuple(
        _nominal(plan, cluster, index, 0) for cluster in plan.clusters for index in range(plan.positions_per_cluster)
    )


def all_targets(plan: Plan) -> tuple[Target, ...]:
    """Every take the plan asks for: nominal ones by cluster and position, then the recoveries."""
    nominal = tuple(
        _nominal(plan, cluster, index, repeat)
        for cluster in plan.clusters
        for index in range(plan.positions_per_cluster)
        for repeat in range(plan.takes_per_position)
    )
    return nominal + recovery_targets(plan)


def recovery_targets(plan: Plan) -> tuple[Target, ...]:
    """The recoveries, dealt evenly over the clusters; causes take turns within a cluster and across them."""
    if not plan.causes or not plan.clusters:
        return ()
    targets = []
    for number in range(plan.recovery_takes):
        lap, which = divmod(number, len(plan.clusters))
        cluster = plan.clusters[which]
        cause = plan.causes[(which + lap) % len(plan.causes)]
        shift = int(fraction(plan.seed, cluster.name, "recovery") * plan.positions_per_cluster)
        index = (shift + lap) % plan.positions_per_cluster
        nominal = _nominal(plan, cluster, index, 0)
        targets.append(
            Target(
                cluster.name,
                index,
                nominal.placement,
                nominal.orientation,
                EpisodeKind.recovery,
                cause.name,
                cause.start,
                lap,
                nominal.held_out,
            )
        )
    return tuple(targets)


def _nominal(plan: Plan, cluster: Cluster, index: int, repeat: int) -> Target:
    return Target(
        cluster=cluster.name,
        position=index,
        placement=position_placement(plan, cluster, index),
        orientation=plan.orientations[index % len(plan.orientations)].name,
        repeat=repeat,
        held_out=cluster.name in plan.held_out,
    )


def _room(size_cm: float, margin_cm: float) -> float:
    return max(0.0, size_cm - 2 * margin_cm)
