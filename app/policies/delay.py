"""A slower device, emulated: how long a look is said to take, whatever it took here. Always labelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.errors import Invalid
from app.policies.protocol import Chunk

MOST_S = 120.0


@dataclass(frozen=True)
class Delay:
    """`whole_s` for a whole look, or `stages_s` for stages by their names; `name` says whose latency that is.

    In simulated time a stage that is not stated takes none; live, it takes what
    it takes. Without either there is none, and in simulated time the world
    stands still while the policy thinks.
    """

    name: str = ""
    whole_s: float = 0.0
    stages_s: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.whole_s and self.stages_s:
            raise Invalid("A latency is stated for the whole look or by stage, not both.", todo="Leave one out.")
        for value in (self.whole_s, *self.stages_s.values()):
            if not 0.0 <= value <= MOST_S:
                raise Invalid(f"A latency of {value:g} s cannot be emulated.", todo=f"State 0 to {MOST_S:g} s.")

    def __bool__(self) -> bool:
        return bool(self.whole_s or self.stages_s)

    @property
    def stated_s(self) -> float:
        """How long a look takes in simulated time."""
        return self.whole_s or sum(self.stages_s.values())

    @property
    def words(self) -> str:
        """For labels beside a result: "2.86 s a look, emulated (ACT, ONNX FP32 on i.MX 95)"; "" where there is none."""
        if not self:
            return ""
        by_stage = ", ".join(f"{name} {value:g} s" for name, value in self.stages_s.items())
        return f"{by_stage or f'{self.whole_s:g} s a look'}, emulated" + (f" ({self.name})" if self.name else "")

    def seconds(self, chunk: Chunk) -> float:
        """How long the look that gave `chunk` takes. Raises Invalid for a stage that the policy does not have."""
        unknown = [name for name in self.stages_s if name not in chunk.stages_ms]
        if unknown:
            raise Invalid(
                f"The policy has no stage {', '.join(unknown)}; it has {', '.join(chunk.stages_ms) or 'none'}.",
                todo="State the latency of its own stages, or of the whole look.",
            )
        return self.stated_s


PRESETS: Mapping[str, Delay] = {
    "act_fp32": Delay("ACT, ONNX FP32 on i.MX 95", 2.86),
    "act_optimized": Delay("ACT, optimized on i.MX 95", 0.32),
    "smolvla_fp32": Delay("SmolVLA, ONNX FP32 on i.MX 95", 29.1),
    "smolvla_optimized": Delay("SmolVLA, optimized on i.MX 95", 6.15),
}
"""What the guide measured (NXP and Hugging Face, March 2026)."""
