"""LeRobot's own code is the oracle: aggregations by name, ACT's ensembler, real-time chunking's guidance."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from app.policies.continuation import Continuation, Schedule
from app.policies.strategies import AGGREGATIONS, Ensembling

pytestmark = pytest.mark.lerobot
RANDOM = np.random.default_rng(5)


def test_each_aggregation_of_lerobot_is_here_under_its_name_and_gives_its_numbers() -> None:
    import torch
    from lerobot.async_inference.configs import AGGREGATE_FUNCTIONS

    assert set(AGGREGATE_FUNCTIONS) == {str(name) for name in AGGREGATIONS}
    old, new = RANDOM.normal(size=(2, 6)).astype(np.float32)
    for name, ours in AGGREGATIONS.items():
        theirs = AGGREGATE_FUNCTIONS[name](torch.from_numpy(old), torch.from_numpy(new)).numpy()
        np.testing.assert_allclose(ours(old, new), theirs, atol=1e-6)


@pytest.mark.parametrize("coefficient", [0.01, 0.0, -0.1])
def test_ensembling_gives_what_lerobots_ensembler_gives(coefficient: float) -> None:
    import torch
    from lerobot.policies.act.modeling_act import ACTTemporalEnsembler

    theirs, ours = ACTTemporalEnsembler(coefficient, 7), Ensembling(coefficient)
    for step in range(20):
        chunk = RANDOM.normal(size=(7, 6)).astype(np.float32)
        expected = theirs.update(torch.from_numpy(chunk)[None])[0].numpy()
        assert ours.wants(step)
        ours.accept(chunk, step, step)
        action = ours.action(step)
        assert action is not None
        np.testing.assert_allclose(action, expected, atol=1e-5)


@pytest.mark.parametrize("schedule", Schedule)
@pytest.mark.parametrize(("delay", "horizon", "left"), [(3, 8, 9), (0, 10, 4), (6, 4, 12), (2, 40, 12)])
def test_guidance_gives_what_lerobots_rtc_gives(schedule: Schedule, delay: int, horizon: int, left: int) -> None:
    import torch
    from lerobot.configs.types import RTCAttentionSchedule
    from lerobot.policies.rtc import RTCConfig, RTCProcessor

    mix: Any = torch.from_numpy(RANDOM.normal(0, 0.3, (8, 8)).astype(np.float32))
    theirs = RTCProcessor(
        RTCConfig(prefix_attention_schedule=RTCAttentionSchedule[schedule.upper()], execution_horizon=horizon)
    )
    queued = RANDOM.normal(size=(left, 6)).astype(np.float32)
    guide = Continuation(queued, delay, horizon, schedule).guide(queued, 12, 8)
    noise = RANDOM.normal(size=(1, 12, 8)).astype(np.float32)
    x_ours, x_theirs = noise, torch.from_numpy(noise)
    for t, after in pairwise(np.linspace(1.0, 0.0, 11)):
        v_theirs = theirs.denoise_step(
            x_t=x_theirs,
            prev_chunk_left_over=torch.from_numpy(queued)[None],
            inference_delay=delay,
            time=float(t),
            original_denoise_step_partial=lambda x: x @ mix,
        )
        v_ours = guide(x_ours, x_ours @ mix.numpy(), float(t))
        np.testing.assert_allclose(v_ours, v_theirs.detach().numpy(), rtol=1e-3, atol=1e-3)
        x_ours = x_ours + np.float32(after - t) * v_ours
        x_theirs = x_theirs.detach() + float(after - t) * v_theirs.detach()
