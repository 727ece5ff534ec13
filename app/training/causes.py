"""Why a training ended early, in words: what is known of lerobot-train's own last lines."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence

from app.jobs.causes import recognised
from app.training.errors import TrainingFailed

BROUGHT = ("dataset", "training", "feetech", "async", "smolvla", "peft")  # LeRobot's extras in pyproject.toml
_KNOWN: tuple[tuple[re.Pattern[str], str, str, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code, words, todo)
    for pattern, code, words, todo in (
        (
            r"out of memory|CUBLAS_STATUS_ALLOC_FAILED|DefaultCPUAllocator: (can't|not enough)|\bMemoryError\b",
            "memory",
            "It ran out of memory.",
            "Halve the batch, take smaller pictures or fewer cameras, then resume.",
        ),
        (
            r"No space left on device|Errno 28|disk quota exceeded|"
            r"PytorchStreamWriter failed writing|unexpected pos \d+ vs",
            "disk_full",
            "The disk is full.",
            "Delete runs or checkpoints, or save less often, then resume: the last whole checkpoint counts.",
        ),
        (
            r"Bus error|unable to (open|allocate) shared memory|/dev/shm",
            "shared_memory",
            "The workers that load pictures ran out of shared memory.",
            "Set the workers to 0, or give the machine a larger /dev/shm, then resume.",
        ),
        (
            r"LocalEntryNotFoundError|OfflineModeIsEnabled|outgoing traffic has been disabled|couldn't connect to|"
            r"urlopen error|download\.pytorch\.org|Temporary failure in name resolution|Max retries exceeded|"
            r"Cannot find (the|an appropriate) (requested|cached)|is not a local folder|"
            r"not found on the HuggingFace Hub in|ProxyError",
            "no_network",
            "The pretrained weights are not on this machine, and the network did not bring them.",
            "Connect once and start it again, put the weights in place (a folder as base), or train from scratch "
            "(policy.pretrained_backbone_weights empty).",
        ),
        (
            r"No module named '([\w.]+)'|pip install '?lerobot\[|is required but not installed",
            "package_missing",
            "A package that this policy needs is not installed.",
            "./understudy install lerobot, then resume; for a policy beyond its extras, install what the log names.",
        ),
        (
            r"Feature mismatch|features? (are|is) missing|All image features are missing|size mismatch for",
            "features",
            "The base does not fit this dataset's cameras or joints.",
            "Give each camera the name the base knows it by (rename), or train from scratch.",
        ),
        (
            r"unrecognized arguments|DecodingError|ParsingError|Couldn't parse|not a valid choice",
            "options",
            "lerobot-train does not know one of the options.",
            "See the last lines of the log, and correct the custom options.",
        ),
    )
)


def failure(status: int, lines: Sequence[str]) -> TrainingFailed:
    """The error for a lerobot-train that ended with `status` (Popen's) and said `lines` last."""
    for line in reversed(lines):
        for pattern, code, words, todo in _KNOWN:
            if pattern.search(line):
                return TrainingFailed(f"{words} ({line.strip()[:200]})", todo=_extra(line) or todo, code=code)
    if status == -signal.SIGKILL:
        words = "The training was killed from outside, as the system does when memory runs out."
        return TrainingFailed(words, todo="Halve the batch or take smaller pictures, then resume.", code="memory")
    known = recognised(lines)
    if known is not None:
        return TrainingFailed(known.words, todo=known.todo, code=known.code)
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return TrainingFailed(
        f"lerobot-train ended with status {status}: {last[:300]}", todo="Its log says more; then resume or change it."
    )


def _extra(line: str) -> str:
    """What to do for a part of LeRobot that `./understudy install lerobot` does not bring; "" for any other line."""
    found = re.search(r"lerobot\[([\w-]+)\]", line)
    if found is None or found[1] in BROUGHT:
        return ""
    return (
        f"In the studio's folder: uv pip install --python .venv/bin/python 'lerobot[{found[1]}]', then resume; "
        "or train another policy."
    )


def diverged(step: int) -> TrainingFailed:
    return TrainingFailed(
        f"The loss is no number any more, from step {step} at the latest.",
        todo="Lower the learning rate, clip the gradient harder (optimizer.grad_clip_norm) or train in fp32; "
        "then start anew: what was learnt is spoilt.",
        code="nan",
    )
