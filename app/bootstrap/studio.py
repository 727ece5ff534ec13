"""The studio itself: its data folder, its companions, its server."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.bootstrap.processes import companion, policy_companion, someone_listens
from app.bootstrap.rigs import lease_grace_s, refuse_unknown_rig, rig_name, usb_problems
from app.core.errors import Refused
from app.core.logs import set_up_logs
from app.storage.dataversion import upgrade
from app.storage.paths import DataFolder

if TYPE_CHECKING:
    from app.accounts import Access
    from app.bootstrap.where import Where
    from app.storage import Database
    from app.web.studio import Studio


log = logging.getLogger(__name__)
SWITCH_S = 0.0005  # a jog must not wait 5 ms, Python's default, for a thread that writes rows


def serve(data_dir: Path, rig: str, where: Where, station: str = "1/1") -> int:
    """Run the studio until SIGINT or SIGTERM; returns the exit code. `station` is which of how many, as "2/3"."""
    where.refuse_half_a_certificate()
    set_up_logs("web")
    with open_studio(data_dir, rig, station, sign_in=where.sign_in) as studio:
        from app.web.server import create_app, listen
        from app.web.server import serve as serve_app

        listener = listen(where.host, where.port)
        print(f"Understudy serves on {where.url(listener.getsockname()[1])}  (Ctrl-C stops it)", flush=True)
        app = create_app(studio, where.names(), addresses=not where.loopback)
        serve_app(app, listener, where.certificate)
        return 1 if studio.failed else 0


@contextlib.contextmanager
def open_studio(data_dir: Path, rig: str, station: str = "1/1", sign_in: bool = False) -> Iterator[Studio]:
    """A studio whose companions have been started; `run()` and `close()` it inside."""
    refuse_unknown_rig(rig)
    lease_grace_s()  # a mistake in it is said here, not by a rig that does not start
    sys.meta_path.insert(0, _NoPandas)  # type: ignore[arg-type]
    sys.setswitchinterval(SWITCH_S)
    folder = DataFolder(data_dir)
    folder.prepare()
    with lock_data_folder(folder), contextlib.ExitStack() as cleanup:
        for line in upgrade(folder, datetime.now(UTC)):
            log.info("The data folder was upgraded: %s", line)
        if sign_in:
            refuse_nobody(folder)
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
        from app.web.studio import Processes, Studio

        database = Database(folder.database)
        database.open()
        cleanup.callback(database.close)
        access = open_access(folder, database, sign_in)
        cleanup.callback(access.audit.close)
        store = DatasetStore(folder.datasets)
        jobs = job_keeper(folder)
        studio = Studio(
            folder,
            database,
            store,
            SystemClock(),
            Processes(rig_process, cameras_process, policy_process),
            rig_name(rig),
            jobs,
            access,
            Station.parse(station),
        )
        for problem in usb_problems(rig):
            studio.notes.add("warn", "usb_bandwidth", problem)
        yield studio
        shutil.rmtree(folder.run_folder, ignore_errors=True)


class _NoPandas:
    """pyarrow imports pandas wherever it is installed, at its first array: a second of a core, in a running take."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("The studio does not use pandas.", name=name)


def open_access(folder: DataFolder, database: Database, sign_in: bool) -> Access:
    """Who may come in, and the log of what they did; its thread runs until `audit.close`."""
    from app.accounts import Access, Accounts, AuditLog
    from app.accounts.passwords import Passwords
    from app.core.clock import SystemClock

    clock = SystemClock()
    audit = AuditLog(folder.audit, clock.wall)
    audit.open()
    return Access(Accounts(database, clock.wall), audit, clock, sign_in, Passwords())


def refuse_nobody(folder: DataFolder) -> None:
    """A studio that asks who one is needs somebody whom it knows."""
    from app.accounts import Accounts
    from app.core.clock import SystemClock
    from app.storage import Database

    database = Database(folder.database)
    database.open()
    try:
        known = Accounts(database, SystemClock().wall).all()
    finally:
        database.close()
    if not known:
        raise Refused(
            "The studio does not serve a network yet: there is no account, so nobody could sign in.",
            todo="Make the first: ./understudy user add NAME --role admin.",
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
