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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from app.core.errors import StudioError
from app.grammar import parser

WARM = ("app.bootstrap", "app.web.server", "app.control", "app.observation", "app.simulation")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 1 refused or failed, 2 not understood."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    chosen = parser(given).parse_args(given)
    if chosen.command in ("serve", "demo", "train", "evaluate", "pipeline"):
        # SIGTERM ends these the way Ctrl-C does: through their own clean-up, and with 0, for it is no failure.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return COMMANDS[chosen.command](chosen)
    except KeyboardInterrupt:
        return 0
    except StudioError as error:
        print(f"understudy: {error}", file=sys.stderr)
        return 1


def _serve(chosen: argparse.Namespace) -> int:
    from app.bootstrap import serve
    from app.bootstrap.where import Where

    os.environ["UNDERSTUDY_LOG"] = chosen.log
    where = Where(chosen.host, chosen.port, chosen.sign_in, chosen.tls_cert, chosen.tls_key, tuple(chosen.name))
    return serve(data_dir=chosen.data_dir, rig=chosen.rig, where=where, station=chosen.station)


def _demo(chosen: argparse.Namespace) -> int:
    from app.bootstrap import demo

    return demo(
        episodes=chosen.episodes,
        dataset=chosen.dataset,
        data_dir=chosen.data_dir,
        lock_step=chosen.lock_step,
        seed=chosen.seed,
    )


def _train(chosen: argparse.Namespace) -> int:
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


def _evaluate(chosen: argparse.Namespace) -> int:
    from app.bootstrap.evaluate import evaluate
    from app.storage.paths import DataFolder

    return evaluate(chosen, DataFolder(Path(chosen.data_dir)))


def _pipeline(chosen: argparse.Namespace) -> int:
    from app.bootstrap.pipeline import pipeline
    from app.storage.paths import DataFolder

    return pipeline(chosen, DataFolder(Path(chosen.data_dir)))


def _verify(chosen: argparse.Namespace) -> int:
    from app.curation.command import verify_command

    return verify_command(chosen.path, repair=chosen.repair, quick=chosen.quick, as_json=chosen.json)


def _doctor(chosen: argparse.Namespace) -> int:
    from app.doctor import as_data, as_text, examine

    findings = examine(chosen.data_dir)
    print(json.dumps(as_data(findings), indent=2) if chosen.json else as_text(findings))
    return 0


def _user(chosen: argparse.Namespace) -> int:
    from app.bootstrap.user import user

    return user(chosen)


def _upgrade(chosen: argparse.Namespace) -> int:
    from app.bootstrap.upgrade import upgrade_command

    return upgrade_command(chosen.data_dir, back=chosen.back)


def _report(chosen: argparse.Namespace) -> int:
    from app.bootstrap.report import report_command

    return report_command(chosen.data_dir, chosen.to)


def _run_rig(chosen: argparse.Namespace) -> int:
    from app.bootstrap import run_rig

    return run_rig(data_dir=chosen.data_dir, rig=chosen.rig)


def _run_cameras(chosen: argparse.Namespace) -> int:
    from app.bootstrap import run_cameras

    return run_cameras(data_dir=chosen.data_dir, rig=chosen.rig)


def _run_policy(chosen: argparse.Namespace) -> int:
    from app.bootstrap.policy import run_policy

    return run_policy(data_dir=chosen.data_dir)


def _run_setup(chosen: argparse.Namespace) -> int:
    from app.bootstrap.setup import run_setup

    return run_setup(chosen.reply_ms)


def _run_job(chosen: argparse.Namespace) -> int:
    from app.bootstrap.jobs import run_job

    return run_job(chosen.folder)


def warm_up() -> int:
    """Imports what the studio's processes import, which leaves their bytecode: the first start is as fast as any."""
    for room in WARM:
        importlib.import_module(room)
    return 0


# Each imports what it needs when it is called. The run- ones are what the studio starts itself.
COMMANDS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "serve": _serve,
    "demo": _demo,
    "train": _train,
    "evaluate": _evaluate,
    "pipeline": _pipeline,
    "verify": _verify,
    "doctor": _doctor,
    "user": _user,
    "upgrade": _upgrade,
    "report": _report,
    "warm-up": lambda chosen: warm_up(),
    "run-rig": _run_rig,
    "run-cameras": _run_cameras,
    "run-policy": _run_policy,
    "run-setup": _run_setup,
    "run-job": _run_job,
}

if __name__ == "__main__":
    sys.exit(main())
