"""Builds everything, top to bottom; alone knows the simulator.

Imports happen inside the functions: each process pays only for what it runs, and
the rig and cameras processes start before web has finished importing.
"""

from __future__ import annotations

import fcntl
import ipaddress
import logging
import os
import sys
from pathlib import Path
from typing import TextIO

from app.core.companions import Companion
from app.core.errors import Refused
from app.storage.paths import DataFolder

SIMULATOR = "simulator"
CONTROL_HZ = 60.0
FPS = 30


def serve(host: str, port: int, data_dir: Path, rig: str) -> int:
    """Run the studio until SIGINT or SIGTERM; returns the exit code."""
    refuse_open_address(host)
    refuse_unknown_rig(rig)
    folder = DataFolder(data_dir)
    folder.prepare()
    lock = lock_data_folder(folder)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    companions = [companion(name, folder, rig) for name in ("rig", "cameras")]
    for process in companions:
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
    studio = Studio(folder, database, store, SystemClock(), *companions, rig)
    listener = listen(host, port)
    print(f"Understudy serves on http://{host}:{listener.getsockname()[1]}  (Ctrl-C stops it)", flush=True)
    serve_app(create_app(studio), listener)
    database.close()
    lock.close()
    return 0


def run_rig(data_dir: Path, rig: str) -> int:
    """The rig process: arm, control loop, gate, lease; the simulator's physics."""
    from app.control import RigProcess
    from app.core.clock import SystemClock
    from app.devices.so101 import SO101
    from app.simulation import Demonstrator, SimulatedArm, SimulatedWorkcell, World, WorldBoard

    folder = DataFolder(data_dir)
    clock = SystemClock()
    world = World(seed=0)
    board = WorldBoard.create(folder.run_folder / "world")
    arm = SimulatedArm(world, clock, board=board)
    RigProcess(
        arm=arm,
        workcell=SimulatedWorkcell(world),
        program=Demonstrator(world),
        socket_path=folder.run_folder / "rig.sock",
        clock=clock,
        control_hz=CONTROL_HZ,
        fps=FPS,
        simulated=True,
    ).run()
    del SO101
    return 0


def run_cameras(data_dir: Path, rig: str) -> int:
    """The cameras process: capture, or the simulator's rendering."""
    from app.core.clock import SystemClock
    from app.observation import CamerasProcess
    from app.simulation import SimulatedCameras

    folder = DataFolder(data_dir)
    clock = SystemClock()
    source = SimulatedCameras(folder.run_folder / "world", clock)
    CamerasProcess([source], folder.run_folder, clock, simulated=True, renderer=source.renderer).run()
    return 0


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
    if rig != SIMULATOR:
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
    os.set_inheritable(handle.fileno(), False)
    return handle


def someone_listens(path: Path) -> bool:
    """Whether a companion of an earlier, killed studio still answers there."""
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
