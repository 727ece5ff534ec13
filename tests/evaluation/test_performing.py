"""An evaluation from its first trial to the report: matched, resumable, honest about what broke off."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.datasets import DatasetStore
from app.evaluation.creating import Creator
from app.evaluation.errors import EvaluationExists, EvaluationInvalid
from app.evaluation.folder import EvaluationFolder, EvaluationStore
from app.evaluation.models import Ended, Entrant, EvaluationProtocol, Execution
from app.evaluation.performing import Session
from app.evaluation.results import Contrast
from app.evaluation.scoring import results
from app.guidance.store import PlanStore
from app.policies.strategies import Mode
from app.storage.paths import DataFolder
from tests.datasets.scenes import QUICK

AT = datetime(2026, 11, 27, tzinfo=UTC)
PROTOCOL = EvaluationProtocol(dataset="bricks", training=4, held_out=3, limit_s=1.0, record=False)
RECORDED = EvaluationProtocol(dataset="bricks", training=2, held_out=1, limit_s=1.0)


def begin(root: Path, *policies: str, name: str = "one", protocol: EvaluationProtocol = PROTOCOL) -> EvaluationFolder:
    entrants = [Entrant(key=policy, policy=policy) for policy in policies]
    return begin_with(root, entrants, name, protocol)


def begin_with(root: Path, entrants: list[Entrant], name: str, protocol: EvaluationProtocol) -> EvaluationFolder:
    creator = Creator(DataFolder(root), DatasetStore(root / "datasets", QUICK), lambda x, y: True)
    folder = EvaluationStore(DataFolder(root)).folder(name)
    folder.create(creator.make(name, protocol, entrants, by="a test", at=AT))
    return folder


def test_it_scores_by_cluster_compares_and_says_what_to_record(root: Path) -> None:
    folder = begin(root, "reach18", "reach26", "reach40")
    Session(folder, DataFolder(root)).run()
    found = results(folder, DataFolder(root), DatasetStore(root / "datasets", QUICK))
    short, middle, long = found.entrants
    assert (found.done, found.planned) == (21, 21)
    assert [(one.training.successes, one.held_out.successes) for one in (middle, long)] == [(4, 0), (4, 3)]
    assert short.training.successes < 4
    assert [(one.name, one.recorded, one.score.trials) for one in long.clusters] == [("near", 3, 4), ("far", 2, 3)]
    assert long.clusters[0].density == 3.0
    pair = next(one for one in found.comparisons if (one.first, one.second) == ("reach40", "reach26"))
    assert (pair.contrast, pair.both, pair.only_first, pair.only_second) == (Contrast.policy, 4, 3, 0)
    assert "3 of 7" not in pair.words
    assert "7 and reach26 4 of 7 matched trials" in pair.words
    assert [group.story for group in found.failures] == ["fell short"]
    assert folder.report.read_text().count("<tr>") > 6
    assert found.record_next[0].clusters == ["near"]
    assert "far, which stays held out" in found.record_next[0].words or "near" in found.record_next[0].words


def test_a_killed_run_goes_on_and_adopts_the_episode_that_was_saved(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = begin(root, "reach26", protocol=RECORDED)
    monkeypatch.setenv("TEST_KILL_AFTER", "2")  # after the second episode is saved, before its line is written
    with pytest.raises(KeyboardInterrupt):
        Session(folder, DataFolder(root)).run()
    assert len(folder.trials()) == 1
    monkeypatch.delenv("TEST_KILL_AFTER")
    Session(folder, DataFolder(root)).run()
    trials = folder.trials()
    assert [trial.number for trial in trials] == [1, 2, 3]
    store = DatasetStore(root / "datasets", QUICK)
    seen = store.open("eval_one").episodes()
    assert [episode.facts.uuid for episode in seen] == [trial.episode for trial in trials]
    assert {episode.facts.driver for episode in seen} == {"policy"}
    assert PlanStore(store).current("eval_one") is not None
    clip = results(folder, DataFolder(root), store).failures[0].clips[0]
    assert clip.url == f"/datasets/eval_one/episodes/{clip.episode}"


def test_trials_that_crash_count_as_neither_and_a_policy_that_only_crashes_ends_the_run(root: Path) -> None:
    folder = begin(root, "nan", "reach40")
    Session(folder, DataFolder(root)).run()
    found = results(folder, DataFolder(root), DatasetStore(root / "datasets", QUICK))
    broken = found.entrants[0].all
    assert (broken.trials, broken.broken, broken.strict_share) == (0, 7, 0.0)
    assert {one.ended for one in found.broken} == {str(Ended.crashed)}
    assert all("not finite" in one.problem for one in found.broken)
    assert any("count as neither" in one for one in found.findings)
    alone = begin(root, "crash", name="two")
    with pytest.raises(EvaluationInvalid, match="the runtime fell over"):
        Session(alone, DataFolder(root)).run()


def test_another_policy_under_the_same_name_is_refused(root: Path) -> None:
    folder = begin(root, "reach26")
    Session(folder, DataFolder(root)).run()
    line = (folder.path / "trials.jsonl").read_text().splitlines()[0]
    (folder.path / "trials.jsonl").write_text(line + "\n")
    (root / "models/reach26/model.safetensors").write_bytes(b"trained on")
    with pytest.raises(EvaluationInvalid, match="not the policy"):
        Session(folder, DataFolder(root)).run()
    (root / "datasets/eval_four").mkdir()
    with pytest.raises(EvaluationExists, match="eval_four"):
        begin(root, "reach26", name="four", protocol=RECORDED)


def test_a_range_of_delays_and_both_strategies_stand_side_by_side(root: Path) -> None:
    def entrant(mode: Mode, delay_ms: float) -> Entrant:
        execution = Execution(mode=mode, delay_ms=delay_ms, device="a slow device")
        return Entrant(key=f"{mode}-{delay_ms:g}", policy="reach40", execution=execution)

    both = [entrant(mode, ms) for mode in (Mode.synchronous, Mode.asynchronous) for ms in (100.0, 200.0)]
    folder = begin_with(root, both, "delays", PROTOCOL)
    Session(folder, DataFolder(root)).run()
    found = results(folder, DataFolder(root), DatasetStore(root / "datasets", QUICK))
    assert len(found.delays) == 4
    assert len({point.line for point in found.delays}) == 2
    assert {one.contrast for one in found.comparisons} == {Contrast.strategy, Contrast.delay}
    assert all(one.emulated for one in found.entrants)
    assert "EMULATED a slow device" in folder.report.read_text()
    assert "eval_delays" not in DatasetStore(root / "datasets").names()
