"""How a run stands follows from its own jobs, and whatever reads its checkpoints keeps it from being deleted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.jobs import JobState
from app.training.errors import RunBusy
from app.web.pages.training import runs


def studio(kind: str, state: JobState = JobState.running) -> Any:
    view = SimpleNamespace(file=SimpleNamespace(kind=kind, about=("bricks",), title="Something"), state=state)
    return cast("Any", SimpleNamespace(jobs=SimpleNamespace(views=lambda: [view])))


@pytest.mark.parametrize("kind", ["export.run", "training.probe"])
def test_a_trained_run_stays_trained_while_another_kind_of_job_is_about_its_name(kind: str) -> None:
    busy = studio(kind)
    assert runs._job(busy, "bricks") is None
    assert runs._state(runs._job(busy, "bricks"), reached=40, steps=40) == "done"
    with pytest.raises(RunBusy):
        runs._require_idle(busy, "bricks")


def test_a_run_that_is_published_is_trained_and_one_that_trains_is_running() -> None:
    assert runs._state(runs._job(studio("training.publish"), "bricks"), reached=40, steps=40) == "done"
    assert runs._state(runs._job(studio("training.run"), "bricks"), reached=20, steps=40) == "running"
    runs._require_idle(studio("training.run", JobState.done), "bricks")
