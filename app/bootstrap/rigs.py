"""Which rigs there are, and the rates they run at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from app.control.settings import BEAT_GAP_S, LEASE_GRACE_S
from app.core.errors import Refused

if TYPE_CHECKING:
    from app.devices.rigfile import RigFile

SIMULATOR = "simulator"
PRERENDERED = "prerendered"  # the simulated arm with pictures made beforehand: for benches
CONTROL_HZ = 60
FPS = 30


def refuse_unknown_rig(rig: str) -> None:
    """Raises `Refused` for what is neither a built-in rig nor a rig file, `BadRigFile` for a file with a mistake."""
    if rig in (SIMULATOR, PRERENDERED):
        return
    if not Path(rig).is_file():
        raise Refused(
            f"There is no rig {rig!r}, and no file of that name.",
            todo=f"Use --rig {SIMULATOR}, the default, or name a rig file (docs/real-arm.md).",
        )
    real_rig(rig)


def real_rig(rig: str) -> RigFile | None:
    """The rig file that `rig` names; None for a built-in rig."""
    if rig in (SIMULATOR, PRERENDERED):
        return None
    from app.devices.rigfile import load_rig_file

    return load_rig_file(Path(rig))


def rig_name(rig: str) -> str:
    """What datasets and folders call the rig."""
    described = real_rig(rig)
    return rig if described is None else described.name


def lease_grace_s() -> float:
    """How long a silent holder keeps the lease; a link with hiccups may want longer. The arm holds meanwhile."""
    told = os.environ.get("UNDERSTUDY_LEASE_GRACE_S", "") or str(LEASE_GRACE_S)
    try:
        seconds = float(told)
    except ValueError:
        seconds = 0.0
    if not BEAT_GAP_S <= seconds <= 60.0:
        raise Refused(
            f"UNDERSTUDY_LEASE_GRACE_S is {told!r}.", todo=f"Say seconds, {BEAT_GAP_S:g} to 60, or leave it away."
        )
    return seconds


def usb_problems(rig: str) -> list[str]:
    """What the rig's cameras ask too much of, told before they start: which one to move."""
    described = real_rig(rig)
    if described is None:
        return []
    from app.devices.usb import bandwidth_problems

    return bandwidth_problems(described.cameras)
