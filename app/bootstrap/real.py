"""A real rig from its file: the only importer of the LeRobot drivers, in the rig and cameras processes."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.core.clock import Clock, SystemClock
from app.core.errors import Refused
from app.devices import ArmModel, FrameSource, Joint
from app.devices.bimanual import TWO_SO101
from app.devices.rigfile import ArmTable, CameraDriver, CameraTable, JointLimits, LeaderTable, OnFault, RigFile
from app.devices.so101 import SO101
from app.storage.paths import DataFolder

MODELS = {"so101_follower": SO101, "so100_follower": SO101, "bi_so_follower": TWO_SO101}


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
        )
        leader.connect()
    process = RigProcess(
        LeRobotArm(
            model,
            robot_builder(rig.arm.type, fields(rig.arm)),
            limp=rig.arm.on_fault is OnFault.limp,
            reply_s=rig.arm.reply_ms / 1000,
            fingerprint=rig.arm.fingerprint,
        ),
        folder.run_folder / "rig.sock",
        ControlSettings(control_hz=rig.rates.control_hz, fps=rig.rates.fps),
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
    """The model of the arm with the file's narrower limits; `Refused` where the studio has none."""
    model = MODELS.get(arm.type)
    if model is None:
        raise Refused(
            f"The studio has no model of the arm {arm.type!r}: without one it cannot keep it off the table.",
            todo=f"Arms with a model: {', '.join(MODELS)}.",
        )
    unknown = set(arm.limits) - set(model.joint_names)
    if unknown:
        raise Refused(
            f"[arm.limits] names no joint of this arm: {', '.join(sorted(unknown))}.",
            todo=f"Its joints: {', '.join(model.joint_names)}.",
        )
    return replace(model, joints=tuple(_limited(joint, arm.limits.get(joint.name)) for joint in model.joints))


def _limited(joint: Joint, limits: JointLimits | None) -> Joint:
    """`joint` within both its own limits and the file's; home and rest come along."""
    if limits is None:
        return joint
    lower = joint.lower if limits.lower is None else max(joint.lower, limits.lower)
    upper = joint.upper if limits.upper is None else min(joint.upper, limits.upper)
    if lower >= upper:
        raise Refused(f"[arm.limits.{joint.name}] leaves no range.", todo=f"Within {joint.lower} to {joint.upper}.")
    return replace(
        joint,
        lower=lower,
        upper=upper,
        max_speed=min(joint.max_speed, limits.max_speed or joint.max_speed),
        max_acceleration=min(joint.max_acceleration, limits.max_acceleration or joint.max_acceleration),
        home=min(max(joint.home, lower), upper),
        rest=min(max(joint.rest, lower), upper),
    )


def fields(table: ArmTable | LeaderTable) -> dict[str, Any]:
    """What LeRobot's configuration of the device is made of."""
    folder = table.calibration_dir.expanduser() if table.calibration_dir else None
    known: dict[str, Any] = {"id": table.id, "calibration_dir": folder}
    if table.ports is None:
        return known | {"port": table.port} | table.options
    sides = {f"{side}_arm_config": {"port": port} for side, port in table.ports.model_dump().items()}
    return known | sides | table.options
