"""Real-time chunking on an exported denoiser: the chunk goes on from what is queued, as far as it is told to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper

from app.export.cards import PlacedStage
from app.export.measure import Held
from app.export.runner.models import Affine, Port
from app.export.stages import Runs, Stage
from app.export.writer import Contents, write_artifact
from app.policies import Continuation, PolicyObservation, open_policy
from app.policies.continuation import Schedule
from tests.export import toy

HORIZON, STEPS = 12, 10
SCALE, SHIFT = np.full(6, 2.0, np.float32), np.full(6, 10.0, np.float32)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 20), st.integers(1, 30), st.integers(1, 30), st.integers(1, 20), st.sampled_from(Schedule))
def test_the_pull_is_full_on_what_will_be_over_and_fades_to_the_horizon(
    delay: int, horizon: int, queued: int, total: int, schedule: Schedule
) -> None:
    pull = Continuation(np.zeros((queued, 6), np.float32), delay, horizon, schedule).weights(total)
    end = min(horizon, queued, total)
    assert len(pull) == total
    assert (np.diff(pull) <= 1e-6).all()
    assert (pull[: min(delay, end)] == 1.0).all()
    assert (pull[end:] == 0.0).all()


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported flow policy that knows one answer: the state in its own space, in every row."""
    work = tmp_path_factory.mktemp("flow")
    stage = Stage(
        "denoise",
        Runs.per_step,
        (
            Port("x_t", "float32", (1, HORIZON, 6)),
            Port("t", "float32", (1,)),
            Port("state", "float32", (6,)),
        ),
        (Port("v_t", "float32", (1, HORIZON, 6)),),
    )
    nodes = [
        helper.make_node("Sub", ["x_t", "state"], ["away"], "away"),
        helper.make_node("Div", ["away", "t"], ["v_t"], "velocity"),
    ]
    toy._save(work / "denoise.onnx", stage, nodes, {})
    interface = replace(
        toy.interface(),
        family="flow",
        cameras=toy.CAMERAS[:1],
        pictures={"top": toy.interface().pictures["top"]},
        chunk=HORIZON,
        steps=STEPS,
        noise=(1, HORIZON, 6),
        result="x_t",
        result_normalized=True,
        action_out=Affine(SCALE, SHIFT),
    )
    seen = [replace(one, pictures={"top": one.pictures["top"]}) for one in toy.observations(2)]
    reference = np.stack([np.tile(one.state * SCALE + SHIFT, (HORIZON, 1)) for one in seen]).astype(np.float32)
    noise = [np.zeros((1, HORIZON, 6), np.float32)] * 2
    placed = [PlacedStage(stage, work / "denoise.onnx", toy.FP32)]
    return write_artifact(work / "artifact", Contents(interface, placed, Held(seen, noise, reference), 10.0, {}))


def test_the_next_chunk_goes_on_from_the_queue_and_then_to_its_own_answer(flow: Path) -> None:
    policy = open_policy(flow)
    assert policy.info.continues
    state = np.zeros(6, np.float32)
    seen = PolicyObservation(state, {"top": toy.observations(1)[0].pictures["top"]})
    free = policy.chunk(seen).actions
    np.testing.assert_allclose(free, np.tile(SHIFT, (HORIZON, 1)), atol=1e-3)
    queued = np.tile(SHIFT + 8.0, (8, 1)).astype(np.float32)
    led = policy.chunk(replace(seen, continuation=Continuation(queued, delay=3, horizon=6))).actions
    away = np.abs(led - free).max(axis=1)
    np.testing.assert_allclose(led[:3], queued[:3], atol=1.0)  # what will be over is what is queued
    assert (np.diff(away[2:7]) < 0).all()  # then it fades
    np.testing.assert_allclose(led[6:], free[6:], atol=1e-3)
