"""Opens whatever policy lies in a folder. What runs it is named, not imported, so torch stays out of the studio."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from app.policies.errors import PolicyNotReady, PolicyUnreadable
from app.policies.protocol import Policy

CHECKPOINT = "config.json"
ARTIFACT = "policy.json"
# The file that tells what a folder holds, and who opens it: `module:function(folder, device) -> Policy`.
_OPENERS = {ARTIFACT: "app.export.artifact:open_artifact", CHECKPOINT: "app.policies.checkpoint:open_checkpoint"}


def open_policy(folder: Path, *, device: str = "cpu") -> Policy:
    """The policy in `folder`: a LeRobot checkpoint (`pretrained_model`, or what holds it), or an exported artifact.

    For child processes: a checkpoint imports torch and LeRobot. Raises
    PolicyUnreadable, PolicyNotReady.
    """
    for place in (folder, folder / "pretrained_model"):
        for file, opener in _OPENERS.items():
            if (place / file).is_file():
                return _load(opener)(place, device)
    raise PolicyUnreadable(
        f"{folder.name} holds no policy: neither {CHECKPOINT} of a LeRobot checkpoint nor {ARTIFACT} of an artifact.",
        todo="Choose a checkpoint's folder (checkpoints/STEP/pretrained_model), or an exported artifact.",
    )


def _load(name: str) -> Callable[[Path, str], Policy]:
    module, _, function = name.partition(":")
    try:
        return getattr(importlib.import_module(module), function)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("torch", "lerobot"):
            raise
        raise PolicyNotReady(
            "A LeRobot checkpoint needs LeRobot, which is not installed.", todo="./understudy install lerobot"
        ) from error
