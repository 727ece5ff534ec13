"""A real rig from its file: the only importer of the LeRobot drivers, in the rig and cameras processes."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from typing import Any

from app.bootstrap.rigs import lease_grace_s
from app.core.clock import Clock, SystemClock
from app.devices import ArmModel, FrameSource
from app.devices.armmodels import described_arm
from app.devices.rigfile import ArmTable, CameraDriver, CameraTable, Engage, LeaderTable, OnFault, RigFile
from app.storage.paths import DataFolder


def run_real_rig(folder: DataFolder, rig: RigFile) -> int:
    """Arm and leader through LeRobot, paced by the control loop; blocks until shut down."""
    from app.bootstrap.policy import make_plan
    from app.control.process import RigProcess
    from app.control.settings import ControlSettings
    from app.devices.lerobot_arm import LeRobotArm, robot_builder
    from app.devices.lerobot_leader import LeRobotLeader, teleoperator_builder

    model = arm_model(rig.arm)
    leader = None
    if rig.leader is not None:
        build = teleoperator_builder(rig.leader.type, fields(rig.leader))
        leader = LeRobotLeader(
            f"leader {rig.leader.id}",
            model.joint_names,
            build,
            reply_s=rig.leader.reply_ms / 1000,
            fingerprint=rig.leader.fingerprint,
            driven=rig.leader.engage is Engage.leader,
        )
        leader.connect()
    process = RigProcess(
        LeRobotArm(
            model,
            robot_builder(rig.arm.type, fields(rig.arm), model.joint_names),
            limp=rig.arm.on_fault is OnFault.limp,
            reply_s=rig.arm.reply_ms / 1000,
            fingerprint=rig.arm.fingerprint,
        ),
        folder.run_folder / "rig.sock",
        ControlSettings(rig.rates.control_hz, rig.rates.fps, lease_grace_s=lease_grace_s()),
        simulated=False,
        leader=leader,
        make_plan=make_plan,
        clock=SystemClock(),
    )
    signal.signal(signal.SIGTERM, lambda number, frame: process.shut_down())
    process.run()
    if leader is not None:
        leader.disconnect()
    return 0


def real_cameras(rig: RigFile, clock: Clock) -> Sequence[FrameSource]:
    """One source a camera, each with a thread of its own."""
    return [_camera(camera, clock) for camera in rig.cameras]


def _camera(camera: CameraTable, clock: Clock) -> FrameSource:
    match camera.driver:
        case CameraDriver.v4l2:
            from app.devices.v4l2 import V4l2Camera

            return V4l2Camera(camera, clock)
        case CameraDriver.virtual:
            from app.devices.virtualcamera import VirtualCamera

            return VirtualCamera(camera, clock)
        case CameraDriver.lerobot:
            from app.devices.lerobot_camera import LeRobotCamera

            return LeRobotCamera(camera)


def arm_model(arm: ArmTable) -> ArmModel:
    """The model of the arm with the file's narrower limits, or what the file says of an arm without a model."""
    return described_arm(arm.type, arm.limits)


def fields(table: ArmTable | LeaderTable) -> dict[str, Any]:
    """What LeRobot's configuration of the device is made of."""
    folder = table.calibration_dir.expanduser() if table.calibration_dir else None
    known: dict[str, Any] = {"id": table.id, "calibration_dir": folder}
    if table.ports is None:
        return known | {"port": table.port} | table.options
    sides = {f"{side}_arm_config": {"port": port} for side, port in table.ports.model_dump().items()}
    return known | sides | table.options
