"""Whether a policy is fast enough to be executed so: pure functions of measured latencies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.policies.protocol import PolicyInfo
from app.policies.strategies import Mode, StrategyChoice

MARGIN = 0.8  # green keeps a fifth of what is allowed in reserve
RATE_HZ = (2.0, 10.0)
_LONG_WAIT_S = 1.0


class Colour(StrEnum):
    green = "green"
    amber = "amber"
    red = "red"


@dataclass(frozen=True)
class Feasibility:
    """`execute_s` is T_exec = H / fps, `delay_steps` the steps that pass during a look at p95.

    `smallest_threshold` is the least queue threshold that never starves, None
    where none does; `highest_hz` the highest rate of the policy without
    starvation. `sentences` say why, `remedies` what would turn it green.
    """

    colour: Colour
    p50_s: float
    p95_s: float
    execute_s: float
    delay_steps: int
    smallest_threshold: float | None
    highest_hz: float
    sentences: tuple[str, ...]
    remedies: tuple[str, ...]


def delay_steps(latency_s: float, fps: float) -> int:
    """d = ceil(T fps): steps that pass until the answer is there."""
    return math.ceil(latency_s * fps - 1e-9)


def smallest_threshold(steps: int, horizon: int) -> float | None:
    """The least g at which a look of `steps` never starves a queue of chunks of `horizon`; None where none does.

    A chunk that took d steps has H - d left, and the next look needs d of them: d <= min(floor(g H), H - d).
    """
    return steps / horizon if 2 * steps <= horizon else None


def highest_rate_hz(latency_s: float, horizon: int) -> float:
    """The highest rate at which half a chunk still covers a look."""
    return math.inf if latency_s <= 0.0 else (horizon // 2) / latency_s


def feasibility(latencies_s: Sequence[float], info: PolicyInfo, choice: StrategyChoice) -> Feasibility:
    """Judge `choice` by looks that were timed on this device, an emulated latency included."""
    p50_s, p95_s = (float(value) for value in np.quantile(latencies_s, (0.5, 0.95)))
    steps, usual = delay_steps(p95_s, info.fps), delay_steps(p50_s, info.fps)
    least = smallest_threshold(steps, info.horizon)
    found = _Found()
    if choice.mode is Mode.synchronous:
        _judge_synchronous(found, p95_s, least, info, choice)
    else:
        _judge_queue(found, steps, usual, least, info, choice, p95_s)
    return Feasibility(
        found.colour,
        p50_s,
        p95_s,
        info.horizon / info.fps,
        steps,
        least,
        highest_rate_hz(p95_s, info.horizon),
        tuple(found.sentences),
        tuple(found.remedies),
    )


class _Found:
    """The worst colour said so far, and everything said."""

    def __init__(self) -> None:
        self.colour = Colour.green
        self.sentences: list[str] = []
        self.remedies: list[str] = []

    def say(self, colour: Colour, sentence: str, *remedies: str) -> None:
        order = list(Colour)
        self.colour = max(self.colour, colour, key=order.index)
        self.sentences.append(sentence)
        self.remedies.extend(remedies)


def _judge_synchronous(
    found: _Found, p95_s: float, least: float | None, info: PolicyInfo, choice: StrategyChoice
) -> None:
    """It always stops to think: for comparison, so never green unless the stop is shorter than a step."""
    moved_s = min(choice.execute or info.execute, info.horizon) / info.fps
    share = p95_s / (p95_s + moved_s)
    if p95_s <= 1.0 / info.fps:
        found.say(Colour.green, f"The arm stops for {p95_s * 1e3:.0f} ms before each chunk, less than one step.")
        return
    colour = Colour.red if p95_s > _LONG_WAIT_S else Colour.amber
    faster = [] if least is not None else _faster(highest_rate_hz(p95_s, info.horizon), info)
    found.say(
        colour,
        f"The arm stands still for {p95_s:.2f} s of every {p95_s + moved_s:.2f} s ({share:.0%}): the policy thinks.",
        *faster,
        "Choose asynchronous execution: the arm goes on while the policy thinks.",
    )


def _judge_queue(
    found: _Found,
    steps: int,
    usual: int,
    least: float | None,
    info: PolicyInfo,
    choice: StrategyChoice,
    p95_s: float,
) -> None:
    horizon, share = info.horizon, steps / info.horizon
    if least is None:
        text = f"A look takes {p95_s:.2f} s (p95), {steps} steps; a chunk lasts {horizon}, and at most half may pass"
        rate = highest_rate_hz(p95_s, horizon)
        if 2 * usual <= horizon:
            found.say(Colour.amber, f"{text}: slow looks starve the queue.", *_faster(rate, info))
        else:
            found.say(Colour.red, f"{text}: the queue starves in every chunk.", *_faster(rate, info))
        return
    threshold = 1.0 if choice.mode is Mode.ensembling else choice.threshold
    allowed = math.floor(threshold * horizon + 1e-9)
    if steps > allowed:
        colour = Colour.amber if usual <= allowed else Colour.red
        found.say(
            colour,
            f"The threshold of {threshold:g} asks for the next chunk when {allowed} steps are left; a look takes "
            f"{steps} (p95).",
            f"Set the threshold to {_rounded_up(least / MARGIN)} or more.",
        )
    elif steps > MARGIN * min(allowed, horizon - steps):
        found.say(
            Colour.amber,
            f"A look takes {_steps(steps)} (p95) of the {min(allowed, horizon - steps)} that are there: little "
            "reserve.",
            f"Set the threshold to {_rounded_up(min(0.5, least / MARGIN))} or more, or take a faster policy.",
        )
    else:
        found.say(
            Colour.green,
            f"A look takes {_steps(steps)} (p95) of {allowed} that are queued when it begins ({100 * share:.0f} % of a "
            "chunk).",
        )


def _faster(rate_hz: float, info: PolicyInfo) -> list[str]:
    return [
        f"Run it at {rate_hz:.1f} Hz or less (it was made for {info.fps:g} Hz).",
        f"Make a look take {info.horizon // 2 / info.fps:.2f} s or less: another precision, fewer cameras, fewer "
        "denoise steps.",
    ]


def _steps(count: int) -> str:
    return f"{count} step{'' if count == 1 else 's'}"


def _rounded_up(threshold: float) -> str:
    return f"{min(1.0, math.ceil(threshold * 20.0 - 1e-9) / 20.0):g}"
