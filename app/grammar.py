"""The grammar of the command line: every command, what it takes, and in what words that is refused."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA_DIR = Path(os.environ.get("UNDERSTUDY_DATA_DIR") or ROOT / "recordings")

type Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def parser(asked: Sequence[str] = ()) -> argparse.ArgumentParser:
    """The grammar of every command; `./understudy --help` tells the same in fewer words."""
    top = argparse.ArgumentParser(prog="understudy", description="A web studio for teaching robots.")
    commands = top.add_subparsers(dest="command", required=True, metavar="SUBCOMMAND")
    for add in (_add_serve, _add_doctor, _add_demo, _add_verify, _add_train, _add_user, _add_care):
        add(commands)
    if {"evaluate", "pipeline"} & set(asked[:1]):  # their grammar names strategies, which others need not wait for
        from app.bootstrap.evaluate import add_evaluate
        from app.bootstrap.pipeline import add_pipeline

        add_evaluate(commands, DATA_DIR)
        add_pipeline(commands, DATA_DIR)
    _add_own(commands)
    return top


def _add_data_dir(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data-dir", type=Path, default=DATA_DIR, help="default: recordings/ beside the launcher")


def _add_serve(commands: Commands) -> None:
    serve = commands.add_parser("serve", help="serves the studio until Ctrl-C")
    serve.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; on any but this machine's own people sign in"
    )
    serve.add_argument("--port", type=_port, default=8000, help="default: %(default)s")
    _add_data_dir(serve)
    serve.add_argument("--rig", default="simulator", help="the rig to open (default: %(default)s)")
    serve.add_argument(
        "--station",
        type=_station,
        default="1/1",
        metavar="K/N",
        help="this is station K of N that share one plan (default: %(default)s)",
    )
    _add_network(serve)


def _add_network(serve: argparse.ArgumentParser) -> None:
    serve.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate with its chain, PEM: serves https")
    serve.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, PEM")
    serve.add_argument("--name", action="append", default=[], metavar="HOST", help="another host name to answer to")
    serve.add_argument(
        "--log",
        choices=["people", "json"],
        default=os.environ.get("UNDERSTUDY_LOG", "people"),
        help="how it logs; json is one object a line (default: %(default)s)",
    )
    serve.add_argument("--sign-in", action="store_true", help="people sign in, also on this machine's own address")


def _add_doctor(commands: Commands) -> None:
    doctor = commands.add_parser("doctor", help="what this machine has and lacks, and what each lack costs")
    doctor.add_argument("--json", action="store_true", help="the same as JSON")
    _add_data_dir(doctor)


def _add_demo(commands: Commands) -> None:
    demo = commands.add_parser("demo", help="records scripted demonstrations on the simulated rig")
    demo.add_argument("--episodes", type=_count, required=True, metavar="N")
    demo.add_argument("--dataset", required=True, metavar="NAME")
    demo.add_argument("--seed", type=int, help="the same takes for the same seed (default: by the clock)")
    demo.add_argument("--lock-step", action="store_true", help="on the simulator's own clock, as fast as it can")
    _add_data_dir(demo)


def _add_verify(commands: Commands) -> None:
    verify = commands.add_parser("verify", help="says everything that is wrong with a dataset, and repairs what it can")
    verify.add_argument("path", type=Path, help="the dataset's folder: the one with meta/, data/ and videos/")
    verify.add_argument("--repair", action="store_true", help="on a copy, swapped in; what was there goes to .trash")
    verify.add_argument("--quick", action="store_true", help="count the pictures instead of decoding every one")
    verify.add_argument("--json", action="store_true", help="the same as JSON")


def _add_user(commands: Commands) -> None:
    user = commands.add_parser("user", help="accounts: who may sign in, and as what")
    verbs = user.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, words in (
        ("add", "a new account; asks for its password"),
        ("role", "another role"),
        ("password", "another password; every session of the account ends"),
        ("remove", "the account and its sessions end"),
        ("token", "prints a token for a program (Authorization: Bearer), good for a year"),
        ("list", "who may sign in"),
    ):
        one = verbs.add_parser(verb, help=words, description=words)
        if verb != "list":
            one.add_argument("name")
        if verb in ("add", "role"):
            one.add_argument("--role", choices=["viewer", "operator", "lead", "admin"], required=True)
        if verb in ("add", "password"):
            one.add_argument("--password-stdin", action="store_true", help="read it from standard input, one line")
        _add_data_dir(one)


def _add_care(commands: Commands) -> None:
    upgrade = commands.add_parser("upgrade", help="brings the data folder to this version's layout, and back")
    upgrade.add_argument("--back", action="store_true", help="undo the last upgrade from its backup")
    report = commands.add_parser("report", help="an archive for a bug report, without secrets")
    report.add_argument("--to", type=Path, metavar="FILE", help="default: understudy-report-TIME.tar.gz here")
    for one in (upgrade, report):
        _add_data_dir(one)


def _add_train(commands: Commands) -> None:
    train = commands.add_parser("train", help="trains a policy on a dataset and scores it")
    what = train.add_mutually_exclusive_group(required=True)
    what.add_argument("--dataset", metavar="NAME", default="")
    what.add_argument("--resume", metavar="RUN", default="", help="go on with a run that was ended")
    train.add_argument("--preset", default="quick", help="quick, guide-act or guide-smolvla (default: %(default)s)")
    train.add_argument("--name", default="", help="the run's name (default: of dataset and preset)")
    train.add_argument("--steps", type=_count, help="other than the preset's")
    train.add_argument(
        "--state-noise",
        type=_deviations,
        metavar="SD",
        help="let joint positions tremble by so many of their standard deviations, 0 to 1, so that the policy looks at "
        "the pictures; three copies of each episode (default: the preset's)",
    )
    train.add_argument("--from-run", default="", metavar="RUN", help="begin from the best checkpoint of an earlier run")
    train.add_argument("--base", default="", help="begin from a policy: its name on the Hub, or a folder")
    train.add_argument("--measure", action="store_true", help="measure time, memory and disk first, by a few steps")
    train.add_argument(
        "--on",
        default="",
        metavar="PLACE",
        help="where: local, ssh://USER@HOST, ray+http://HOST:8265?storage=FOLDER, hf://FLAVOUR, or a name that the "
        "Train page keeps (default: local)",
    )
    train.add_argument("--command", action="store_true", dest="command_only", help="only print lerobot-train's command")
    _add_data_dir(train)


def _add_own(commands: Commands) -> None:
    """Not for people: what the launcher and the studio start themselves."""
    commands.add_parser("warm-up")  # by the launcher, once after an install
    for process in ("rig", "cameras"):
        own = commands.add_parser(f"run-{process}")
        own.add_argument("--data-dir", type=Path, required=True)
        own.add_argument("--rig", required=True)
    servos = commands.add_parser("run-setup")  # talks to servos while a station is set up
    servos.add_argument("--reply-ms", type=float, default=50.0)
    policy = commands.add_parser("run-policy")
    policy.add_argument("--data-dir", type=Path, required=True)
    job = commands.add_parser("run-job")
    job.add_argument("--folder", type=Path, required=True)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: give a number from 0 to 65535")
    return int(text)


def _station(text: str) -> str:
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f'{text!r} is not a station: say which of how many, as "2/3"')
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count: give a whole number from 1 up")
    return int(text)


def _deviations(text: str) -> float:
    with suppress(ValueError):
        if 0 <= (value := float(text)) <= 1:
            return value
    raise argparse.ArgumentTypeError(f"{text!r} is no share of a standard deviation: give a number from 0 to 1")
