"""A policy on the simulated arm through the real server: its process, its run, takeover, and everything refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.datasets import DatasetStore
from tests.policies import artifacts
from tests.studio import Program, RunningStudio, end_process, wait_until

pytestmark = pytest.mark.serial
LONG_S = 60.0


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    data = tmp_path_factory.mktemp("data")
    exports = data / "models" / "exports"
    exports.mkdir(parents=True)
    artifacts.sweep(exports / "sweep")
    artifacts.sweep(exports / "blind", cameras=("top", "ceiling"))
    artifacts.sweep(exports / "other-arm", joints=("j1", "j2", "j3"))
    artifacts.jumping(exports / "jumping")
    artifacts.nan(exports / "nan")
    artifacts.flow(exports / "flow", tasks=("Sweep", "Sweep aside"))
    artifacts.stuck(exports / "stuck")
    damaged = artifacts.sweep(exports / "damaged") / "decoder.onnx"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    running = RunningStudio(data).start()
    yield running
    assert running.stop() == 0


def policy(program: Program) -> dict[str, Any]:
    return program.state["policy"]


def run(program: Program) -> dict[str, Any]:
    return policy(program)["run"] or {"phase": "", "reason": ""}


def opened(program: Program, name: str) -> dict[str, Any]:
    program.must("policy.open", policy=f"exports/{name}")
    program.read(lambda: policy(program)["phase"] in ("ready", "failed"), LONG_S)
    return policy(program)


def until(program: Program, phase: str) -> dict[str, Any]:
    program.read(lambda: run(program)["phase"] == phase, LONG_S)
    return run(program)


def pushes(program: Program, share: float) -> bool:
    """One word of a stick that is pushed without having the arm; whether the arm is taken over by now."""
    program.must("policy.push", label="Ada (gamepad)", input="gamepad", push=share)
    return run(program)["phase"] == "taken_over"


def test_a_policy_runs_is_taken_over_and_leaves_a_recovery_episode(studio: RunningStudio) -> None:
    with studio.program("ada") as ada:
        state = opened(ada, "sweep")
        assert state["phase"] == "ready", state["problem"]
        assert state["opened"]["artifact"]
        assert {one["stage"] for one in state["latency"]} == {"", "vision", "decoder"}
        assert state["feasibility"]["measured"]
        mapped = Path(f"/proc/{studio.companion_pid('policy')}/maps").read_text()
        assert "onnxruntime" in mapped
        assert "torch" not in mapped
        ada.must("policy.choose", dataset="fixes", threshold=0.5, delay_s=0.3, delay_label="a slow device")
        ada.must("policy.start", accept_red=True)
        ada.read(lambda: run(ada).get("take") and run(ada)["figures"]["steps"] > 15, LONG_S)
        assert run(ada)["emulated"] == "0.3 s a look, emulated (a slow device)"
        assert {"emulated", "decoder"} <= {one["stage"] for one in run(ada)["figures"]["latency"]}
        ada.must("policy.take_over", label="Ada", input="keyboard")
        ada.drive(1.0, linear_m_s=[0.0, 0.0, 0.03])
        assert until(ada, "taken_over")["taken_over_by"] == "Ada"
        ada.must("policy.hand_back")
        until(ada, "executing")
        ada.read(lambda: pushes(ada, 0.5), LONG_S)
        assert (run(ada)["taken_over_by"], run(ada)["takeovers"]) == ("Ada (gamepad)", 2)
        ada.drive(0.3)
        ada.must("policy.hand_back")
        by_then = until(ada, "executing")["figures"]["steps"]
        ada.read(lambda: run(ada)["figures"]["steps"] > by_then + 10)  # the take ends by the policy's hand
        ada.must("policy.finish", outcome="success", cause="slipped grasp")
        assert until(ada, "ended")["episodes"] == 1
        assert ada.state["recorder"]["dataset"] != "fixes"
    dataset = DatasetStore(studio.data_dir / "datasets").open("fixes")
    facts, columns = dataset.episode(0).facts, dataset.signals(0)
    assert (facts.kind, facts.recovery_cause, facts.outcome) == ("recovery", "slipped grasp", "success")
    assert facts.driver == "policy"
    assert facts.checkpoint.endswith("models/exports/sweep")
    by_hand = np.asarray(columns["intervention"], bool).ravel()
    assert by_hand.any()
    assert not by_hand.all()
    assert not by_hand[0]
    assert not by_hand[-1]
    assert np.asarray(columns["studio.recovery"], bool).ravel()[by_hand].mean() > 0.5
    targets = np.asarray(columns["action"], np.float64)
    assert np.abs(np.diff(targets, axis=0)).max() <= 250.0 / 30 + 0.1  # the fastest joint's speed


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("blind", "it looks at ceiling, the rig has top"),
        ("other-arm", "its joints are j1, j2, j3"),
        ("damaged", "decoder.onnx is cut short"),
        ("nan", "not finite"),
    ],
)
def test_a_policy_that_does_not_fit_or_is_broken_is_refused_in_words(
    studio: RunningStudio, name: str, words: str
) -> None:
    with studio.program("bo") as bo:
        state = opened(bo, name)
        assert state["phase"] == "failed"
        assert words in state["problem"]
        assert words in bo.ask("policy.start")["text"]


def test_a_policy_that_jumps_is_held_in_words_and_the_arm_stays(studio: RunningStudio) -> None:
    with studio.program("cy") as cy:
        opened(cy, "jumping")
        before = list(cy.arm["position"])
        cy.must("policy.choose", dataset="", delay="")
        cy.must("policy.start", accept_red=True)
        assert "jumps by 80 deg of shoulder_pan" in until(cy, "held")["reason"]
        assert np.abs(np.array(cy.arm["position"]) - before).max() < 2.0
        cy.must("policy.stop")
        until(cy, "ended")
        assert not cy.state["lease"]["held"]


def test_a_killed_policy_process_holds_the_arm_and_can_be_opened_again(studio: RunningStudio) -> None:
    with studio.program("di") as di:
        opened(di, "sweep")
        di.must("policy.choose", delay="act_fp32", dataset="")
        assert policy(di)["feasibility"]["colour"] == "red"
        refused = di.ask("policy.start")
        assert (refused["ok"], refused["code"]) == (False, "needs_yes")
        assert "Run it at" in refused["todo"]
        di.must("policy.choose", delay="")
        di.must("policy.start", accept_red=True)
        until(di, "executing")
        end_process(studio.companion_pid("policy"))
        assert "process is gone" in until(di, "held")["reason"]
        di.read(lambda: policy(di)["phase"] == "failed", LONG_S)
        assert "killed by signal SIGKILL" in policy(di)["problem"]
        di.must("policy.stop")
        assert opened(di, "sweep")["phase"] == "ready"
        di.must("policy.close")
        wait_until(lambda: not _lives(studio, "policy"), LONG_S, "the policy's process has ended")


def test_a_flow_policy_runs_by_real_time_chunking_and_stays_on_its_line(studio: RunningStudio) -> None:
    with studio.program("ed") as ed:
        state = opened(ed, "flow")  # knows two tasks, and nobody has chosen one yet
        assert (state["phase"], state["problem"]) == ("ready", "")
        assert (state["choice"]["task"], state["opened"]["tasks"]) == ("Sweep", ["Sweep", "Sweep aside"])
        assert next(one for one in policy(ed)["modes"] if one["mode"] == "rtc")["blocked"] == ""
        ed.must(
            "policy.choose",
            mode="rtc",
            task="Sweep aside",
            threshold=0.8,
            horizon=16,
            dataset="",
            delay_s=0.3,
            delay_label="slow",
        )
        ed.must("policy.start", accept_red=True)
        ed.read(lambda: run(ed)["phase"] == "executing" and run(ed)["figures"]["looks"] > 5, LONG_S)
        assert run(ed)["strategy"].startswith("real-time chunking")
        figures = run(ed)["figures"]
        assert {"", "vision", "denoise", "emulated"} == {one["stage"] for one in figures["latency"]}
        assert figures["age_p95_ms"] >= 300
        assert figures["smoothness"]["seams"] >= 3
        assert figures["smoothness"]["seam_max"] < 2 * artifacts.LINES
        ed.must("policy.stop")
        until(ed, "ended")
        ed.must("policy.choose", mode="asynchronous", threshold=0.5, delay="")


def test_a_look_that_never_returns_is_cut_off_and_its_process_ended(studio: RunningStudio) -> None:
    with studio.program("fi") as fi:
        fi.must("place", x_cm=25.0, y_cm=5.0, yaw_deg=0.0, start="nominal")  # the arm where its looks return
        fi.read(lambda: abs(fi.arm.get("position", [90.0])[0]) < 2.0, LONG_S)
        opened(fi, "stuck")
        assert policy(fi)["choice"]["look_limit_s"] == 10.0  # at least, however fast it is
        fi.must("policy.choose", cut_off_s=1.0, dataset="", delay="", fallback="hold")
        assert policy(fi)["choice"]["look_limit_s"] == 1.0
        fi.must("policy.start", accept_red=True)
        assert "did not answer within 1 s" in until(fi, "held")["reason"]
        fi.read(lambda: policy(fi)["phase"] == "failed", LONG_S)
        assert "its process was ended" in policy(fi)["problem"]
        wait_until(lambda: not _lives(studio, "policy"), LONG_S, "the policy's process has ended")
        assert "did not answer" in run(fi)["reason"]
        fi.must("policy.stop")
        fi.must("policy.choose", cut_off_s=0.0)
        assert opened(fi, "sweep")["phase"] == "ready"
        fi.must("policy.close")


def _lives(studio: RunningStudio, name: str) -> bool:
    try:
        return bool(studio.companion_pid(name))
    except AssertionError:
        return False
