"""`lerobot-train` takes a few steps on what we wrote, and the studio's columns are no policy inputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.datasets import Dataset, EpisodeFacts
from tests.datasets.scenes import QUICK, record, small_format

pytestmark = pytest.mark.lerobot


def test_act_trains_a_few_steps(tmp_path: Path) -> None:
    dataset = Dataset.create(tmp_path / "datasets/bricks", small_format(), QUICK)
    for number in range(2):
        record(tmp_path / "takes", f"take-{number}", rows=12, first=100 * number).stop()
        dataset.commit(tmp_path / "takes", f"take-{number}", EpisodeFacts(""))
    output = tmp_path / "run"

    command = [sys.executable, "-m", "lerobot.scripts.lerobot_train", "--dataset.repo_id=local/bricks"]
    command += [f"--dataset.root={dataset.folder}", f"--output_dir={output}", "--steps=2", "--batch_size=2"]
    command += ["--policy.type=act", "--policy.device=cpu", "--policy.push_to_hub=false", "--num_workers=0"]
    command += ["--policy.pretrained_backbone_weights=null", "--policy.dim_model=32", "--policy.n_heads=2"]
    command += ["--policy.dim_feedforward=64", "--policy.n_encoder_layers=1", "--policy.n_vae_encoder_layers=1"]
    command += ["--policy.chunk_size=4", "--policy.n_action_steps=4", "--log_freq=1", "--save_freq=2"]
    command += ["--dataset.video_backend=pyav", "--wandb.enable=false"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf"), "OMP_NUM_THREADS": "2"}
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr[-3000:]
    config = json.loads((output / "checkpoints/last/pretrained_model/config.json").read_text())
    inputs = {"observation.state", "observation.images.top", "observation.images.gripper"}
    assert set(config["input_features"]) == inputs
    assert set(config["output_features"]) == {"action"}
