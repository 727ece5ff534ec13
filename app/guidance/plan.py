"""The plan of a dataset: what shall be recorded where, how often, and what is held out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.checks.thresholds import Thresholds
from app.devices.models import Start
from app.guidance.errors import UnknownCluster
from app.guidance.polygon import Point


@dataclass(frozen=True)
class Cluster:
    """A rectangle of the table, axis-parallel in the workspace frame; cm. `name` goes into the dataset."""

    name: str
    x_cm: float
    y_cm: float
    size_x_cm: float = 10.0
    size_y_cm: float = 10.0

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """Corners in cm, counter-clockwise from the one nearest the arm on its right."""
        dx, dy = self.size_x_cm / 2, self.size_y_cm / 2
        x, y = self.x_cm, self.y_cm
        return (x - dx, y - dy), (x + dx, y - dy), (x + dx, y + dy), (x - dx, y + dy)

    def contains(self, x_cm: float, y_cm: float) -> bool:
        return abs(x_cm - self.x_cm) <= self.size_x_cm / 2 and abs(y_cm - self.y_cm) <= self.size_y_cm / 2

    def overlaps(self, other: Cluster, *, slack_cm: float = 0.01) -> bool:
        """Whether the two share an area; touching borders are fine."""
        return (
            abs(self.x_cm - other.x_cm) < (self.size_x_cm + other.size_x_cm) / 2 - slack_cm
            and abs(self.y_cm - other.y_cm) < (self.size_y_cm + other.size_y_cm) / 2 - slack_cm
        )


@dataclass(frozen=True)
class Orientation:
    """A way the object lies that the dataset must cover: `yaw_deg` give or take `spread_deg`."""

    name: str
    yaw_deg: float
    spread_deg: float = 45.0


@dataclass(frozen=True)
class RecoveryCause:
    """A partly failed state that some takes begin in, and what to tell the operator.

    `words` may use {object} and {goal}.
    """

    name: str
    start: Start
    words: str


@dataclass(frozen=True)
class PlacedObject:
    """What is put on the table: its outline in cm, and after how many degrees it looks the same again."""

    name: str = "tea bag"
    length_cm: float = 4.0
    width_cm: float = 3.0
    height_cm: float = 1.5
    symmetry_deg: float = 180.0


@dataclass(frozen=True)
class Goal:
    """Where the object belongs: a round thing on the table (the mug)."""

    name: str = "mug"
    x_cm: float = 10.0
    y_cm: float = -22.0
    radius_cm: float = 4.6


@dataclass(frozen=True)
class Tolerance:
    """How far from the target the object may lie and still count as in place."""

    position_cm: float = 1.0
    yaw_deg: float = 10.0


DEFAULT_ORIENTATIONS = (Orientation("along", 0.0), Orientation("across", 90.0))

DEFAULT_CAUSES = (
    RecoveryCause(
        "dropped",
        Start.dropped_beside,
        "The {object} fell beside the {goal}: lay it there, open claws above the {goal}.",
    ),
    RecoveryCause(
        "slipped",
        Start.slipped_grasp,
        "The {object} slipped away: lay it at the mark, half-open claws just above it.",
    ),
    RecoveryCause(
        "knocked over",
        Start.knocked_over,
        "The {object} was knocked over: stand it on its edge at the mark, open claws above it.",
    ),
    RecoveryCause(
        "missed",
        Start.missed_grasp,
        "The grasp missed: the {object} at the mark, closed claws on the table beside it.",
    ),
    RecoveryCause(
        "near goal",
        Start.near_goal,
        "Begin with the {object} in the claws, on its way to the {goal}.",
    ),
)


def in_order(names: Iterable[str]) -> list[str]:
    """Names of clusters, each once, as people count: 2 before 10."""
    return sorted(set(names), key=lambda name: (len(name), name))


@dataclass(frozen=True)
class Plan:
    """What a dataset shall contain. Frozen: a change is a new version (`changed`).

    `workspace` is a polygon on the table in cm. `recovery_share` is the part of
    all takes that begin in a partly failed state. Takes of the `held_out`
    clusters are recorded like all others and never trained on.
    """

    task: str
    workspace: tuple[Point, ...]
    clusters: tuple[Cluster, ...]
    held_out: tuple[str, ...]
    positions_per_cluster: int = 10
    takes_per_position: int = 1
    orientations: tuple[Orientation, ...] = DEFAULT_ORIENTATIONS
    recovery_share: float = 0.2
    causes: tuple[RecoveryCause, ...] = DEFAULT_CAUSES
    seed: int = 0
    margin_cm: float = 1.5
    tolerance: Tolerance = Tolerance()
    object: PlacedObject = PlacedObject()
    goal: Goal = Goal()
    thresholds: Thresholds = field(default_factory=Thresholds)
    version: int = 1

    def cluster(self, name: str) -> Cluster:
        """The cluster of that name; `UnknownCluster` when the plan has none."""
        for cluster in self.clusters:
            if cluster.name == name:
                return cluster
        known = ", ".join(cluster.name for cluster in self.clusters)
        raise UnknownCluster(f"The plan has no cluster {name!r}.", todo=f"Choose one of {known}.", cluster=name)

    def changed(self, **fields: object) -> Plan:
        """The next version with `fields` replaced. What was recorded to older versions stays as it is."""
        return replace(self, **fields, version=self.version + 1)  # type: ignore[arg-type]

    @property
    def nominal_takes(self) -> int:
        return len(self.clusters) * self.positions_per_cluster * self.takes_per_position

    @property
    def recovery_takes(self) -> int:
        """So many recoveries that they are `recovery_share` of all takes (rounded up)."""
        if self.recovery_share <= 0:
            return 0
        return -int(-self.nominal_takes * self.recovery_share / (1 - self.recovery_share) // 1)

    @property
    def total_takes(self) -> int:
        return self.nominal_takes + self.recovery_takes
