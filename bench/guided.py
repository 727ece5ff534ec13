"""What guidance and checks cost while a plan is followed, and how soon after a stop the verdict is there.

Live, on the simulated rig with its three cameras and one page that listens. The
anchor is the same studio recording into a dataset without a plan: there only the
cameras' liveness is watched.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from bench.outcome import Outcome, Reach
from bench.session import cpu_s
from tests.guided import give_plan, guided, placed, rows
from tests.studio import Program, RunningStudio

SETTLE_S = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="understudy bench guided")
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    seconds, takes = (10.0, 3) if quick else (30.0, 10)
    with tempfile.TemporaryDirectory() as folder:
        running = RunningStudio(Path(folder), "simulator").start()
        try:
            with running.program("bench") as program:
                program.must("record.setup", dataset="unplanned", practice=False)
                without = _web_percent(running, program, seconds)
                give_plan(running, "planned", recovery_share=0.0, positions_per_cluster=10)
                guided(program, "planned")
                placed(program)
                looking = _web_percent(running, program, seconds)
                own = program.state["checks"]["cost_percent"]
                verdicts = [_verdict_ms(program) for _ in range(takes)]
        finally:
            running.stop()
    figures = {
        "watching_percent": own,
        "web_percent": round(looking, 2),
        "guided_more_percent": round(looking - without, 2),
        "verdict_p50_ms": round(statistics.median(verdicts), 1),
        "verdict_worst_ms": round(max(verdicts), 1),
        "takes": takes,
    }
    anchor = {"web_without_plan_percent": round(without, 2)}
    reach = {
        "watching_percent": Reach(at_most=5.0),
        "guided_more_percent": Reach(at_most=5.0),
        "verdict_worst_ms": Reach(at_most=1000.0),
    }
    print(Outcome("guided", figures, anchor, reach).line())


def _web_percent(running: RunningStudio, program: Program, seconds: float) -> float:
    """The web process's processor time in percent of one core, while one page listens."""
    program.listen(SETTLE_S)
    before, began = cpu_s(running.pid), time.monotonic()
    program.listen(seconds)
    return 100 * (cpu_s(running.pid) - before) / (time.monotonic() - began)


def _verdict_ms(program: Program) -> float:
    """A take of ten seconds; from its stop until the verdict has reached the page."""
    placed(program)
    program.must("record.start", skip_countdown=True)
    rows(program, 300)
    uuid = program.state["recorder"]["take"]["uuid"]
    began = time.monotonic()
    program.tell("record.stop")
    program.read(lambda: (program.state["checks"]["verdict"] or {}).get("uuid") == uuid)
    took_ms = 1000 * (time.monotonic() - began)
    program.read(lambda: program.state["recorder"]["phase"] == "deciding")
    program.must("record.save", outcome="success")
    program.read(lambda: program.state["recorder"]["phase"] == "idle")
    return took_ms


if __name__ == "__main__":
    main()
