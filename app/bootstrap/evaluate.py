"""`./understudy evaluate POLICY`: trials of one or more policies to one protocol, from the command line."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from pydantic import ValidationError

from app.bootstrap.following import BY, follow_job
from app.bootstrap.jobs import job_keeper
from app.core.clock import SystemClock
from app.datasets import DatasetStore
from app.devices import Success
from app.evaluation.creating import Creator
from app.evaluation.errors import EvaluationInvalid
from app.evaluation.folder import EvaluationStore
from app.evaluation.kinds import EVALUATE
from app.evaluation.models import Entrant, EvaluationProtocol, Execution, Places
from app.evaluation.results import EntrantResult, Results, Score
from app.evaluation.scoring import results
from app.evaluation.subjects import find
from app.policies.delay import PRESETS
from app.policies.strategies import Mode
from app.simulation import reachable
from app.storage.paths import DataFolder
from app.training.folder import RunStore


def add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser], data_dir: object) -> None:
    """The grammar of `evaluate`."""
    found = commands.add_parser("evaluate", help="runs trials of a policy on the simulator and scores them by cluster")
    found.add_argument(
        "policy", nargs="*", help="a run, RUN/STEP, exports/NAME below models/, or a folder; several too"
    )
    found.add_argument("--dataset", default="", help="whose plan says where to try (default: what it was trained on)")
    found.add_argument("--name", default="", help="the evaluation's name")
    found.add_argument("--trials", type=int, default=2, metavar="N", help="in each training cluster (default: 2)")
    found.add_argument("--held-out", type=int, default=10, metavar="N", help="in each held-out cluster (default: 10)")
    found.add_argument("--new", type=int, default=0, metavar="N", help="outside every cluster (default: 0)")
    found.add_argument("--recorded", action="store_true", help="at places that were recorded, not between them")
    found.add_argument("--mode", action="append", choices=[str(mode) for mode in Mode], help="repeatable; default: "
                       "synchronous")  # fmt: skip
    found.add_argument("--threshold", type=float, default=0.5, help="of a chunk, asynchronous (default: 0.5)")
    found.add_argument("--execute", type=int, default=0, metavar="N", help="actions of a chunk, synchronous")
    delay = found.add_argument_group("an emulated device (always labelled)")
    delay.add_argument("--delay-ms", action="append", type=float, default=[], metavar="MS", help="repeatable: a range")
    delay.add_argument("--device", default="", help="whose latency that is")
    delay.add_argument("--emulate", action="append", choices=sorted(PRESETS), default=[], help="the guide's figures")
    delay.add_argument("--own-delay", action="store_true", help="inject what this machine is measured to take")
    found.add_argument("--limit-s", type=float, default=15.0, help="time limit of a trial (default: 15)")
    found.add_argument("--success", choices=[str(one) for one in Success], default=str(Success.in_goal),
                       help="what counts as one (default: in_goal, at rest and let go of)")  # fmt: skip
    found.add_argument("--success-s", type=float, default=0.0, metavar="S", help="for how long without a break "
                       "(default: three steps of the policy)")  # fmt: skip
    found.add_argument("--seed", type=int, default=1, help="draws the places (default: 1)")
    found.add_argument("--no-record", action="store_true", help="keep figures only, no episodes: faster")
    found.add_argument("--resume", default="", metavar="NAME", help="go on with an evaluation that was ended")
    found.add_argument("--data-dir", default=data_dir, help="default: recordings/ beside the launcher")


def evaluate(chosen: argparse.Namespace, data: DataFolder) -> int:
    """Run it to its end and print what it found; returns the exit code."""
    data.prepare()
    store = DatasetStore(data.datasets)
    name = chosen.resume or describe(chosen, data, store)
    folder = EvaluationStore(data).open(name)
    print(f"Evaluation {name}: {len(folder.left())} trials to run, in {folder.path}", flush=True)
    print(f"Success: {folder.evaluation().protocol.success_rule}", flush=True)
    if folder.left():
        follow_job(job_keeper(data), EVALUATE.name, {"name": name}, f"./understudy evaluate --resume {name}")
    print(as_text(results(folder, data, store)))
    print(f"Report: {folder.report}")
    return 0


def describe(chosen: argparse.Namespace, data: DataFolder, store: DatasetStore) -> str:
    """Write a new evaluation down; returns its name."""
    if not chosen.policy:
        raise EvaluationInvalid("Name a policy to evaluate.", todo="./understudy evaluate RUN")
    protocol = protocol_of(chosen, chosen.dataset or _dataset_of(chosen.policy[0], data))
    entrants = entrants_of(chosen)
    creator = Creator(data, store, reachable)
    name = chosen.name or creator.free_name(entrants)
    made = creator.make(name, protocol, entrants, by=BY.user, at=SystemClock().wall())
    EvaluationStore(data).folder(name).create(made)
    return name


def protocol_of(chosen: argparse.Namespace, dataset: str) -> EvaluationProtocol:
    """Raises EvaluationInvalid, with the first thing that is wrong."""
    try:
        return EvaluationProtocol(
            dataset=dataset,
            training=chosen.trials,
            held_out=chosen.held_out,
            new=chosen.new,
            places=Places.recorded if chosen.recorded else Places.fresh,
            seed=chosen.seed,
            limit_s=chosen.limit_s,
            success=Success(chosen.success),
            success_s=chosen.success_s,
            record=not chosen.no_record,
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"])
        said = f"{where}: {first['msg']}" if where else str(first["msg"])
        raise EvaluationInvalid(f"No such protocol: {said}.", todo="./understudy evaluate --help") from error


def entrants_of(chosen: argparse.Namespace) -> list[Entrant]:
    """Every policy in every mode at every delay."""
    delays: list[tuple[str, dict[str, object]]] = [
        (f"{ms:g}ms", {"delay_ms": ms, "device": chosen.device or f"{ms:g} ms a look"}) for ms in chosen.delay_ms
    ]
    delays += [(key, {"delay_ms": 1000 * PRESETS[key].whole_s, "device": PRESETS[key].name}) for key in chosen.emulate]
    if chosen.own_delay:
        delays.append(("own", {"own_delay": True}))
    found = []
    for policy in chosen.policy:
        for mode in chosen.mode or [str(Mode.synchronous)]:
            for word, delay in delays or [("", {})]:
                execution = Execution.model_validate(
                    {"mode": mode, "threshold": chosen.threshold, "execute": chosen.execute, **delay}
                )
                words = [re.sub(r"[^A-Za-z0-9._-]+", "-", policy).strip("-.")[-40:], mode, *([word] if word else [])]
                found.append(Entrant(key="-".join(words)[-60:].lstrip("-._"), policy=policy, execution=execution))
    return found


def as_text(found: Results) -> str:
    """The results as a table for a terminal."""
    rows = [("", "training", "held-out", "outside", "all", "time", "starved")]
    rows += [_row(one) for one in found.entrants]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines += [one.words for one in found.comparisons]
    lines += [f"{group.count} x {group.story}" for group in found.failures]
    lines += [f"Next: {one.words}" for one in found.record_next]
    return "\n".join(lines + found.findings)


def _row(one: EntrantResult) -> tuple[str, ...]:
    took = f"{one.duration_s:.1f} s" if one.duration_s is not None else "-"
    device = f" [EMULATED {one.device}]" if one.emulated else ""
    return (
        f"{one.title}{device}",
        _cell(one.training),
        _cell(one.held_out),
        _cell(one.new),
        _cell(one.all),
        took,
        str(one.starved_steps),
    )


def _cell(score: Score) -> str:
    if score.low is None or score.high is None:
        return "-"
    return f"{score.successes} of {score.trials} ({100 * score.low:.0f}-{100 * score.high:.0f} %)"


def _dataset_of(policy: str, data: DataFolder) -> str:
    found = find(policy, data)
    if not found.run:
        raise EvaluationInvalid(
            f"Nobody knows what {policy} was trained on.", todo="Name the dataset with the plan: --dataset NAME"
        )
    return RunStore(data.models).open(found.run).run().dataset


def parse(arguments: Sequence[str], data_dir: object = "") -> argparse.Namespace:
    """For those who make evaluations in a script."""
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    add_evaluate(commands, data_dir)
    return parser.parse_args(["evaluate", *arguments])
