"""The exact lerobot-train command of a run, and the environment it runs in."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.training.models import Device, Precision, Run, RunSettings, Scalar

RUN = "{run}"  # stands for the run's folder, wherever that lies when it is started
STEPS = "{steps}"
VIEW, OUTPUT, CACHE = "view", "train", "cache"
MODULE = "lerobot.scripts.lerobot_train"
DTYPED = ("eo1", "lingbot_va", "pi0", "pi05", "pi0_fast", "xvla")  # have a `dtype` and pass over `use_amp`


def train_options(settings: RunSettings, base: str, device: Device) -> tuple[str, ...]:
    """The options of lerobot-train, with placeholders for what differs from place to place."""
    chosen: dict[str, Scalar] = {
        "dataset.repo_id": "local/view",
        "dataset.root": f"{RUN}/{VIEW}",
        "output_dir": f"{RUN}/{OUTPUT}",
    }
    chosen |= {"policy.path": base} if base else {"policy.type": settings.policy}
    chosen |= {"policy.device": str(device), "policy.push_to_hub": False}
    chosen |= {
        "steps": settings.steps,
        "batch_size": settings.batch,
        "save_freq": min(settings.save_every, settings.steps),
        "log_freq": min(settings.log_every, settings.steps),
        "env_eval_freq": 0,
        "seed": settings.seed,
        "num_workers": settings.workers,
        "dataset.video_backend": "pyav",
        "wandb.enable": False,
    }
    chosen |= _precise(settings, device)
    if settings.augmentation:
        chosen["dataset.image_transforms.enable"] = True
    chosen |= {name: settings.steps if value == STEPS else value for name, value in settings.options.items()}
    options = [f"--{name}={_written(value)}" for name, value in chosen.items()]
    if settings.rename:
        pairs = ", ".join(f'"{old}": "{new}"' for old, new in settings.rename.items())
        options.append(f"--rename_map={{{pairs}}}")
    return tuple(options)


def _precise(settings: RunSettings, device: Device) -> dict[str, Scalar]:
    """LeRobot's `use_amp` is bf16 on processors and fp16 on graphics cards, where accelerate is told instead."""
    half = settings.precision is Precision.bf16
    if settings.policy in DTYPED:
        return {"policy.dtype": "bfloat16" if half else "float32"}
    if not half:
        return {}
    return {"policy.use_amp": device is not Device.cuda}


def environment(*, offline: bool, device: Device, precision: Precision = Precision.fp32) -> dict[str, str]:
    """What the child is given besides its own environment."""
    found = {
        "HF_DATASETS_CACHE": f"{RUN}/{CACHE}",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
    }
    if offline:
        found["HF_HUB_OFFLINE"] = "1"
    if device is Device.cuda and precision is Precision.bf16:
        found["ACCELERATE_MIXED_PRECISION"] = "bf16"
    if device is Device.cpu:  # page faults cost much on virtual machines
        found |= {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": "4294967296", "CUDA_VISIBLE_DEVICES": ""}
    return found


def launched(run: Run, folder: Path, *, resume_from: Path | None = None, python: str = sys.executable) -> list[str]:
    """The argument list that trains `run` in `folder`, from its beginning or from a checkpoint."""
    return [*_interpreter(run.settings, python), *options_in(run, folder, resume_from=resume_from)]


def options_in(run: Run, folder: Path, *, resume_from: Path | None = None) -> list[str]:
    if resume_from is None:
        return placed(run.command, folder)
    keep = ("--dataset.root=", "--output_dir=", "--steps=", "--save_freq=", "--log_freq=", "--num_workers=")
    kept = [option for option in placed(run.command, folder) if option.startswith(keep)]
    return ["--resume=true", f"--config_path={resume_from}/pretrained_model/train_config.json", *kept]


def placed(words: Sequence[str], folder: Path) -> list[str]:
    return [word.replace(RUN, str(folder)) for word in words]


def environment_in(run: Run, folder: Path) -> dict[str, str]:
    return {name: value.replace(RUN, str(folder)) for name, value in run.environment.items()}


def shown(run: Run, folder: Path) -> str:
    """The command as a person copies it into a shell."""
    settings: Mapping[str, str] = environment_in(run, folder)
    program = ["lerobot-train"]
    if run.settings.processes > 1:
        program = ["accelerate", "launch", *_several(run.settings), "-m", MODULE]
    words = [*(f"{name}={shlex.quote(value)}" for name, value in settings.items())]
    words += [shlex.join(program), *(shlex.quote(option) for option in options_in(run, folder))]
    return " \\\n  ".join(words)


def _interpreter(settings: RunSettings, python: str) -> list[str]:
    """Several graphics cards: one process on each, which accelerate starts and joins."""
    if settings.processes > 1:
        return [python, "-P", "-m", "accelerate.commands.launch", *_several(settings), "-m", MODULE]
    return [python, "-P", "-m", MODULE]


def _several(settings: RunSettings) -> list[str]:
    """Said in full, for what is not said is taken from this user's own accelerate configuration.

    `--multi_gpu` starts the processes on processors too (`--cpu` would start one), where LeRobot joins them by gloo.
    """
    precision = "bf16" if settings.precision is Precision.bf16 and settings.policy not in DTYPED else "no"
    count = f"--num_processes={settings.processes}"
    return ["--multi_gpu", count, "--num_machines=1", "--main_process_port=0", f"--mixed_precision={precision}"]


def _written(value: Scalar) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
