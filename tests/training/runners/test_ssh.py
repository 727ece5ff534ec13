"""A training on another machine, over SSH on loopback: sent once, followed, cut, found again, ended."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.jobs.errors import JobCancelled
from app.training import performing
from app.training.errors import TrainingFailed
from app.training.folder import RunFolder, RunStore
from app.training.hub import view_hash
from app.training.kinds import TrainRun
from app.training.runners import SshPlace
from app.training.runners.far import worker
from app.training.runners.ssh import SshRunner, SshTraining, Unreachable, failed
from tests.training.recorded import TINY, dataset, described
from tests.training.runners.sshd import AsyncsshMachine, OpensshMachine, python_of
from tests.training.test_performing import Still, work

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="needs OpenSSH's client, `ssh`")
SETTINGS = TINY.model_copy(update={"steps": 8, "save_every": 3})


@pytest.fixture(params=[AsyncsshMachine, OpensshMachine])
def far(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AsyncsshMachine | OpensshMachine]:
    if request.param is OpensshMachine and OpensshMachine.program is None:
        pytest.skip("needs OpenSSH's server, `sshd`")
    monkeypatch.setenv("GATE", str(tmp_path / "gate"))
    root = tmp_path / "far"
    root.mkdir()
    with request.param(root).serving() as machine:
        place = SshPlace("far", folder=str(machine.home / "under study"), python=str(python_of(root)))
        monkeypatch.setattr(performing, "runner_at", lambda _: SshRunner(place, machine.options))
        monkeypatch.setattr(performing, "open_policy", lambda folder, device: Still(folder))
        monkeypatch.setattr("app.training.runners.ssh.RETRY_S", (0.05,))
        yield machine


def run_of(root: Path, name: str = "tiny") -> RunFolder:
    if not (root / "datasets").exists():
        dataset(root)
    folder = RunStore(root / "models").folder(name)
    folder.create(described(root, name, SETTINGS))
    return folder


def perform(root: Path, name: str = "tiny") -> None:
    performing.train(TrainRun(run=name), work(root))


def sent(far: AsyncsshMachine | OpensshMachine) -> list[str]:
    return [line.split(" take ")[1].split("/")[0] for line in far.commands() if " take " in line]


def when_step(monkeypatch: pytest.MonkeyPatch, text: str, do: object) -> None:
    """Calls `do` once, at the log line that holds `text`."""
    follow, left = SshTraining.lines, [do]

    def lines(self: SshTraining, wait_s: float = 1.0) -> Iterator[str | None]:
        for line in follow(self, 0.05):
            yield line
            if line is not None and text in line and left:
                left.pop()()  # type: ignore[operator]

    monkeypatch.setattr(SshTraining, "lines", lines)


def test_it_trains_there_though_the_connection_breaks_and_the_view_travels_once(
    far: AsyncsshMachine | OpensshMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_it() -> None:
        far.cut()
        (tmp_path / "gate").touch()

    when_step(monkeypatch, "step:4", break_it)
    folder = run_of(tmp_path)
    perform(tmp_path)
    assert list(folder.checkpoints()) == [3, 6, 8]
    assert [row["step"] for row in folder.metrics()] == list(range(1, 9)), "nothing is lost or told twice"
    assert any(row.get("memory_bytes") for row in folder.metrics())
    assert [row["step"] for row in folder.scores()] == [3, 6, 8]
    assert len([line for line in far.commands() if " follow " in line]) > 1
    assert sent(far) == ["views"]

    other = run_of(tmp_path, "other")
    perform(tmp_path, "other")
    assert list(other.checkpoints()) == [3, 6, 8]
    assert sent(far) == ["views"], "the same content is there already"

    root, runner = far.home / "under study", performing.runner_at(None)  # type: ignore[arg-type]
    view = view_hash(folder.run())
    assert "for another run" in runner.forget("tiny", view, "")
    assert [path.name for path in (root / "runs").iterdir()] == ["other"]
    assert (root / "views" / view / "meta/info.json").is_file()
    assert "removed too" in runner.forget("other", view, "")
    assert [*(root / "runs").iterdir(), *(root / "views").iterdir()] == []


@pytest.mark.parametrize("far", [AsyncsshMachine], indirect=True)
def test_a_studio_that_dies_finds_its_training_and_cancel_ends_it(
    far: AsyncsshMachine | OpensshMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die() -> None:
        raise Died

    folder = run_of(tmp_path)
    with monkeypatch.context() as once:
        when_step(once, "step:4", die)
        once.setattr(SshTraining, "end", lambda self: None)  # a process that is killed ends nothing
        with pytest.raises(Died):
            perform(tmp_path)
    there = far.home / "under study/runs/tiny"
    assert worker.alive(there)

    def cancel() -> None:
        raise JobCancelled

    when_step(monkeypatch, "step:4", cancel)
    with pytest.raises(JobCancelled):
        perform(tmp_path)
    assert not worker.alive(there)
    assert len([line for line in far.commands() if " begin " in line]) == 1, "it was found, not begun again"
    assert list(folder.checkpoints()) == [3]

    (tmp_path / "gate").touch()
    shutil.rmtree(there)  # a machine that was emptied gets the checkpoint back
    perform(tmp_path)
    assert list(folder.checkpoints()) == [3, 6, 8]
    assert [row["step"] for row in folder.metrics()] == list(range(1, 9))
    assert sent(far) == ["views", "runs"]


@pytest.mark.parametrize(
    ("status", "said", "code", "todo"),
    [
        (255, "Host key verification failed.", "host_key", "ssh gpu-box"),
        (255, "anna@gpu-box: Permission denied (publickey).", "unauthorized", "ssh-copy-id"),
        (127, "sh: 1: python9: not found", "no_python", "Python"),
        (1, "OSError: [Errno 28] No space left on device", "training_failed", ""),
    ],
)
def test_what_ssh_says_becomes_what_to_do(status: int, said: str, code: str, todo: str) -> None:
    error = failed(SshPlace("gpu-box", "anna"), status, said)
    assert isinstance(error, TrainingFailed)
    assert (error.code, todo in error.todo) == (code, True)


def test_a_machine_that_is_not_there_is_waited_for() -> None:
    error = failed(SshPlace("gpu-box"), 255, "ssh: connect to host gpu-box port 22: Connection refused")
    assert isinstance(error, Unreachable)
