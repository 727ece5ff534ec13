"""What a run shall be, and what it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.control.messages import RunStatus
from app.control.models import Fallback, RunPhase
from app.policies.delay import Delay
from app.policies.strategies import StrategyChoice


@dataclass(frozen=True)
class RunChoice:
    """What the next run would be. `dataset` is where its takes go, "" for nowhere; `cut_off_s` 0: by what was timed."""

    strategy: StrategyChoice = field(default_factory=StrategyChoice)
    fallback: Fallback = Fallback.hold
    task: str = ""
    delay: Delay = field(default_factory=Delay)
    dataset: str = ""
    cut_off_s: float = 0.0


@dataclass(frozen=True)
class Run:
    """The run, or the last one; `status` is the rig's newest word of it."""

    number: int
    choice: RunChoice
    policy: str
    by: str
    client: str = ""
    status: RunStatus | None = None

    @property
    def active(self) -> bool:
        return self.status is None or self.status.phase is not RunPhase.ended
