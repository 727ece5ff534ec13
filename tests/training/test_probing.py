"""What a run will take is measured by a few real steps of it, kept, and found again by what it follows from."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import StudioError
from app.storage.paths import DataFolder
from app.training import command
from app.training.errors import PlaceNotFound, RunInvalid
from app.training.expecting import STEPS, WARM, epoch_of, key_of, undisturbed
from app.training.folder import RunStore
from app.training.kinds import LOOK, PROBE, LookAtPlace, ProbeRun
from app.training.models import Run
from app.training.probing import few_of, probe
from app.training.runners.local import LocalTraining
from tests.training.recorded import ROWS, TINY, dataset, described
from tests.training.test_performing import FAKE, work


def _ends_after_a_look(monkeypatch: pytest.MonkeyPatch, gate: Path) -> None:
    """The fake waits at its fourth step until somebody looked at what it takes, however slow the machine."""
    use = LocalTraining.use

    def looked(training: LocalTraining) -> Mapping[str, Any]:
        found = use(training)
        gate.touch()
        return found

    monkeypatch.setattr(LocalTraining, "use", looked)
    monkeypatch.setenv("GATE", str(gate))


def test_a_probe_measures_a_few_steps_and_later_runs_alike_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_interpreter", lambda settings, python: [sys.executable, str(FAKE)])
    _ends_after_a_look(monkeypatch, tmp_path / "gate")
    dataset(tmp_path)
    assert described(tmp_path).expected.total_s is None
    (tmp_path / "models").mkdir()
    outcome = probe(ProbeRun(dataset="bricks", settings=TINY), work(tmp_path))
    assert outcome.values["seconds_per_step"] == pytest.approx(0.012), "the fake's own figures: 10 ms and 2 ms"

    longer = described(tmp_path, settings=TINY.model_copy(update={"steps": 1000, "save_every": 100, "seed": 7}))
    expected = longer.expected
    writing_s = 3 * ROWS * outcome.values["view_s_per_frame"]
    assert expected.total_s == pytest.approx(outcome.values["start_s"] + writing_s + 12.0)
    assert expected.memory_bytes
    checkpoint = outcome.values["checkpoint_bytes"]
    assert expected.disk_bytes is not None
    assert expected.disk_bytes > 10 * checkpoint, "ten checkpoints, and the view"
    noisy = described(tmp_path, settings=longer.settings.model_copy(update={"state_noise": 0.05})).expected
    view = 4 * ROWS * outcome.values["view_bytes_per_frame"]
    assert noisy.disk_bytes == pytest.approx(expected.disk_bytes + 2 * view, rel=1e-6), "three copies, not one"
    assert f"over {STEPS - WARM} steps" in expected.measured
    assert described(tmp_path, settings=TINY.model_copy(update={"batch": 4})).expected.total_s is None
    assert RunStore(tmp_path / "models").names() == [], "a probe is no run"


def test_a_probe_ends_before_the_loaders_have_nothing_left_to_do(tmp_path: Path) -> None:
    """From there to the epoch's end the trainers have the processors to themselves, and a step is no usual one."""
    dataset(tmp_path)

    def run(**changes: int) -> Run:
        return described(tmp_path, settings=TINY.model_copy(update=changes))

    frames = run().view_frames
    assert epoch_of(run(batch=1)) is None
    assert epoch_of(run(batch=frames // 4)) == 4
    assert epoch_of(run(batch=frames // 8, processes=2)) == 4, "both take their batch"
    assert key_of(run(batch=frames // 4)) != key_of(run(batch=frames // 4, recovery_times=9)), "a longer epoch"
    assert undisturbed(run(workers=3)) - undisturbed(run(workers=1)) == 8, "four batches ahead each"
    for changes in ({"batch": 1}, {"batch": 1, "workers": 2}, {"batch": frames // 4}):
        whole = run(**changes)
        cut = whole.model_copy(update={"episodes": few_of(whole)})
        assert cut.view_frames >= min(frames, undisturbed(whole) * changes["batch"])
        assert epoch_of(cut) == epoch_of(whole)
    assert len(cut.used) == len(whole.used) > 2


def test_a_short_epoch_is_measured_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_interpreter", lambda settings, python: [sys.executable, str(FAKE)])
    dataset(tmp_path)
    (tmp_path / "models").mkdir()
    short = TINY.model_copy(update={"batch": described(tmp_path).view_frames // 4})
    assert probe(ProbeRun(dataset="bricks", settings=short), work(tmp_path)).values["steps"] == 4


def test_what_a_step_takes_follows_from_the_place_too(tmp_path: Path) -> None:
    dataset(tmp_path)
    run = described(tmp_path)
    assert key_of(run) == key_of(described(tmp_path, settings=TINY.model_copy(update={"steps": 99})))
    assert key_of(run) != key_of(run.model_copy(update={"runner": "ssh://box"}))


def test_a_probe_goes_only_where_this_studio_trains_and_on_a_dataset_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(RunInvalid, match="not among the places"):
        PROBE.refuse(ProbeRun(dataset="bricks", settings=TINY, on="ssh://elsewhere"), DataFolder(tmp_path))
    for name in ("", "bricks"):
        with pytest.raises(StudioError, match=name or "cannot name a dataset"):
            PROBE.refuse(ProbeRun(dataset=name, settings=TINY), DataFolder(tmp_path))
    with pytest.raises(PlaceNotFound):
        LOOK.refuse(LookAtPlace(name=""), DataFolder(tmp_path))
