"""Makes a mix's stages anew for another sight of the policy, or at a precision that is only there to be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.export.cards import PlacedStage
from app.export.convert import convert
from app.export.errors import LaneUnavailable
from app.export.lanes.lane import Lane, Source
from app.export.measure import seen_by
from app.export.precision import StagePrecision
from app.export.search import Ledger, Mix
from app.export.stages import Observation, Sight, StagedPolicy
from app.export.variants import FP32, feeds_of

type FloatStages = Callable[[StagedPolicy, Path, int], list[PlacedStage]]


@dataclass
class Remaker:
    """Exports and converts once a sight, and keeps what it made; puts the sight into the ledger."""

    policy: StagedPolicy
    ledger: Ledger
    lanes: Sequence[Lane]
    calibration: Sequence[Observation]
    work: Path
    float_stages: FloatStages
    said: Callable[[str], None] = lambda words: None
    _sources: dict[Sight, list[Source]] = field(default_factory=dict)
    _made: dict[tuple[Sight, str, str], PlacedStage] = field(default_factory=dict)

    def __call__(self, mix: Mix, sight: Sight) -> Mix:
        """The same mix at `sight`. Raises what a lane raises."""
        placed = []
        for one, source in zip(mix.placed, self._at(sight, mix.placed[0].threads), strict=True):
            made = self._converted(sight, one, source)
            placed.append(replace(made, threads=one.threads, every=one.every))
        return replace(mix, placed=tuple(placed), sight=sight)

    def everything_in_int8(self, fp32: Mix) -> Mix:
        """Softmax and attention too: to show what it does, never to ship."""
        precision, placed = StagePrecision.of("int8_all"), []
        feeds = feeds_of(self.policy.interface, fp32.placed, self.calibration)
        for one in fp32.placed:
            target = one.path.with_name(f"{one.stage.name}.int8_all.onnx")
            convert(one.path, target, precision, feeds[one.stage.name])
            placed.append(replace(one, path=target, precision=precision))
        return Mix(tuple(placed))

    def _at(self, sight: Sight, threads: int) -> list[Source]:
        if sight not in self._sources:
            self.said(f"exporting {sight.words}")
            policy = self.policy.seeing(sight)
            folder = self.work / f"sight-{len(self._sources)}"
            placed = self.float_stages(policy, folder, threads)
            calibration = [seen_by(policy.interface, one) for one in self.calibration]
            feeds = feeds_of(policy.interface, placed, calibration)
            self._sources[sight] = [Source(one, policy, feeds[one.stage.name], calibration) for one in placed]
            self.ledger.sights[sight] = (policy.interface, self.ledger.held.seen_by(policy.interface))
        return self._sources[sight]

    def _converted(self, sight: Sight, one: PlacedStage, source: Source) -> PlacedStage:
        if (one.lane, one.precision, one.provider) == ("onnxruntime", FP32, "cpu"):
            return source.placed
        key = (sight, one.stage.name, one.words)
        if key not in self._made:
            self.said(f"{one.stage.name} as {one.words}, {sight.words}")
            self._made[key] = self._lane(one).convert(source, one.precision).placed
        return self._made[key]

    def _lane(self, one: PlacedStage) -> Lane:
        for lane in self.lanes:
            if lane.name == one.lane and getattr(lane, "provider", "cpu") == one.provider:
                return lane
        raise LaneUnavailable(f"No lane {one.lane} is in this export.", todo="Name it among the lanes.")
