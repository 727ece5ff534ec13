"""A real rig process on an ideal arm: `python -m tests.control.rig_main SOCKET ALONE_S FAULT_FILE GRACE_S`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import numpy as np

from app.control.process import RigProcess
from app.control.settings import ControlSettings
from app.core.clock import SystemClock
from tests.control.ideal import IdealArm, RememberingCell, Sweep

NEAR_REST = np.array([0.0, 25.0, -25.0, 20.0, 0.0, 0.0])  # so that tests need not wait for a long way


class FaultyArm(IdealArm):
    """Fails as long as the fault file is there; where that says `defect`, by an error nobody foresaw."""

    fault_file: Path | None = None

    def _check(self) -> None:
        if self.fault_file is not None and self.fault_file.exists() and self.fault_file.read_text() == "defect":
            raise ZeroDivisionError("a defect of the driver")
        self.fail = "The bus stopped answering." if self.fault_file is not None and self.fault_file.exists() else ""
        super()._check()


def main(socket: str, alone_s: str, fault_file: str, grace_s: str) -> None:
    arm = FaultyArm(SystemClock())
    arm.position = np.array([joint.rest for joint in arm.model.joints]) + NEAR_REST
    arm.fault_file = Path(fault_file)
    rig = RigProcess(
        arm,
        Path(socket),
        ControlSettings(alone_s=float(alone_s), lease_grace_s=float(grace_s)),
        simulated=True,
        workcell=RememberingCell(),
        program=Sweep(),
    )
    signal.signal(signal.SIGTERM, lambda *_: rig.shut_down())
    rig.run()
    print("at rest", [round(value) for value in arm.position], "connected", arm.connected, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
