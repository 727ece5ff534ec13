"""Which take comes next: chosen by deficit, then by how little the object has to move."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.datasets.models import EpisodeKind
from app.devices.models import Placement
from app.guidance.outstanding import Outstanding, Place, place_of
from app.guidance.plan import Plan
from app.guidance.progress import Progress
from app.guidance.stations import Station, share_of_station
from app.guidance.targets import Target, all_targets, fraction

FRAME_SLACK = 0.05
"""So far may the share by frames fall behind before it brings a recovery forward: recoveries are shorter takes."""


@dataclass(frozen=True)
class Wishes:
    """What people asked for: a pinned cluster (operator), clusters first (lead), places put off (in order)."""

    pinned: str = ""
    first: tuple[str, ...] = ()
    skipped: tuple[Place, ...] = ()


def targets_of(plan: Plan, station: Station) -> tuple[Target, ...]:
    """Everything this station records."""
    return share_of_station(all_targets(plan), station, plan.seed)


def open_targets(targets: Sequence[Target], progress: Progress) -> tuple[Target, ...]:
    """What is not recorded yet. Takes fill places of the same position (or cause) first to last.

    A recovery whose cause the plan did not ask for there still fills one of its
    cluster's places: the operator chose the cause after the fact.
    """
    nominal: Counter[tuple[str, int]] = Counter(progress.positions)
    causes: Counter[tuple[str, int, str]] = Counter(progress.recoveries)
    left = []
    for target in targets:
        if not _take(nominal, causes, target):
            left.append(target)
    surplus: Counter[str] = Counter()
    for (cluster, _, _), count in causes.items():
        surplus[cluster] += max(0, count)
    return tuple(target for target in left if not _filled_by_surplus(target, surplus))


def recovery_due(plan: Plan, progress: Progress) -> bool:
    """Whether the next take should be a recovery: the share has fallen behind, by episodes or by frames."""
    share = progress.share
    if plan.recovery_share <= 0:
        return False
    if share.recovery_episodes + 1 <= plan.recovery_share * (share.episodes + 1) + 1e-9:
        return True
    by_frames = share.by_frames
    return by_frames is not None and share.episodes >= 5 and by_frames < plan.recovery_share - FRAME_SLACK


def choose(
    plan: Plan,
    progress: Progress,
    targets: Sequence[Target],
    *,
    here: Placement | None = None,
    wishes: Wishes | None = None,
    outstanding: Outstanding | None = None,
) -> Target | None:
    """The next target among `targets` (this station's), or None when the plan is fulfilled.

    `here` is where the object lies now; `outstanding` is what others were given.
    The same arguments give the same target. Pinned or first clusters that are
    full are passed over; skipped places come when nothing else is left.
    """
    wishes = wishes or Wishes()
    unfilled = open_targets(targets, progress)
    pool = outstanding.without(unfilled) if outstanding else list(unfilled)
    pool = _of_cluster(pool, wishes.pinned)
    pool = _not_skipped(pool, wishes)
    pool = _of_kind(pool, recovery=recovery_due(plan, progress))
    deficits = _deficits(targets, unfilled)

    def rank(target: Target) -> tuple[float, ...]:
        return (
            wishes.skipped.index(place_of(target)) if place_of(target) in wishes.skipped else -1,
            wishes.first.index(target.cluster) if target.cluster in wishes.first else len(wishes.first),
            -deficits[target.cluster, target.kind],
            progress.orientations.get((target.cluster, target.orientation), 0),
            progress.positions.get((target.cluster, target.position), 0),
            target.repeat,
            round(disruption(plan, here, target.placement), 6),
            fraction(plan.seed, target.key),
        )

    return min(pool, key=rank, default=None)


def disruption(plan: Plan, here: Placement | None, there: Placement) -> float:
    """How far the object must be moved: cm, with ten degrees of turn counted as one cm."""
    if here is None:
        return 0.0
    turn = yaw_difference(there.yaw_deg, here.yaw_deg, plan.object.symmetry_deg)
    return math.hypot(there.x_cm - here.x_cm, there.y_cm - here.y_cm) + abs(turn) / 10


def yaw_difference(to_deg: float, from_deg: float, symmetry_deg: float) -> float:
    """The smallest turn that makes the object look right, counter-clockwise positive.

    `symmetry_deg` is after how much it looks the same (180 for a tea bag, 360
    for none); the answer lies in [-symmetry/2, symmetry/2).
    """
    half = symmetry_deg / 2
    return (to_deg - from_deg + half) % symmetry_deg - half


class TargetQueue:
    """One studio's queue: it gives each target once, until its take is recorded or it is handed back.

    It keeps only what people asked for and what is under way; what is recorded
    comes in with every call, so a restart loses nothing but the wishes.
    """

    def __init__(self, plan: Plan, station: Station) -> None:
        self._plan = plan
        self._targets = targets_of(plan, station)
        self._outstanding = Outstanding()
        self._history: list[Target] = []
        self._current: Target | None = None
        self._wishes = Wishes()

    @property
    def current(self) -> Target | None:
        """The target under way."""
        return self._current

    @property
    def wishes(self) -> Wishes:
        return self._wishes

    @property
    def size(self) -> int:
        """How many takes this station is asked for in all."""
        return len(self._targets)

    def remaining(self, progress: Progress) -> int:
        return len(open_targets(self._targets, progress))

    def next(self, progress: Progress, here: Placement | None = None) -> Target | None:
        """Give out the next target; None when nothing is left to give."""
        self._outstanding.settle(progress)
        target = choose(
            self._plan,
            progress,
            self._targets,
            here=here,
            wishes=self._wishes,
            outstanding=self._outstanding,
        )
        if self._current is not None and self._current != target:
            self._history.append(self._current)
        self._give(target)
        return target

    def hand_back(self, target: Target) -> None:
        """Its take was discarded: the target may be given again."""
        self._outstanding.take_back(target)

    def skip(self, progress: Progress, here: Placement | None = None) -> Target | None:
        """Put the current target's place off until nothing else is left, and give the next."""
        if self._current is not None:
            self.hand_back(self._current)
            self._wishes = replace(self._wishes, skipped=(*self._wishes.skipped, place_of(self._current)))
        return self.next(progress, here)

    def asks_for(self, target: Target, progress: Progress) -> bool:
        """Whether this very target is still to be recorded here."""
        return target in open_targets(self._targets, progress)

    def back_possible(self, progress: Progress) -> bool:
        """Whether a target before this one is still to be recorded."""
        return any(self.asks_for(target, progress) for target in self._history)

    def back(self, progress: Progress | None = None) -> Target | None:
        """The target before this one becomes current again; the current one may be given later.

        With `progress`, targets whose takes are recorded meanwhile are passed over.
        """
        if progress is not None:
            self._history = [target for target in self._history if self.asks_for(target, progress)]
        if self._history:
            if self._current is not None:
                self.hand_back(self._current)
            target = self._history.pop()
            self._outstanding.take_back(target)
            self._give(target)
        return self._current

    def pin(self, cluster: str) -> None:
        """Give targets of this cluster while it has any; "" lifts the pin. Raises `UnknownCluster`."""
        if cluster:
            self._plan.cluster(cluster)
        self._wishes = replace(self._wishes, pinned=cluster)

    def put_first(self, clusters: Iterable[str]) -> None:
        """The lead's order of clusters; the rest follows by deficit. Raises `UnknownCluster`."""
        names = tuple(dict.fromkeys(self._plan.cluster(name).name for name in clusters))
        self._wishes = replace(self._wishes, first=names)

    def _give(self, target: Target | None) -> None:
        self._current = target
        if target is None:
            return
        self._outstanding.give(target)
        kept = tuple(place for place in self._wishes.skipped if place != place_of(target))
        self._wishes = replace(self._wishes, skipped=kept)


def _of_cluster(targets: list[Target], pinned: str) -> list[Target]:
    return [target for target in targets if target.cluster == pinned] or targets


def _not_skipped(targets: list[Target], wishes: Wishes) -> list[Target]:
    return [target for target in targets if place_of(target) not in wishes.skipped] or targets


def _of_kind(targets: list[Target], *, recovery: bool) -> list[Target]:
    wanted = EpisodeKind.recovery if recovery else EpisodeKind.nominal
    return [target for target in targets if target.kind == wanted] or targets


def _take(nominal: Counter[tuple[str, int]], causes: Counter[tuple[str, int, str]], target: Target) -> bool:
    """Whether an episode of exactly this target's place is left; it is used up."""
    if target.kind == EpisodeKind.nominal:
        nominal[target.cluster, target.position] -= 1
        return nominal[target.cluster, target.position] >= 0
    causes[target.cluster, target.position, target.cause] -= 1
    return causes[target.cluster, target.position, target.cause] >= 0


def _filled_by_surplus(target: Target, surplus: Counter[str]) -> bool:
    if target.kind == EpisodeKind.recovery and surplus[target.cluster] > 0:
        surplus[target.cluster] -= 1
        return True
    return False


def _deficits(targets: Sequence[Target], unfilled: Sequence[Target]) -> dict[tuple[str, str], float]:
    """The part still open of each cluster's targets, by kind."""
    planned = Counter((target.cluster, target.kind) for target in targets)
    missing = Counter((target.cluster, target.kind) for target in unfilled)
    return {place: missing[place] / count for place, count in planned.items()}
