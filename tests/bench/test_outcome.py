"""A bench holds when its figures do, and it says so in one line of JSON."""

from __future__ import annotations

import importlib.metadata
import json
import math

import pytest

from bench.outcome import Outcome, Reach
from bench.start import installed_mb


@pytest.mark.parametrize(
    ("reach", "value", "holds"),
    [
        (Reach(at_most=2.0), 2.0, True),
        (Reach(at_most=2.0), 2.01, False),
        (Reach(at_least=300), 300, True),
        (Reach(at_least=300), 299, False),
        (Reach(at_least=0, at_most=0), 1, False),
        (Reach(at_most=2.0), math.nan, False),
        (Reach(at_least=2.0), math.nan, False),
    ],
)
def test_a_figure_is_held_to_its_reach(reach: Reach, value: float, holds: bool) -> None:
    assert reach.holds(value) is holds


def test_the_line_is_what_the_issue_asks_for() -> None:
    outcome = Outcome("start", {"ready_s": 1.5, "starts": 3}, {"import_s": 9.0}, {"ready_s": Reach(at_most=2.0)})
    assert json.loads(outcome.line()) == {
        "bench": "start",
        "figures": {"ready_s": 1.5, "starts": 3},
        "anchor": {"import_s": 9.0},
        "reach": {"ready_s": "<= 2"},
        "holds": True,
    }
    assert "\n" not in outcome.line()


def test_a_reach_without_its_figure_is_an_error() -> None:
    with pytest.raises(KeyError):
        _ = Outcome("start", {}, {}, {"ready_s": Reach(at_most=2.0)}).holds


def test_the_base_install_counts_its_dependencies_once_and_without_torch() -> None:
    base = installed_mb("understudy", frozenset())
    assert base > installed_mb("pyarrow", frozenset()) + installed_mb("mujoco", frozenset())
    assert base < installed_mb("understudy", frozenset({"lerobot"})) - installed_mb("torch", frozenset())
    assert importlib.metadata.version("torch")
