"""A tiny ACT trained from the page: watched, cancelled, resumed, adopted by the next studio after kill -9, deleted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.bootstrap.demo import Request
from app.bootstrap.lockstep import LockStepStudio
from app.datasets import DatasetStore
from app.devices import Start
from app.guidance.layout import default_plan
from app.guidance.store import PlanStore
from app.guidance.targets import position_placement
from app.recording import DEFAULT_TASK
from app.simulation import reachable
from app.training.presets import preset
from tests.studio import RunningStudio, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.lerobot, pytest.mark.timeout(900)]

LONG_S = 300.0
TINY = {
    "policy.dim_model": 32,
    "policy.dim_feedforward": 64,
    "policy.n_heads": 2,
    "policy.n_encoder_layers": 1,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three demonstrations of a plan, one of them in the held-out cluster."""
    made = tmp_path_factory.mktemp("train")
    plan = default_plan(DEFAULT_TASK, reachable)
    names = [next(c.name for c in plan.clusters if c.name not in plan.held_out)] * 2 + [plan.held_out[0]]
    requests = [
        Request(i, 7 + i, position_placement(plan, plan.cluster(name), i), Start.nominal, {"cluster": name})
        for i, name in enumerate(names)
    ]
    assert list(LockStepStudio(made, "bricks").record(requests)) == ["success"] * 3
    PlanStore(DatasetStore(made / "datasets")).save("bricks", plan)
    return made


@pytest.fixture
def studio(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningStudio]:
    """Its own, because the test kills its studio and ends the next one."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    running = RunningStudio(data).start()
    yield running
    assert running.stop() == 0


def settings(steps: int) -> dict[str, object]:
    quick = preset("quick", ("top", "gripper"))
    scoring = quick.scoring.model_copy(
        update={"trials_training": 1, "trials_held_out": 1, "limit_s": 1.0, "frames": 4, "final": 1}
    )
    small = {"steps": steps, "batch": 2, "save_every": 20, "log_every": 5, "workers": 0, "width": 32, "height": 32}
    update = small | {"options": quick.options | TINY, "scoring": scoring}
    return json.loads(quick.model_copy(update=update).model_dump_json())


def run_of(studio: RunningStudio, name: str) -> dict:
    return studio.get(f"/api/runs/{name}")


def test_a_run_is_started_cancelled_adopted_finished_and_deleted(page: Page, studio: RunningStudio) -> None:
    page.goto(f"{studio.url}/train")
    expect(page.locator("train-start")).to_contain_text("2 episodes go in")
    expect(page.locator("train-start")).to_contain_text("1 held out (cluster")
    expect(page.locator("train-start")).to_contain_text("not measured yet")
    page.get_by_role("button", name="Guide's ACT").click()
    expect(page.locator("copy-command pre")).to_contain_text("--policy.chunk_size=100")
    page.get_by_text("Add a place to train").click()
    page.get_by_label("Host", exact=True).fill("-oProxyCommand=id")
    page.get_by_label("Name here").fill("gpu box")
    page.get_by_role("button", name="Keep it and look").click()
    expect(page.locator("train-place .form-problem")).to_contain_text("is no place to train")

    body = {"dataset": "bricks", "name": "tiny", "settings": settings(40)}
    status, answer = studio.ask("/api/runs", "POST", body)
    assert status == 201, answer
    assert studio.ask("/api/runs/tiny", "DELETE", None)[0] == 409
    page.goto(f"{studio.url}/train/tiny")
    wait_until(lambda: 20 in run_of(studio, "tiny")["checkpoints"], LONG_S, "the first checkpoint is there")
    page.locator("job-card [data-ask]").click()
    page.locator("job-card [data-yes]").click()
    wait_until(lambda: run_of(studio, "tiny")["summary"]["state"] == "stopped", LONG_S, "the run has ended")
    reached = run_of(studio, "tiny")["summary"]["step"]
    assert 20 <= reached < 40

    page.get_by_role("button", name="Resume").click()
    wait_until(lambda: run_of(studio, "tiny")["summary"]["state"] == "running", LONG_S, "the run goes on")
    job = run_of(studio, "tiny")["summary"]["job"]
    studio.kill()
    studio.start()
    page.goto(f"{studio.url}/train/tiny")
    wait_until(lambda: run_of(studio, "tiny")["summary"]["job"] == job, LONG_S, "the next studio follows the same job")
    wait_until(lambda: run_of(studio, "tiny")["summary"]["state"] == "done", LONG_S, "the run is trained and scored")

    found = run_of(studio, "tiny")
    assert found["checkpoints"] == [20, 40]
    assert len([job for job in studio.get("/api/jobs?about=tiny")["jobs"]]) == 2  # begun and resumed, not begun anew
    assert [row["step"] for row in found["scores"]] == [20, 40]
    assert [row["step"] for row in found["metrics"]] == list(range(5, 41, 5))
    assert all(row["training"]["trials"] == 1 and row["held_out"]["trials"] == 1 for row in found["scores"])
    expect(page.locator(".run-state")).to_contain_text("Trained, 40 of 40 steps")  # the page says so by itself
    expect(page.locator("[data-part=metrics] figure").first).to_contain_text("Loss")
    expect(page.locator("[data-part=curves] canvas")).to_have_count(2)

    page.get_by_role("button", name="Pin").click()
    expect(page.get_by_role("button", name="Unpin", exact=True)).to_be_visible()
    assert studio.ask("/api/runs/tiny", "DELETE", None)[0] == 409
    page.get_by_role("button", name="Unpin", exact=True).click()
    expect(page.locator("[data-delete]")).to_be_enabled()
    page.locator("[data-delete]").click()
    page.locator(".run-delete [data-yes]").click()
    page.wait_for_url("**/train")
    assert "tiny" not in [run["name"] for run in studio.get("/api/runs")]
