"""Real child processes: how a job goes, ends, is cancelled, and is found again by the next studio."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import Refused
from app.jobs import JobEnded, JobKeeper, JobNotFound, JobState
from app.jobs.errors import JobInvalid
from app.jobs.process import Mark
from tests.jobs.keeping import BY, Limits, end, follow, keeper, let_go, running


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[JobKeeper]:
    kept = keeper(tmp_path)
    yield kept
    for child in kept._children.values():  # of a test that failed
        child.kill()
        child.wait()


def test_a_job_counts_and_says_what_came_of_it(jobs: JobKeeper, tmp_path: Path) -> None:
    view = jobs.submit("count", {"steps": 4, "text": "hello"}, BY)
    assert view.state is JobState.queued
    done = end(jobs, view.file.id)
    assert done.state is JobState.done
    assert done.ended is not None
    assert done.ended.words == "Counted to 4."
    assert done.ended.values == {"steps": 4}
    assert done.ended.links[0].url == "/datasets"
    assert (done.progress.step, done.progress.steps, done.progress.fraction) == (4, 4, 1.0)
    assert (done.file.user, done.file.client) == ("local", "test")
    assert not (tmp_path / "jobs" / view.file.id / "work").exists()


def test_arguments_are_never_options_and_never_a_shells(jobs: JobKeeper) -> None:
    text = "--help; $(touch /tmp/x) `id` \x00 'quote' \n--folder=/"
    done = end(jobs, jobs.submit("count", {"text": text}, BY).file.id)
    assert done.state is JobState.done
    assert done.file.arguments["text"] == text
    lines = "\n".join(line for _, line in jobs.log(done.file.id).lines)
    assert text in f"{lines}\n"


@pytest.mark.parametrize(
    ("raw", "said"), [({"steps": "many"}, "steps"), ({"shell": "rm"}, "shell"), ([1], "count"), (None, "count")]
)
def test_arguments_that_are_not_the_kinds_are_refused_in_words(jobs: JobKeeper, raw: object, said: str) -> None:
    with pytest.raises(JobInvalid, match=said):
        jobs.submit("count", raw, BY)
    with pytest.raises(JobInvalid, match="no kind of job"):
        jobs.submit("../count", {}, BY)
    assert jobs.views() == []


def test_a_kind_refuses_before_there_is_a_job(jobs: JobKeeper, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Not this one"):
        jobs.submit("count", {"dataset": "refused"}, BY)
    assert list((tmp_path / "jobs").iterdir()) == []


@pytest.mark.parametrize(
    ("how", "code", "state", "said", "named"),
    [
        ("exit", 7, JobState.failed, "exit code 7", "exit"),
        ("kill", signal.SIGSEGV, JobState.failed, "SIGSEGV", "signal"),
        ("kill", signal.SIGKILL, JobState.failed, "killed from outside", "killed"),
        ("refuse", 0, JobState.failed, "The moon is in the way.", "refused"),
        ("raise", 0, JobState.failed, "ValueError: a defect", "failed"),
        ("full", 0, JobState.failed, "The disk is full.", "disk_full"),
        ("torch", 0, JobState.failed, "LeRobot is not installed.", "lerobot_missing"),
    ],
)
def test_a_failure_is_said_in_words(
    jobs: JobKeeper, how: str, code: int, state: JobState, said: str, named: str
) -> None:
    view = end(jobs, jobs.submit("fate", {"how": how, "code": code}, BY).file.id)
    assert view.state is state
    assert view.ended is not None
    assert said in view.ended.words
    assert view.ended.todo
    assert view.ended.code == named
    if how in ("exit", "kill"):
        assert "the last words" in view.ended.words


def test_cancel_lets_the_job_clear_up(jobs: JobKeeper, tmp_path: Path) -> None:
    id_ = jobs.submit("count", {"hold": 1}, BY).file.id
    running(jobs, id_)
    follow(jobs, lambda: (tmp_path / "jobs" / id_ / "work" / "half").exists())
    assert jobs.cancel(id_, BY).cancelled_by == "local"
    view = end(jobs, id_)
    assert view.state is JobState.cancelled
    assert (tmp_path / "jobs" / id_ / "cleaned").exists()
    assert not (tmp_path / "jobs" / id_ / "work").exists()
    with pytest.raises(JobEnded):
        jobs.cancel(id_, BY)
    with pytest.raises(JobNotFound):
        jobs.cancel("20260101-000000-abcdef", BY)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        pytest.param("importing", "", id="an import that was interrupted is no defect"),
        pytest.param("stubborn", "killed", id="who does not end is killed"),
    ],
)
def test_whatever_becomes_of_the_interruption_it_was_cancelled(
    jobs: JobKeeper, tmp_path: Path, how: str, code: str
) -> None:
    id_ = jobs.submit("fate", {"how": how}, BY).file.id
    follow(jobs, lambda: (tmp_path / "jobs" / id_ / "ready").exists())
    jobs.cancel(id_, BY)
    view = end(jobs, id_)
    assert view.state is JobState.cancelled
    assert view.ended is not None
    assert view.ended.code == code


def test_a_waiting_job_is_cancelled_without_a_process(jobs: JobKeeper, tmp_path: Path) -> None:
    first = jobs.submit("count", {"hold": 1}, BY).file.id
    running(jobs, first)
    second = jobs.submit("count", {}, BY).file.id
    jobs.step()
    assert jobs.view(second).waits == "Waits for “Count to 3”."
    assert jobs.cancel(second, BY).state is JobState.cancelled
    assert not (tmp_path / "jobs" / second / "process.json").exists()
    let_go(tmp_path, first)
    assert end(jobs, first).state is JobState.done


def test_one_heavy_job_at_a_time_and_light_ones_beside(jobs: JobKeeper, tmp_path: Path) -> None:
    heavy = [jobs.submit("count", {"hold": 1}, BY).file.id for _ in range(2)]
    light = jobs.submit("light", {}, BY).file.id
    assert end(jobs, light).state is JobState.done
    assert [jobs.view(id_).state for id_ in heavy] == [JobState.running, JobState.queued]
    for id_ in heavy:
        let_go(tmp_path, id_)
        assert end(jobs, id_).state is JobState.done


def test_two_jobs_never_rewrite_one_dataset_at_once(tmp_path: Path) -> None:
    jobs = keeper(tmp_path, limits=Limits(heavy=2))
    first = jobs.submit("count", {"hold": 1, "dataset": "bricks"}, BY).file.id
    second = jobs.submit("count", {"dataset": "bricks"}, BY).file.id
    other = jobs.submit("count", {"dataset": "cups"}, BY).file.id
    assert jobs.rewriting("bricks") == "Count to 3"
    assert end(jobs, other).state is JobState.done
    assert "bricks" in jobs.view(second).waits
    let_go(tmp_path, first)
    assert end(jobs, second).state is JobState.done
    assert jobs.rewriting("bricks") == ""


def test_what_a_crashed_job_left_behind_is_killed(jobs: JobKeeper, tmp_path: Path) -> None:
    id_ = jobs.submit("fate", {"how": "orphan"}, BY).file.id
    end(jobs, id_)
    left = int((tmp_path / "jobs" / id_ / "orphan").read_text())
    follow(jobs, lambda: Mark.of(left) is None)


def test_a_job_runs_behind_the_studio(jobs: JobKeeper, tmp_path: Path) -> None:
    id_ = jobs.submit("count", {"hold": 1}, BY).file.id
    running(jobs, id_)
    pid = json.loads((tmp_path / "jobs" / id_ / "process.json").read_text())["pid"]
    assert os.getpriority(os.PRIO_PROCESS, pid) > os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getsid(pid) == pid
    jobs.cancel(id_, BY)
    end(jobs, id_)


# ---- the next studio ----


def test_the_next_studio_adopts_what_runs(jobs: JobKeeper, tmp_path: Path) -> None:
    id_ = jobs.submit("count", {"hold": 2}, BY).file.id
    waiting = jobs.submit("count", {}, BY).file.id
    running(jobs, id_)
    again = keeper(tmp_path)
    assert again.view(id_).state is JobState.running
    assert again.view(waiting).state is JobState.queued
    again.step()
    assert again.view(waiting).state is JobState.queued  # the adopted one still is the heavy one
    let_go(tmp_path, id_)
    _reaping(jobs, lambda: end(again, id_))
    assert again.view(id_).state is JobState.done
    assert again.view(id_).file == jobs.view(id_).file
    assert end(again, waiting).state is JobState.done


def test_the_next_studio_cancels_what_it_adopted(jobs: JobKeeper, tmp_path: Path) -> None:
    id_ = jobs.submit("count", {"hold": 1}, BY).file.id
    running(jobs, id_)
    again = keeper(tmp_path)
    again.cancel(id_, BY)
    _reaping(jobs, lambda: end(again, id_))
    assert again.view(id_).state is JobState.cancelled
    assert (tmp_path / "jobs" / id_ / "cleaned").exists()


def test_a_job_that_died_unseen_is_closed_honestly(jobs: JobKeeper, tmp_path: Path) -> None:
    id_ = jobs.submit("count", {"hold": 1}, BY).file.id
    running(jobs, id_)
    mark = json.loads((tmp_path / "jobs" / id_ / "process.json").read_text())
    os.kill(mark["pid"], signal.SIGKILL)
    jobs._children[id_].wait()  # the studio that started it is gone: nobody knows the exit status
    again = keeper(tmp_path)
    view = again.view(id_)
    assert view.state is JobState.failed
    assert view.ended is not None
    assert view.ended.code == "lost"
    assert "left no result" in view.ended.words


@pytest.mark.parametrize("change", [{"began": "1"}, {"boot": "another"}])
def test_a_recycled_process_id_is_not_taken_for_the_job(tmp_path: Path, change: dict[str, str]) -> None:
    jobs = keeper(tmp_path)
    id_ = jobs.submit("count", {}, BY).file.id
    mine = Mark.of(os.getpid())
    assert mine is not None
    recycled = {"version": 1, "pid": mine.pid, "began": mine.began, "boot": mine.boot} | change
    (tmp_path / "jobs" / id_ / "process.json").write_text(json.dumps(recycled))
    (tmp_path / "jobs" / id_ / "cancel.json").write_text(json.dumps({"version": 1, "by": "local"}))
    again = keeper(tmp_path)  # would signal this very process, were it taken for the job
    again.step()
    assert again.view(id_).state is JobState.cancelled


def test_two_starts_of_one_job_perform_it_once(tmp_path: Path) -> None:
    """A studio killed between the start of a child and the child's first word starts it again."""
    first = keeper(tmp_path)
    id_ = first.submit("count", {"hold": 1}, BY).file.id
    first.step()
    second = keeper(tmp_path)
    second.step()

    def one_is_left() -> bool:
        first.step()
        return len(first._children) + len(second._children) == 1 and second.view(id_).started_at != ""

    follow(second, one_is_left)
    assert first.view(id_).state is second.view(id_).state is JobState.running
    let_go(tmp_path, id_)
    for studio in (first, second):
        _reaping(second if studio is first else first, lambda studio=studio: end(studio, id_))
        assert studio.view(id_).state is JobState.done
    log = [line for _, line in second.log(id_).lines]
    assert sum(line.startswith("text:") for line in log) == 1


def test_damaged_files_never_hide_the_other_jobs(jobs: JobKeeper, tmp_path: Path) -> None:
    good = end(jobs, jobs.submit("count", {}, BY).file.id).file.id
    bad = end(jobs, jobs.submit("count", {}, BY).file.id).file.id
    (tmp_path / "jobs" / bad / "result.json").write_text('{"version": 1, "state": "rea')
    (tmp_path / "jobs" / "empty").mkdir()
    (tmp_path / "jobs" / "README.md").write_text("x")
    again = keeper(tmp_path)
    assert again.view(good).state is JobState.done
    assert again.view(bad).state is JobState.failed
    assert len(again.views()) == 2


def test_the_log_is_read_in_pages_and_searched(jobs: JobKeeper, tmp_path: Path) -> None:
    id_ = end(jobs, jobs.submit("count", {}, BY).file.id).file.id
    with (tmp_path / "jobs" / id_ / "log.txt").open("a") as log:
        log.write("".join(f"line {n}\n" for n in range(1000)))
        log.write("0%\r50%\r100% \x1b[31mdone\x1b[0m\n")
    page = jobs.log(id_, limit=5)
    assert page.lines[-1][1] == "100% done"
    assert page.total == 1002
    assert [text for _, text in jobs.log(id_, offset=1, limit=2).lines] == ["line 0", "line 1"]
    found = jobs.log(id_, search="LINE 99")
    assert next(text for _, text in found.lines) == "line 99"
    assert found.total == 11


def _reaping(first: JobKeeper, wait: object) -> None:
    """Follow with the second keeper while the first, whose children they are in this test, reaps them as init would."""
    stop = threading.Event()

    def reap() -> None:
        while not stop.wait(0.01):
            for child in list(first._children.values()):
                child.poll()

    thread = threading.Thread(target=reap)
    thread.start()
    try:
        wait()  # type: ignore[operator]
    finally:
        stop.set()
        thread.join()
