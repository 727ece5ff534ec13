"""The command line: `python -m app COMMAND`, which the launcher `understudy` calls.

Nothing heavy is imported before the command is known: start-up time is a figure that is held.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import StudioError
from app.grammar import parser

if TYPE_CHECKING:
    from app.bootstrap.where import Where

WARM = ("app.bootstrap", "app.web.server", "app.control", "app.observation", "app.simulation")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 1 refused or failed, 2 not understood."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    chosen = parser(given).parse_args(given)
    if chosen.command in ("serve", "demo", "train", "evaluate", "pipeline"):
        # SIGTERM ends these the way Ctrl-C does: through their own clean-up, and with 0, for it is no failure.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(chosen)
    except KeyboardInterrupt:
        return 0
    except StudioError as error:
        print(f"understudy: {error}", file=sys.stderr)
        return 1


def _run(chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "serve":
            from app.bootstrap import serve

            os.environ["UNDERSTUDY_LOG"] = chosen.log
            return serve(data_dir=chosen.data_dir, rig=chosen.rig, where=_where(chosen), station=chosen.station)
        case "user" | "upgrade" | "report":
            return _care(chosen)
        case "verify":
            from app.curation.command import verify_command

            return verify_command(chosen.path, repair=chosen.repair, quick=chosen.quick, as_json=chosen.json)
        case "warm-up":
            return warm_up()
        case own if own.startswith("run-"):
            return _run_process(chosen)
        case "doctor":
            from app.doctor import as_data, as_text, examine

            findings = examine(chosen.data_dir)
            print(json.dumps(as_data(findings), indent=2) if chosen.json else as_text(findings))
            return 0
        case "train":
            from app.bootstrap.train import train

            return train(
                dataset=chosen.dataset,
                preset_name=chosen.preset,
                name=chosen.name,
                steps=chosen.steps,
                resume=chosen.resume,
                data_dir=chosen.data_dir,
                command_only=chosen.command_only,
                on=chosen.on,
                from_run=chosen.from_run,
                base=chosen.base,
                state_noise=chosen.state_noise,
                measure=chosen.measure,
            )
        case "evaluate" | "pipeline":
            return _tried(chosen)
        case _:
            from app.bootstrap import demo

            return demo(
                episodes=chosen.episodes,
                dataset=chosen.dataset,
                data_dir=chosen.data_dir,
                lock_step=chosen.lock_step,
                seed=chosen.seed,
            )


def _care(chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "user":
            from app.bootstrap.user import user

            return user(chosen)
        case "upgrade":
            from app.bootstrap.upgrade import upgrade_command

            return upgrade_command(chosen.data_dir, back=chosen.back)
        case _:
            from app.bootstrap.report import report_command

            return report_command(chosen.data_dir, chosen.to)


def _run_process(chosen: argparse.Namespace) -> int:
    """What the studio starts itself."""
    match chosen.command:
        case "run-rig":
            from app.bootstrap import run_rig

            return run_rig(data_dir=chosen.data_dir, rig=chosen.rig)
        case "run-cameras":
            from app.bootstrap import run_cameras

            return run_cameras(data_dir=chosen.data_dir, rig=chosen.rig)
        case "run-policy":
            from app.bootstrap.policy import run_policy

            return run_policy(data_dir=chosen.data_dir)
        case "run-setup":
            from app.bootstrap.setup import run_setup

            return run_setup(chosen.reply_ms)
        case "run-job":
            from app.bootstrap.jobs import run_job

            return run_job(chosen.folder)
        case _:
            raise AssertionError(f"{chosen.command} is not a process of the studio.")


def _where(chosen: argparse.Namespace) -> Where:
    from app.bootstrap.where import Where

    return Where(chosen.host, chosen.port, chosen.sign_in, chosen.tls_cert, chosen.tls_key, tuple(chosen.name))


def _tried(chosen: argparse.Namespace) -> int:
    from app.bootstrap.evaluate import evaluate
    from app.bootstrap.pipeline import pipeline
    from app.storage.paths import DataFolder

    data = DataFolder(Path(chosen.data_dir))
    return evaluate(chosen, data) if chosen.command == "evaluate" else pipeline(chosen, data)


def warm_up() -> int:
    """Imports what the studio's processes import, which leaves their bytecode: the first start is as fast as any."""
    for room in WARM:
        importlib.import_module(room)
    return 0


if __name__ == "__main__":
    sys.exit(main())
