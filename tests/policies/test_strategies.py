"""The synchronous strategy: nothing skipped, nothing twice, nothing from an old chunk."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.policies.strategies import Synchronous


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 60))
def test_each_step_executes_the_action_meant_for_it(execute: int, horizon: int, steps: int) -> None:
    plan, looked = Synchronous(execute), []
    for step in range(steps):
        if plan.wants(step):
            looked.append(step)
            plan.accept(np.arange(step, step + horizon, dtype=np.float32)[:, None], step, step)
        action = plan.action(step)
        assert action is not None
        assert action[0] == step
    assert looked == list(range(0, steps, min(execute, horizon)))


def test_without_a_chunk_the_arm_holds() -> None:
    assert Synchronous(3).action(0) is None


def test_executing_nothing_is_refused() -> None:
    with pytest.raises(Invalid):
        Synchronous(0)
