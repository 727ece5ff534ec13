"""The command that trains a run on Hugging Face Jobs, by LeRobot's own `--job.target`.

LeRobot pushes a local dataset to a private repository of its name unless that is
there already; so a view named by its content travels once.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from pathlib import Path

from app.training.command import VIEW, options_in
from app.training.errors import RunInvalid
from app.training.models import Run

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_TIME = re.compile(r"\d{1,4}[smhd]")
_ELSEWHERE = ("--dataset.root=", "--dataset.repo_id=", "--output_dir=", "--policy.device=", "--policy.push_to_hub=")
HOME = "hub"  # below the run's folder: LeRobot's home, where the view stands under its name on the Hub


def view_hash(run: Run) -> str:
    """Of everything a view is made from: two runs with the same one share the uploaded dataset."""
    made_of = [run.dataset_hash, run.policy.model_dump_json(include={"fps", "cameras"})]
    made_of += [f"{use.uuid}:{use.times}" for use in run.used]
    if run.settings.state_noise:  # drawn by the seed
        made_of.append(f"noise {run.settings.state_noise} {run.copies} {run.settings.seed}")
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:16]


def dataset_name(run: Run, user: str) -> str:
    return f"{user}/understudy-view-{view_hash(run)}"


def hub_options(
    run: Run, folder: Path, *, user: str, target: str, timeout: str = "2d", resume_from: Path | None = None
) -> list[str]:
    """lerobot-train's options; `target` is a hardware flavour of `hf jobs hardware`. Raises RunInvalid."""
    for what, value, shape in (("user", user, _NAME), ("flavour", target, _NAME), ("time limit", timeout, _TIME)):
        if not shape.fullmatch(value):
            raise RunInvalid(f"{value[:60]!r} is no {what} of Hugging Face Jobs.", todo="Correct it.")
    options = [  # its environment is not ours to set, so half precision there is what `use_amp` makes of it
        option.replace("--policy.use_amp=false", "--policy.use_amp=true")
        for option in options_in(run, folder, resume_from=resume_from)
        if not option.startswith(_ELSEWHERE)
    ]
    goes_to = ["--policy.push_to_hub=true", f"--policy.repo_id={user}/{run.name}"]  # a checkpoint knows its own
    return [
        f"--dataset.repo_id={dataset_name(run, user)}",
        *options,
        *([] if resume_from else goes_to),
        "--save_checkpoint_to_hub=true",
        f"--job.target={target}",
        f"--job.timeout={timeout}",
    ]


def hub_command(run: Run, folder: Path, *, user: str, target: str, timeout: str = "2d") -> str:
    """The same as a person copies it into a shell. Raises RunInvalid."""
    options = hub_options(run, folder, user=user, target=target, timeout=timeout)
    home, dataset = folder / HOME, dataset_name(run, user)
    link = f"mkdir -p {shlex.quote(str(home / user))} && ln -sfn {shlex.quote(str(folder / VIEW))} "
    link += shlex.quote(str(home / dataset))
    words = [f"HF_LEROBOT_HOME={shlex.quote(str(home))}", "lerobot-train", *map(shlex.quote, options)]
    return f"{link} && \\\n" + " \\\n  ".join(words)
