"""The rig and cameras processes: what runs in them, and how the studio starts them."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.bootstrap.rigs import CONTROL_HZ, FPS, PRERENDERED, lease_grace_s, real_rig
from app.core.companions import Companion
from app.core.logs import set_up_logs
from app.storage.paths import DataFolder

if TYPE_CHECKING:
    from app.core.clock import Clock
    from app.observation import CamerasProcess


def run_rig(data_dir: Path, rig: str) -> int:
    """The rig process: arm, control loop, gate, lease; the simulator's physics."""
    if (described := real_rig(rig)) is not None:
        from app.bootstrap.real import run_real_rig

        set_up_logs("rig")
        return run_real_rig(DataFolder(data_dir), described)
    from app.bootstrap.policy import make_plan
    from app.control.process import RigProcess
    from app.control.settings import ControlSettings
    from app.core.clock import SystemClock
    from app.simulation import Demonstrator, SimulatedArm, SimulatedWorkcell, World, WorldBoard

    set_up_logs("rig")
    folder = DataFolder(data_dir)
    clock = SystemClock()
    world = World()
    board = WorldBoard.create(folder.run_folder / "world", len(world.snapshot().qpos))
    process = RigProcess(
        SimulatedArm(world, clock, board),
        folder.run_folder / "rig.sock",
        ControlSettings(control_hz=CONTROL_HZ, fps=FPS, lease_grace_s=lease_grace_s()),
        simulated=True,
        workcell=SimulatedWorkcell(world),
        program=Demonstrator(world),
        make_plan=make_plan,
        clock=clock,
    )
    signal.signal(signal.SIGTERM, lambda number, frame: process.shut_down())
    process.run()
    return 0


def run_cameras(data_dir: Path, rig: str) -> int:
    """The cameras process: capture, or the simulator's rendering."""
    from app.core.clock import SystemClock

    set_up_logs("cameras")
    folder = DataFolder(data_dir)
    clock = SystemClock()
    process = _cameras(rig, folder, clock)
    signal.signal(signal.SIGTERM, lambda number, frame: process.stop())
    process.run()
    return 0


def _cameras(rig: str, folder: DataFolder, clock: Clock) -> CamerasProcess:
    from app.observation import CamerasProcess

    if (described := real_rig(rig)) is not None:
        from app.bootstrap.real import real_cameras

        sources = real_cameras(described, clock)
        return CamerasProcess(sources, folder.run_folder, clock, simulated=False, renderer=lambda: "camera")
    if rig == PRERENDERED:
        from app.devices import CameraSpec
        from app.devices.prerendered import PrerenderedCameras

        names = ("top", "gripper", "left")
        made = [
            PrerenderedCameras((CameraSpec(name),), clock, as_jpeg=True, seed=number, phase=number / len(names))
            for number, name in enumerate(names)
        ]
        return CamerasProcess(made, folder.run_folder, clock, simulated=True, renderer=lambda: "prerendered")
    from app.simulation.cameras import SimulatedCameras
    from app.simulation.orbit import LiveOrbit
    from app.simulation.watch import BoardWatch

    board = folder.run_folder / "world"
    source = SimulatedCameras(BoardWatch(board, clock).snapshot, clock)
    return CamerasProcess(
        [source],
        folder.run_folder,
        clock,
        simulated=True,
        renderer=lambda: source.renderer,
        scene=LiveOrbit(BoardWatch(board, clock).snapshot),
    )


def companion(name: str, folder: DataFolder, rig: str) -> Companion:
    """The command that starts one of our processes; its log lies in the run folder."""
    folder.run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    argv = [sys.executable, "-P", "-m", "app", f"run-{name}", "--data-dir", str(folder.root), "--rig", rig]
    return Companion(name, argv, folder.run_folder / f"{name}.log")


def policy_companion(folder: DataFolder) -> Companion:
    """The process of a policy, which is started when one is opened and ends with the studio."""
    argv = [sys.executable, "-P", "-m", "app", "run-policy", "--data-dir", str(folder.root)]
    return Companion("policy", argv, folder.run_folder / "policy.log")


def someone_listens(path: Path) -> bool:
    """Whether a companion of an earlier, killed studio still answers there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
