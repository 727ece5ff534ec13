"""Which rigs there are, and the rates they run at."""

from __future__ import annotations

from app.core.errors import Refused

SIMULATOR = "simulator"
PRERENDERED = "prerendered"  # the simulated arm with pictures made beforehand: for benches
CONTROL_HZ = 60
FPS = 30


def refuse_unknown_rig(rig: str) -> None:
    if rig not in (SIMULATOR, PRERENDERED):
        raise Refused(
            f"There is no rig {rig!r}: real arms are not built yet.", todo=f"Use --rig {SIMULATOR}, the default."
        )
