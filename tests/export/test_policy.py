"""An artifact is opened as any policy is, and answers in the same words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.export.writer import Contents, write_artifact
from app.policies.errors import ObservationInvalid, PolicyUnreadable
from app.policies.opening import open_policy
from app.policies.protocol import Policy, PolicyObservation
from tests.export import toy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    placed = toy.float_stages(tmp_path_factory.mktemp("work"))
    held = toy.held(np.zeros((3, toy.CHUNK, 6), np.float32))
    return write_artifact(
        tmp_path_factory.mktemp("models") / "bricks", Contents(toy.interface(), placed, held, 20.0, {})
    )


def test_an_artifact_is_a_policy_like_any_other(folder: Path) -> None:
    policy = open_policy(folder)
    assert isinstance(policy, Policy)
    assert (policy.info.kind, policy.info.fps, policy.info.horizon) == ("toy", 20.0, toy.CHUNK)
    assert [(joint.name, joint.unit) for joint in policy.info.joints][-1] == ("gripper", "percent")
    seen = toy.observations(1)[0]
    larger = {name: np.repeat(np.repeat(shot, 2, 0), 2, 1) for name, shot in seen.pictures.items()}
    chunks = [policy.chunk(PolicyObservation(seen.state, images, monotonic_ns=7)) for images in (seen.pictures, larger)]
    np.testing.assert_array_equal(chunks[0].actions, chunks[1].actions)
    assert chunks[0].actions.shape == (toy.CHUNK, 6)
    assert chunks[0].stages_ms.keys() == {"vision", "decoder"}
    assert chunks[0].observed_ns == 7
    policy.close()


def test_a_camera_that_is_missing_is_named(folder: Path) -> None:
    seen = toy.observations(1)[0]
    with pytest.raises(ObservationInvalid, match="gripper"):
        open_policy(folder).chunk(PolicyObservation(seen.state, {"top": seen.pictures["top"]}))


def test_a_damaged_artifact_is_no_policy(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text("{")
    with pytest.raises(PolicyUnreadable, match=r"policy.json cannot be read"):
        open_policy(tmp_path)
