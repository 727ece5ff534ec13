"""LeRobot's own programs against the simulated arm: record by the demonstrator, replay, and a policy's rollout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

pytest.importorskip("lerobot")

ROOT = Path(__file__).parents[2]
ROBOT = [
    "--robot.discover_packages_path=app.simulation.lerobot_robot",
    "--robot.type=understudy_sim",
    "--robot.id=sim",
    "--robot.painter=true",
]

# One process for all three: importing LeRobot costs more than everything it does here.
PROGRAM = """
import json, sys
from pathlib import Path

def run(main, arguments):
    sys.argv = ["lerobot", *arguments]
    main()

def tiny_policy(dataset_root, folder):
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.act.configuration_act import ACTConfig
    from lerobot.policies.act.modeling_act import ACTPolicy
    from lerobot.policies.factory import make_pre_post_processors
    stats = json.loads((dataset_root / "meta/stats.json").read_text())
    shape = (3, 480, 640)
    inputs = {"observation.state": PolicyFeature(type=FeatureType.STATE, shape=(6,))}
    inputs["observation.images.top"] = PolicyFeature(type=FeatureType.VISUAL, shape=shape)
    outputs = {"action": PolicyFeature(type=FeatureType.ACTION, shape=(6,))}
    config = ACTConfig(input_features=inputs, output_features=outputs, device="cpu", chunk_size=20, n_action_steps=20,
        dim_model=32, n_heads=2, dim_feedforward=32, n_encoder_layers=1, use_vae=False,
        pretrained_backbone_weights=None, push_to_hub=False)
    ACTPolicy(config).save_pretrained(folder)
    import torch
    tensors = {key: {name: torch.tensor(value) for name, value in each.items()} for key, each in stats.items()}
    for processor in make_pre_post_processors(config, dataset_stats=tensors):
        processor.save_pretrained(folder)

robot, root, policy = json.loads(sys.argv[1])
from lerobot.scripts.lerobot_record import main as record
run(record, [*robot, "--teleop.type=understudy_demonstrator", "--teleop.id=script", "--dataset.repo_id=local/sim",
    f"--dataset.root={root}", "--dataset.single_task=Put the tea bag in the mug", "--dataset.num_episodes=1",
    "--dataset.episode_time_s=2.5", "--dataset.reset_time_s=0", "--dataset.push_to_hub=false", "--play_sounds=false",
    "--dataset.streaming_encoding=true"])
from lerobot.scripts.lerobot_replay import main as replay
run(replay, [*robot, "--dataset.repo_id=local/sim", f"--dataset.root={root}", "--dataset.episode=0",
    "--play_sounds=false"])
tiny_policy(Path(root), Path(policy))
from lerobot.scripts.lerobot_rollout import main as rollout
run(rollout, [*robot, f"--policy.path={policy}", "--task=Put the tea bag in the mug", "--duration=1.5",
    "--device=cpu", "--play_sounds=false", "--return_to_initial_position=false"])
print("all three ran")
"""


@pytest.mark.lerobot
@pytest.mark.timeout(280)
def test_record_replay_and_rollout_run_against_the_simulated_arm(tmp_path: Path) -> None:
    root, policy = tmp_path / "dataset", tmp_path / "policy"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(tmp_path / "hf"),
        "HF_LEROBOT_HOME": str(tmp_path / "lerobot"),
        "OMP_NUM_THREADS": "1",
    }
    arguments = json.dumps([ROBOT, str(root), str(policy)])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert "all three ran" in done.stdout, done.stderr[-3000:]
    info = json.loads((root / "meta/info.json").read_text())
    assert info["robot_type"] == "so_follower"
    assert {f"observation.images.{name}" for name in ("top", "gripper", "left")} <= set(info["features"])
    assert info["features"]["action"]["names"][0] == "shoulder_pan.pos"
    rows = pq.read_table(next((root / "data").rglob("*.parquet")), columns=["action"])
    actions = rows["action"].to_pylist()
    assert len(actions) == info["total_frames"] > 5
    assert max(abs(a - b) for a, b in zip(actions[0], actions[-1], strict=True)) > 5.0
