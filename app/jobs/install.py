"""LeRobot's installation as a job: the pages follow it like any other."""

from __future__ import annotations

import asyncio

from app.jobs.extras import InstallProgress, install_lerobot
from app.jobs.kinds import Arguments, Kind
from app.jobs.models import Outcome
from app.jobs.work import Work

_MIB = 2**20


class InstallLeRobot(Arguments):
    """Nothing to choose: the pins say what is installed."""


def run(arguments: InstallLeRobot, work: Work) -> Outcome:
    def report(now: InstallProgress) -> None:
        if now.total_bytes:
            done, total = now.done_bytes // _MIB, now.total_bytes // _MIB
            work.report(f"{now.phase.capitalize()} {now.current}".strip(), step=done, steps=total, unit="MiB")
        else:
            work.report(now.phase.capitalize())

    asyncio.run(install_lerobot(report))
    return Outcome("LeRobot and torch are installed.")


KIND = Kind("lerobot.install", InstallLeRobot, "app.jobs.install:run", lambda _: "Install LeRobot", heavy=False)
