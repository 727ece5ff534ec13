"""Any order of asking, cancelling, killing and restarting: a job never goes back, never runs twice, and always ends."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.jobs import JobEnded, JobState
from app.jobs.folder import JobFolder
from tests.jobs.keeping import BY, end, follow, keeper, let_go

ORDER = (JobState.queued, JobState.running)
MOST = 4


class Studios(RuleBasedStateMachine):
    """One data folder, one studio after the other; jobs hold until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="jobs-"))
        self.jobs = keeper(self.root)
        self.parents = [self.jobs]  # every keeper that ever was: one of them reaps each child, as init would
        self.seen: dict[str, JobState] = {}

    @precondition(lambda self: len(self.seen) < MOST)
    @rule(kind=st.sampled_from(["count", "light"]), dataset=st.sampled_from(["", "bricks"]))
    def ask(self, kind: str, dataset: str) -> None:
        view = self.jobs.submit(kind, {"hold": 1, "dataset": dataset if kind == "count" else ""}, BY)
        self.seen[view.file.id] = view.state

    @rule()
    def step(self) -> None:
        self._reap()
        self.jobs.step()

    @rule(data=st.data())
    @precondition(lambda self: self.seen)
    def cancel(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.seen)))
        over = self.jobs.view(id_).state.ended
        try:
            self.jobs.cancel(id_, BY)
            assert not over
        except JobEnded:
            assert over or self.jobs.view(id_).state.ended

    @rule(data=st.data())
    @precondition(lambda self: self._running())
    def finish(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(self._running()))
        let_go(self.root, id_)
        self._end(id_)
        assert self.jobs.view(id_).state in (JobState.done, JobState.cancelled)

    @rule(data=st.data())
    @precondition(lambda self: self._running())
    def kill_the_job(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(self._running()))
        mark = JobFolder(self.root / "jobs" / id_).mark()
        if mark is not None and mark.alive:
            os.kill(mark.pid, signal.SIGKILL)
            self._end(id_)
            assert self.jobs.view(id_).state in (JobState.failed, JobState.cancelled)

    @rule()
    def restart_the_studio(self) -> None:
        self.jobs = keeper(self.root)
        self.parents.append(self.jobs)

    @invariant()
    def no_job_goes_back(self) -> None:
        for id_, before in self.seen.items():
            now = self.jobs.view(id_).state
            assert not before.ended or now is before, (id_, before, now)
            self.seen[id_] = now

    @invariant()
    def one_heavy_job_runs(self) -> None:
        running = [view.file for view in self.jobs.views() if view.state is JobState.running]
        assert sum(file.heavy for file in running) <= 1

    def teardown(self) -> None:
        for id_ in self.seen:
            let_go(self.root, id_)
        for id_ in self.seen:
            self._end(id_)
        for id_ in self.seen:
            log = (self.root / "jobs" / id_ / "log.txt").read_text() if self._began(id_) else ""
            assert log.count("text:") <= 1, log
        follow(self.jobs, lambda: self._reap() or not any(parent._children for parent in self.parents))
        shutil.rmtree(self.root)

    def _began(self, id_: str) -> bool:
        return (self.root / "jobs" / id_ / "log.txt").exists()

    def _running(self) -> list[str]:
        return sorted(id_ for id_ in self.seen if self.jobs.view(id_).state is JobState.running)

    def _end(self, id_: str) -> None:
        follow(self.jobs, lambda: self._reap() or self.jobs.view(id_).state.ended)
        end(self.jobs, id_)

    def _reap(self) -> None:
        for parent in self.parents:
            for id_, child in list(parent._children.items()):
                if child.poll() is not None and parent is not self.jobs:
                    del parent._children[id_]


TestStudios = Studios.TestCase
TestStudios.settings = settings(
    max_examples=12, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck)
)
