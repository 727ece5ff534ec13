"""A tiny ACT trained from the page: watched, cancelled, resumed, adopted by the next studio after kill -9, deleted.

Once on this machine, and once on a Ray cluster of one node whose log, progress and checkpoints the same page shows.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
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
from app.training.runners import RayPlace
from app.training.runners.places import text_of
from tests.studio import RunningStudio, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.lerobot, pytest.mark.timeout(1800)]

LONG_S = 600.0
LONG_MS = 1000 * LONG_S
NODE = Path(__file__).parents[1] / "training/runners/one_node.py"
FRAMES_ONLY = {"trials_training": 0, "trials_held_out": 0, "frames": 4, "final": 1}
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
def studio(data: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningStudio]:
    """Its own, because a test kills its studio and ends the next one; it knows the token of the test's cluster."""
    if "cluster" in request.fixturenames:
        request.getfixturevalue("cluster")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    running = RunningStudio(data).start()
    yield running
    assert running.stop() == 0


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RayPlace]:
    """One node; `tmp_path/node` is its home, `tmp_path/shared` what it and the studio both reach."""
    monkeypatch.setenv("UNDERSTUDY_FAR_HOME", str(tmp_path / "node"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")  # whoever reaches the dashboard must know this
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    temp = tempfile.mkdtemp(prefix="ray-")  # Ray's sockets want a short path
    node = subprocess.Popen([sys.executable, NODE, temp], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert node.stdout is not None
    try:
        at = next((line.split()[1] for line in node.stdout if line.startswith("at ")), "")
        assert at, "the cluster did not start"
        yield RayPlace(f"http://{at}", str(tmp_path / "shared"), python=sys.executable)
    finally:
        node.communicate(timeout=60)
        shutil.rmtree(temp, ignore_errors=True)


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
    page.get_by_role("button", name="Save it and see").click()
    expect(page.locator("train-place .form-problem")).to_contain_text("is no place to train")

    body = {"dataset": "bricks", "name": "tiny", "settings": settings(40)}
    status, answer = studio.ask("/api/runs", "POST", body)
    assert status == 201, answer
    assert studio.ask("/api/runs/tiny", "DELETE", None)[0] == 409
    page.goto(f"{studio.url}/train/tiny")
    hold_at_the_first_checkpoint(studio.data_dir / "models/tiny")  # it is cancelled before its end, however quick it is
    first = run_of(studio, "tiny")["summary"]["job"]
    job = json.loads((studio.data_dir / "jobs" / first / "process.json").read_text())["pid"]
    os.kill(job, signal.SIGSTOP)
    page.locator("job-card [data-ask]").click()
    page.locator("job-card [data-yes]").click()
    expect(page.locator("job-card [data-ask]")).to_be_hidden()
    os.kill(job, signal.SIGCONT)
    wait_until(lambda: run_of(studio, "tiny")["summary"]["state"] != "running", LONG_S, "the run has ended")
    assert run_of(studio, "tiny")["summary"]["state"] == "stopped"
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


def test_a_run_on_a_ray_cluster_is_watched_cancelled_resumed_and_removed_there(
    cluster: RayPlace, studio: RunningStudio, page: Page, tmp_path: Path
) -> None:
    shared, far = tmp_path / "shared", studio.data_dir / "models/far"
    status, answer = studio.ask("/api/training/places/cluster", "PUT", {"text": text_of(cluster)})
    assert status == 201, answer
    asked = settings(120) | {"save_every": 40, "device": "auto"}
    asked["scoring"] = preset("quick", ()).scoring.model_copy(update=FRAMES_ONLY).model_dump()
    body = {"dataset": "bricks", "name": "far", "settings": asked, "on": "cluster"}
    status, answer = studio.ask("/api/runs", "POST", body)
    assert status == 201, answer
    page.goto(f"{studio.url}/train")
    page.locator("train-place select[name=place]").select_option(label="cluster")
    expect(page.locator("train-place [data-part=about]")).to_contain_text(
        f"It answers: Ray {version('ray')};", timeout=LONG_MS
    )

    page.goto(f"{studio.url}/train/far")
    state, card = page.locator(".run-state"), page.locator("job-card").first
    held = hold_at_the_first_checkpoint(tmp_path / "node/runs/far")  # what follows does not hang on anybody's speed
    expect(state).to_contain_text(f"of 120 steps on {cluster.words}")
    expect(page.locator("[data-part=metrics] figure").first).to_contain_text("Loss", timeout=LONG_MS)
    page.get_by_text("Checkpoints", exact=True).click()
    expect(page.locator("[data-part=checkpoints] tbody tr")).to_have_count(1, timeout=LONG_MS)
    expect(page.locator("[data-part=checkpoints] tbody tr")).to_contain_text("40")
    expect(card.locator("[data-part=figures]")).to_contain_text("of 120 steps", timeout=LONG_MS)
    card.get_by_text("Log", exact=True).click()
    card.get_by_label("Find in the log").fill("step:40 ")
    expect(card.locator("pre")).to_contain_text("loss:", timeout=LONG_MS)
    card.locator("[data-ask]").click()
    card.locator("[data-yes]").click()
    expect(state).to_contain_text("Stopped, ", timeout=LONG_MS)
    wait_until(lambda: not _line(Path(f"/proc/{held}/cmdline")), LONG_S, "lerobot-train has ended on the node")
    assert run_of(studio, "far")["checkpoints"] == [40]
    first = json.loads((far / "elsewhere.json").read_text())
    view = next((shared / "views").glob("*.whole"))
    sent_at = view.stat().st_mtime_ns

    page.get_by_role("button", name="Resume").click()
    expect(state).to_contain_text("Trained, 120 of 120 steps", timeout=LONG_MS)
    found, second = run_of(studio, "far"), json.loads((far / "elsewhere.json").read_text())
    assert found["checkpoints"] == [40, 80, 120]
    assert (far / "train/checkpoints/000120/pretrained_model/config.json").is_file()
    assert second["id"] != first["id"]
    assert second["first"] == 40, "it goes on from the checkpoint that came back"
    steps = [row["step"] for row in found["metrics"]]
    assert steps == sorted(set(steps))
    assert {5, *range(45, 121, 5)} <= set(steps), "the log may lag its checkpoint when it is cancelled"
    assert all(row["loss"] > 0 and row["grad_norm"] > 0 for row in found["metrics"])
    assert [row["step"] for row in found["scores"]] == [40, 80, 120]
    assert view.stat().st_mtime_ns == sent_at, "the dataset travels once"

    expect(page.locator("[data-part=elsewhere]")).to_contain_text("are removed by a job")
    page.locator("[data-delete]").click()
    page.locator(".run-delete [data-yes]").click()
    page.wait_for_url("**/train")
    wait_until(lambda: not list(shared.rglob("*.safetensors")), LONG_S, "it is removed there")
    wait_until(lambda: not view.exists(), LONG_S, "and its dataset, which no other run uses")


def hold_at_the_first_checkpoint(run: Path) -> int:
    """Stops the run's lerobot-train once a checkpoint is whole; its process id."""
    whole = run / "train/checkpoints/last"
    wait_until(whole.is_symlink, LONG_S, "the first checkpoint is there")
    (pid,) = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"lerobot.scripts.lerobot_train" in (line := _line(path)) and str(run).encode() in line
    ]
    os.kill(pid, signal.SIGSTOP)
    return pid


def _line(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended; one that nobody has waited for yet reads as empty
        return b""
