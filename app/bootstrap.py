"""Builds everything, top to bottom; alone knows the simulator.

Imports happen inside the functions: each process pays only for what it runs, and
the rig and cameras processes start before web has finished importing.
"""

from __future__ import annotations

import fcntl
import ipaddress
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.core.companions import Companion
from app.core.errors import Refused
from app.storage.paths import DataFolder

if TYPE_CHECKING:
    from app.core.clock import Clock
    from app.devices import FrameSource

SIMULATOR = "simulator"
PRERENDERED = "prerendered"  # the simulated arm with pictures made beforehand: for benches
CONTROL_HZ = 60
FPS = 30


def serve(host: str, port: int, data_dir: Path, rig: str) -> int:
    """Run the studio until SIGINT or SIGTERM; returns the exit code."""
    refuse_open_address(host)
    refuse_unknown_rig(rig)
    folder = DataFolder(data_dir)
    folder.prepare()
    lock = lock_data_folder(folder)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    rig_process, cameras_process = companion("rig", folder, rig), companion("cameras", folder, rig)
    for process in (rig_process, cameras_process):
        if not someone_listens(folder.run_folder / f"{process.name}.sock"):
            process.spawn()
    from app.core.clock import SystemClock
    from app.datasets import DatasetStore
    from app.storage import Database
    from app.web.server import create_app, listen
    from app.web.server import serve as serve_app
    from app.web.studio import Studio

    database = Database(folder.database)
    database.open()
    store = DatasetStore(folder.datasets)
    studio = Studio(folder, database, store, SystemClock(), rig_process, cameras_process, rig)
    listener = listen(host, port)
    print(f"Understudy serves on http://{host}:{listener.getsockname()[1]}  (Ctrl-C stops it)", flush=True)
    serve_app(create_app(studio), listener)
    database.close()
    lock.close()
    return 0


def run_rig(data_dir: Path, rig: str) -> int:
    """The rig process: arm, control loop, gate, lease; the simulator's physics."""
    from app.control.process import RigProcess
    from app.control.settings import ControlSettings
    from app.core.clock import SystemClock
    from app.simulation import Demonstrator, SimulatedArm, SimulatedWorkcell, World, WorldBoard

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    folder = DataFolder(data_dir)
    clock = SystemClock()
    world = World()
    board = WorldBoard.create(folder.run_folder / "world", len(world.snapshot().qpos))
    process = RigProcess(
        SimulatedArm(world, clock, board),
        folder.run_folder / "rig.sock",
        ControlSettings(control_hz=CONTROL_HZ, fps=FPS),
        simulated=True,
        workcell=SimulatedWorkcell(world),
        program=Demonstrator(world),
        clock=clock,
    )
    signal.signal(signal.SIGTERM, lambda number, frame: process.shut_down())
    process.run()
    return 0


def run_cameras(data_dir: Path, rig: str) -> int:
    """The cameras process: capture, or the simulator's rendering."""
    from app.core.clock import SystemClock
    from app.observation import CamerasProcess

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    folder = DataFolder(data_dir)
    clock = SystemClock()
    source, renderer = _frame_source(rig, folder, clock)
    process = CamerasProcess([source], folder.run_folder, clock, simulated=True, renderer=renderer)
    signal.signal(signal.SIGTERM, lambda number, frame: process.stop())
    process.run()
    return 0


def _frame_source(rig: str, folder: DataFolder, clock: Clock) -> tuple[FrameSource, Callable[[], str]]:
    if rig == PRERENDERED:
        from app.devices import CameraSpec
        from app.devices.prerendered import PrerenderedCameras

        specs = tuple(CameraSpec(name) for name in ("top", "gripper", "left"))
        return PrerenderedCameras(specs, clock, as_jpeg=True), lambda: "prerendered"
    from app.simulation.cameras import SimulatedCameras
    from app.simulation.watch import BoardWatch

    watch = BoardWatch(folder.run_folder / "world", clock)
    source = SimulatedCameras(watch.snapshot, clock)
    return source, lambda: source.renderer


def companion(name: str, folder: DataFolder, rig: str) -> Companion:
    """The command that starts one of our processes; its log lies in the run folder."""
    folder.run_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "app", f"run-{name}", "--data-dir", str(folder.root), "--rig", rig]
    return Companion(name, argv, folder.run_folder / f"{name}.log")


def refuse_open_address(host: str) -> None:
    """Until sign-in exists only this machine may reach the studio."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise Refused(
            f"The studio does not serve on {host}: sign-in does not exist yet, so anybody on that network could"
            " move the arm.",
            todo="Use --host 127.0.0.1, and reach it from elsewhere by an SSH tunnel.",
        )


def refuse_unknown_rig(rig: str) -> None:
    if rig not in (SIMULATOR, PRERENDERED):
        raise Refused(
            f"There is no rig {rig!r}: real arms are not built yet.", todo=f"Use --rig {SIMULATOR}, the default."
        )


def lock_data_folder(folder: DataFolder) -> TextIO:
    """One studio a data folder; the lock goes with the process."""
    handle = (folder.root / ".studio.lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Refused(
            f"Another studio is running on {folder.root}.", todo="Stop it, or give this one another --data-dir."
        ) from error
    return handle


def someone_listens(path: Path) -> bool:
    """Whether a companion of an earlier, killed studio still answers there."""
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
