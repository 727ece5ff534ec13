"""LeRobot's own SmolVLA is the oracle, small and with random weights; instructions are never cut and never guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.bootstrap.trials import LockStepTrialRig
from app.devices import Placement
from app.export.artifact import ArtifactPolicy, open_artifact
from app.export.cards import on_the_bench
from app.export.errors import InstructionTruncated
from app.export.runner import ArtifactRefused, ExportedPolicy
from app.export.stages import Observation
from app.export.writer import Contents, write_artifact
from app.policies import Chunk, Continuation, Delay, PolicyObservation
from app.policies.strategies import Mode, StrategyChoice
from app.policies.trial import TrialRequest, run_trial
from app.simulation.painter import Painter
from tests.datasets.oracle import Oracle

pytestmark = pytest.mark.lerobot
TASKS = ("Stack the bricks", "Put the lego brick into the transparent box")
CAMERAS = ("top", "gripper")


@pytest.fixture(scope="module")
def policy(lerobot: Oracle, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from app.export.checkpoint import Checkpoint
    from app.export.smolvla import StagedSmolVla
    from bench.random_policies import SMALL_VLM, save_smolvla

    options = {"num_vlm_layers": 4, "chunk_size": 6, "n_action_steps": 6, "num_steps": 4}
    folder = save_smolvla(tmp_path_factory.mktemp("smolvla"), SMALL_VLM, CAMERAS, (48, 64), **options)
    return StagedSmolVla(Checkpoint.load(folder), TASKS)


def moments() -> list[Observation]:
    rng = np.random.default_rng(4)
    return [
        Observation(
            {name: rng.integers(0, 256, (48, 64, 3), dtype=np.uint8) for name in CAMERAS},
            rng.uniform(-30, 30, 6).astype(np.float32),
            task,
        )
        for task in TASKS
    ]


def test_the_stages_give_what_lerobot_gives_also_for_the_shorter_instruction(policy: Any, tmp_path: Path) -> None:
    from app.export.exporting import float_stages, references, require_parity

    held, _ = references(policy, moments())
    placed = float_stages(policy, tmp_path, 1)
    held, parity = require_parity(policy, placed, held)
    assert parity <= 1e-5
    assert held.steps is not None
    assert held.steps.shape == (2, 4, 6, 6)
    np.testing.assert_allclose(held.steps[:, -1], held.reference, atol=1e-2)

    runner = ExportedPolicy(on_the_bench(policy.interface, placed))
    seen = moments()[0]
    with pytest.raises(ArtifactRefused, match=r"'Fold the towel' was not exported. Known: 'Stack the bricks'"):
        runner.chunk(seen.pictures, seen.state, task="Fold the towel")
    runner.chunk(seen.pictures, seen.state, task=TASKS[0])
    assert [span.stage for span in runner.spans] == ["vision"] * 2 + ["prefill"] + ["denoise"] * 4
    _runs_by_real_time_chunking(
        write_artifact(tmp_path / "artifact", Contents(policy.interface, placed, held, 10.0, {}))
    )


def _runs_by_real_time_chunking(folder: Path) -> None:
    """In the lock-step trial loop: each answer begins with what is executed while it is thought of."""
    artifact, rig = open_artifact(folder), LockStepTrialRig(renderer=Painter())
    answers: list[Chunk] = []
    request = TrialRequest(Placement(25.0, 5.0, 30.0), seed=3)
    how = StrategyChoice(Mode.rtc, threshold=0.9, horizon=6)
    found = run_trial(
        artifact, rig, request, strategy=how, delay=Delay("", 0.2), task=TASKS[0], limit_s=2.0, on_chunk=answers.append
    )
    rig.close()
    assert found.problem == ""
    assert found.looks > 4
    ahead = answers[0].actions[2:]
    seen = PolicyObservation(answers[0].actions[1], rig_pictures(artifact), TASKS[1])
    artifact.reset()
    alone = artifact.chunk(seen).actions
    artifact.reset()
    held = artifact.chunk(replace(seen, continuation=Continuation(ahead, 2, 6))).actions
    assert np.abs(held[:2] - ahead[:2]).max() < 0.5 * np.abs(alone[:2] - ahead[:2]).max()


def rig_pictures(artifact: ArtifactPolicy) -> dict[str, np.ndarray]:
    return {name: np.full((48, 64, 3), 90, np.uint8) for name in artifact.info.camera_names}


def test_an_instruction_that_would_be_cut_is_an_error(policy: Any) -> None:
    with pytest.raises(InstructionTruncated, match=r"tokens, and the policy was trained on at most 48"):
        policy.tokens("Stack the bricks " * 40)


def test_the_language_is_as_wide_as_the_longest_instruction(policy: Any) -> None:
    language = policy.interface.language
    assert language.width == max(len(ids) for ids in language.instructions.values())
    assert len(policy.tokens(TASKS[1])) == language.width
