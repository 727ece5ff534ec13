"""The studio itself: its data folder, its companions, its server."""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.bootstrap.processes import LOG_FORMAT, companion, policy_companion, someone_listens
from app.bootstrap.rigs import refuse_unknown_rig, rig_name
from app.core.errors import Refused
from app.storage.paths import DataFolder

if TYPE_CHECKING:
    from app.web.studio import Studio


SWITCH_S = 0.0005  # a jog must not wait 5 ms, Python's default, for a thread that writes rows


def serve(host: str, port: int, data_dir: Path, rig: str, station: str = "1/1") -> int:
    """Run the studio until SIGINT or SIGTERM; returns the exit code. `station` is which of how many, as "2/3"."""
    refuse_open_address(host)
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    with open_studio(data_dir, rig, station) as studio:
        from app.web.server import create_app, listen
        from app.web.server import serve as serve_app

        listener = listen(host, port)
        print(f"Understudy serves on http://{host}:{listener.getsockname()[1]}  (Ctrl-C stops it)", flush=True)
        serve_app(create_app(studio), listener)
        return 1 if studio.failed else 0


@contextlib.contextmanager
def open_studio(data_dir: Path, rig: str, station: str = "1/1") -> Iterator[Studio]:
    """A studio whose companions have been started; `run()` and `close()` it inside."""
    refuse_unknown_rig(rig)
    sys.meta_path.insert(0, _NoPandas)  # type: ignore[arg-type]
    sys.setswitchinterval(SWITCH_S)
    folder = DataFolder(data_dir)
    folder.prepare()
    with lock_data_folder(folder), contextlib.ExitStack() as cleanup:
        rig_process, cameras_process = companion("rig", folder, rig), companion("cameras", folder, rig)
        for process in (rig_process, cameras_process):
            if not someone_listens(folder.run_folder / f"{process.name}.sock"):
                process.spawn()
            cleanup.callback(process.kill)  # after a clean end there is nothing left to kill
        policy_process = policy_companion(folder)
        cleanup.callback(policy_process.kill)
        from app.bootstrap.jobs import job_keeper
        from app.core.clock import SystemClock
        from app.datasets import DatasetStore
        from app.guidance.stations import Station
        from app.storage import Database
        from app.web.studio import Studio

        database = Database(folder.database)
        database.open()
        cleanup.callback(database.close)
        store = DatasetStore(folder.datasets)
        jobs = job_keeper(folder)
        yield Studio(
            folder,
            database,
            store,
            SystemClock(),
            rig_process,
            cameras_process,
            policy_process,
            rig_name(rig),
            jobs,
            Station.parse(station),
        )
        shutil.rmtree(folder.run_folder, ignore_errors=True)


class _NoPandas:
    """pyarrow imports pandas wherever it is installed, at its first array: a second of a core, in a running take."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("The studio does not use pandas.", name=name)


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
