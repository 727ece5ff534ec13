"""Leads one studio through its plan: the take that is asked for now, and what is known of the object's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import Conflict
from app.datasets.models import EpisodeKind, PlacedSource
from app.devices.models import Placement, Start
from app.guidance.briefing import AT_GOAL, Briefing, PlacementState, brief
from app.guidance.detector import Seen, Unseen
from app.guidance.next_target import TargetQueue
from app.guidance.plan import Plan
from app.guidance.progress import Progress, Recorded, progress_of
from app.guidance.records import last_placements
from app.guidance.stations import Station
from app.guidance.table_view import TableView
from app.guidance.targets import Target
from app.guidance.words import in_place


class SeenElsewhere(Conflict):
    """The operator's word counts only where vision abstains."""

    code = "seen_elsewhere"


class NoTarget(Conflict):
    code = "no_target"


@dataclass(frozen=True)
class Placed:
    """Where the object lies as far as anybody knows, and who says so."""

    placement: Placement | None
    source: PlacedSource


UNPLACED = Placed(None, PlacedSource.unknown)


class Guide:
    """One plan's queue and the knowledge about its current target. Knows no camera and no clock.

    Who says where the object lies: vision where it sees it; else the operator's
    word, given for this target; else the simulator's truth (docs/decisions/0071).
    """

    def __init__(self, plan: Plan, station: Station, recorded: Sequence[Recorded] = ()) -> None:
        self.plan = plan
        self.station = station
        self._queue = TargetQueue(plan, station)
        self.recorded = tuple(recorded)
        self.progress: Progress = progress_of(plan, self.recorded)
        self._found: Seen | Unseen | None = None
        self._truth: Placement | None = None
        self._word = False
        self._arranged: Start = Start.nominal
        self._give()

    # ---- the queue ----

    @property
    def target(self) -> Target | None:
        """The take that is asked for now; None when the plan (or this station's share) is fulfilled."""
        return self._queue.current

    @property
    def queue(self) -> TargetQueue:
        return self._queue

    @property
    def back_possible(self) -> bool:
        return self._queue.back_possible(self.progress)

    @property
    def remaining(self) -> int:
        """Takes this station is still asked for."""
        return self._queue.remaining(self.progress)

    def update(self, recorded: Sequence[Recorded]) -> None:
        """The dataset has changed: an episode was saved, taken back, or judged. A fulfilled target gives way."""
        self.recorded = tuple(recorded)
        self.progress = progress_of(self.plan, self.recorded)
        target = self.target
        if target is None or not self._queue.asks_for(target, self.progress):
            self._give()

    def skip(self) -> None:
        """Put this place off."""
        self._require_target()
        self._queue.skip(self.progress, self.here)
        self._new_target()

    def back(self) -> None:
        """The target before this one, if its take is still to be recorded."""
        if not self.back_possible:
            raise NoTarget("There is no earlier target that is still to be recorded.", todo="Go on with this one.")
        self._queue.back(self.progress)
        self._new_target()

    def pin(self, cluster: str) -> None:
        """Stay in `cluster`; "" lifts the pin. Raises `UnknownCluster`."""
        self._queue.pin(cluster)
        target = self.target
        if cluster and target is not None and target.cluster != cluster:
            self._give()

    def put_first(self, clusters: Sequence[str]) -> None:
        """The lead's order. Raises `UnknownCluster`."""
        self._queue.put_first(clusters)
        self._give()

    def take_over_wishes(self, other: Guide) -> None:
        """Another version of the plan begins: what people asked for stays where the clusters still exist."""
        names = {cluster.name for cluster in self.plan.clusters}
        wishes = other.queue.wishes
        self._queue.put_first([name for name in wishes.first if name in names])
        self._queue.pin(wishes.pinned if wishes.pinned in names else "")
        self._give()

    # ---- where the object lies ----

    @property
    def here(self) -> Placement | None:
        return self.placed.placement

    @property
    def placed(self) -> Placed:
        """Vision, else the operator's word, else the simulator's truth, else nobody."""
        if isinstance(self._found, Seen):
            return Placed(self._found.placement, PlacedSource.seen)
        if self._word and self.target is not None:
            known = self.target.placement if self.target.start not in AT_GOAL else None
            return Placed(known, PlacedSource.operator)
        if self._truth is not None:
            return Placed(self._truth, PlacedSource.simulator)
        return UNPLACED

    @property
    def word_given(self) -> bool:
        return self._word

    @property
    def found(self) -> Seen | Unseen | None:
        return self._found

    @property
    def wants_truth(self) -> bool:
        """Whether the simulator's truth is worth asking for: vision abstains."""
        return not isinstance(self._found, Seen)

    def look(self, found: Seen | Unseen | None) -> None:
        """What vision says now, None while nobody looks. The object seen elsewhere takes the word back."""
        self._found = found
        target = self.target
        if (
            isinstance(found, Seen)
            and target is not None
            and not in_place(self.plan, found.placement, target.placement)
        ):
            self._word = False

    def truth(self, placement: Placement | None, arranged: Start) -> None:
        """The simulator's own word, where there is one, and the start state it was put into last."""
        self._truth, self._arranged = placement, arranged

    def word(self, at_mark: bool) -> None:
        """The operator says that it is arranged as asked. Raises `SeenElsewhere` where vision sees otherwise."""
        target = self._require_target()
        if at_mark and isinstance(self._found, Seen) and target.kind == EpisodeKind.nominal:
            if not in_place(self.plan, self._found.placement, target.placement):
                raise SeenElsewhere(
                    f"The camera sees the {self.plan.object.name} elsewhere.", todo="Move it onto the mark."
                )
            return  # vision says so itself, and that is worth more
        self._word = at_mark

    def take_ended(self) -> None:
        """What was arranged is used up."""
        self._word = False

    @property
    def ready(self) -> bool:
        """Green: the object lies at the mark, or a recovery's start is arranged, by whoever says so."""
        target = self.target
        if target is None:
            return False
        if target.kind == EpisodeKind.recovery and (self._word or self._arranged is target.start):
            return True
        place = self.here
        return target.kind == EpisodeKind.nominal and place is not None and in_place(self.plan, place, target.placement)

    # ---- what is said and stored ----

    def briefing(self, view: TableView | None) -> Briefing | None:
        """The current target, said and drawn; None when there is none."""
        target = self.target
        if target is None:
            return None
        return brief(self.plan, target, self._found, view, last=last_placements(self.recorded))

    @property
    def state(self) -> PlacementState:
        """in_place by whoever says so, move where vision sees it elsewhere, unseen where nobody can say."""
        if self.ready:
            return PlacementState.in_place
        return PlacementState.move if isinstance(self._found, Seen) else PlacementState.unseen

    def columns(self) -> dict[str, object]:
        """The plan, target and placement columns of a take that starts now; {} when nothing is asked for."""
        target = self.target
        if target is None:
            return {"plan_version": self.plan.version, **_placed_columns(self.placed)}
        kind, cause = self._kind()
        return {
            "plan_version": self.plan.version,
            "cluster": target.cluster,
            "position": target.position,
            "target_x_cm": target.placement.x_cm,
            "target_y_cm": target.placement.y_cm,
            "target_yaw_deg": target.placement.yaw_deg,
            "kind": str(kind),
            "recovery_cause": cause,
            **_placed_columns(self.placed),
        }

    def _kind(self) -> tuple[EpisodeKind, str]:
        """As asked; a simulator that was put into another start says what the take really begins with."""
        target = self._require_target()
        if target.kind == EpisodeKind.nominal and self._arranged is not Start.nominal:
            named = (cause.name for cause in self.plan.causes if cause.start is self._arranged)
            return EpisodeKind.recovery, next(named, str(self._arranged))
        return target.kind, target.cause

    def _give(self) -> None:
        """Another target. The one before is recorded or given up: what is saved tells which, so it is handed back."""
        if self.target is not None:
            self._queue.hand_back(self.target)
        self._queue.next(self.progress, self.here)
        self._new_target()

    def _new_target(self) -> None:
        self._word = False

    def _require_target(self) -> Target:
        if self.target is None:
            raise NoTarget("The plan is fulfilled: no take is asked for.", todo="Raise its counts to record more.")
        return self.target


def _placed_columns(placed: Placed) -> dict[str, object]:
    """Unknown stays unknown: NaN in the dataset."""
    if placed.placement is None:
        return {"placed_source": str(placed.source)}
    return {
        "placed_x_cm": placed.placement.x_cm,
        "placed_y_cm": placed.placement.y_cm,
        "placed_yaw_deg": placed.placement.yaw_deg,
        "placed_source": str(placed.source),
    }
