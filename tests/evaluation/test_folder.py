"""What an evaluation tries and where it keeps it: matched places, a shuffled order, a file that survives a kill."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.datasets import DatasetStore
from app.evaluation.creating import Creator
from app.evaluation.errors import EvaluationExists, EvaluationInvalid, NotToBeJudged
from app.evaluation.folder import EvaluationFolder, EvaluationStore
from app.evaluation.live import judged, next_trial
from app.evaluation.models import Ended, Entrant, Evaluation, EvaluationProtocol, Judge, Part, Places, Trial
from app.evaluation.results import score
from app.storage.paths import DataFolder

AT = datetime(2026, 11, 27, tzinfo=UTC)
PROTOCOL = EvaluationProtocol(dataset="bricks", training=2, held_out=3, new=2, judge=Judge.operator)


def entrants(*policies: str) -> list[Entrant]:
    return [Entrant(key=f"e{number}", policy=policy) for number, policy in enumerate(policies)]


def make(root: Path, protocol: EvaluationProtocol = PROTOCOL, *policies: str) -> Evaluation:
    store = DatasetStore(root / "datasets")
    creator = Creator(DataFolder(root), store, lambda x, y: True)
    return creator.make("one", protocol, entrants(*(policies or ("tiny/3", "tiny/6"))), by="a test", at=AT)


def kept(root: Path, evaluation: Evaluation) -> EvaluationFolder:
    folder = EvaluationStore(DataFolder(root)).folder("one")
    folder.create(evaluation)
    return folder


def test_every_entrant_has_the_same_places_in_a_shuffled_order(root: Path) -> None:
    made = make(root)
    parts = [place.part for place in made.places]
    assert (parts.count(Part.training), parts.count(Part.held_out), parts.count(Part.new)) == (2, 3, 2)
    planned = kept(root, made).planned()
    assert [one.number for one in planned] == list(range(1, 15))
    by_entrant = {key: {one.place.key for one in planned if one.entrant == key} for key in ("e0", "e1")}
    assert by_entrant["e0"] == by_entrant["e1"] == {place.key for place in made.places}
    assert [one.place.key for one in planned[::2]] != [place.key for place in made.places]
    assert make(root).places == made.places
    other = make(root, PROTOCOL.model_copy(update={"seed": 2}))
    assert not {(p.x_cm, p.y_cm) for p in other.places} & {(p.x_cm, p.y_cm) for p in made.places}


def test_new_places_lie_outside_every_cluster_and_recorded_ones_where_episodes_began(root: Path) -> None:
    for place in (place for place in make(root).places if place.part is Part.new):
        assert not (15 <= place.x_cm <= 25 and abs(place.y_cm) <= 5)
        assert place.cluster == ""
    recorded = make(root, PROTOCOL.model_copy(update={"training": 0, "new": 0, "places": Places.recorded}))
    assert {(place.x_cm, place.y_cm) for place in recorded.places} == {(30.5, 1.0)}


def test_a_killed_evaluation_goes_on_where_it_was(root: Path) -> None:
    folder = kept(root, make(root))
    first, second = folder.planned()[:2]
    folder.add_trial(Trial(number=1, entrant=first.entrant, place=first.place.key, ended=Ended.crashed, problem="x"))
    interrupted = Trial(number=2, entrant=second.entrant, place=second.place.key, ended=Ended.interrupted)
    folder.add_trial(interrupted)
    with (folder.path / "trials.jsonl").open("a") as file:
        file.write('{"number": 3, "entr')  # torn by the kill
    assert [one.number for one in folder.left()][:2] == [2, 3]
    assert [trial.ended for trial in folder.trials()] == [Ended.crashed, Ended.interrupted]


def test_an_operator_judges_by_word_and_may_correct_himself(root: Path) -> None:
    folder = kept(root, make(root))
    upcoming = next_trial(folder)
    assert upcoming is not None
    judged(folder, 1, outcome="failure", by="Ada", at=AT)
    trial = judged(folder, 1, outcome="success", by="Ada", at=AT)
    assert folder.trials() == [trial]
    assert trial.judge is Judge.operator
    assert (trial.entrant, trial.place) == (upcoming.entrant, upcoming.place.key)
    judged(folder, 2, outcome="", ended=Ended.interrupted, problem="the phone rang", by="Ada", at=AT)
    again = next_trial(folder)
    assert again is not None
    assert again.number == 2
    judged(folder, 2, outcome="success", by="Ada", at=AT)
    assert [(one.number, one.ended) for one in folder.trials()] == [
        (1, Ended.judged),
        (2, Ended.interrupted),
        (2, Ended.judged),
    ]
    scored = score(folder.trials())
    assert (scored.successes, scored.trials, scored.broken) == (2, 2, 1)
    assert scored.strict_share == pytest.approx(2 / 3)
    with pytest.raises(NotToBeJudged, match="no trial 99"):
        judged(folder, 99, outcome="success", by="Ada", at=AT)
    with pytest.raises(NotToBeJudged, match="has an outcome"):
        judged(folder, 3, outcome="", by="Ada", at=AT)


def test_what_makes_no_evaluation_is_refused_in_words(root: Path) -> None:
    with pytest.raises(EvaluationInvalid, match="no policy 'nowhere'"):
        make(root, PROTOCOL, "nowhere")
    with pytest.raises(EvaluationInvalid, match="no checkpoint of step 4"):
        make(root, PROTOCOL, "tiny/4")
    with pytest.raises(EvaluationInvalid, match="tries nothing"):
        make(root, EvaluationProtocol(dataset="bricks", training=0, held_out=0, judge=Judge.operator))
    kept(root, make(root))
    with pytest.raises(EvaluationExists):
        kept(root, make(root))
