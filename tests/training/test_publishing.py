"""A run's best checkpoint goes to the Hub with its card, once, and says nothing of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.training.errors import RunInvalid
from app.training.folder import RunStore
from app.training.kinds import PublishRun
from app.training.publishing import publish
from tests.training.hub import FakeJobsHub, hub_at
from tests.training.recorded import dataset, described
from tests.training.test_performing import work

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")  # huggingface_hub's own upload


def test_the_checkpoint_and_its_card_are_sent_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset(tmp_path)
    folder = RunStore(tmp_path / "models").folder("tiny")
    folder.create(described(tmp_path))
    for step in (3, 6):
        place = folder.output / f"checkpoints/{step:06d}"
        (place / "training_state").mkdir(parents=True)
        (place / "pretrained_model").mkdir()
        for name in ("model.safetensors", "config.json", "train_config.json"):
            (place / "pretrained_model" / name).write_text(f'{{"step": {step}}}')
    asked = PublishRun(run="tiny", repo_id="lab/tiny")
    with FakeJobsHub(lambda hub, pod: None).serving() as hub:
        hub_at(hub.url, monkeypatch)
        first = publish(asked, work(tmp_path))
        again = publish(asked, work(tmp_path))
        there = hub.repos[("models", "lab/tiny")]
    assert (first.values["sent"], again.values["sent"], first.values["step"]) == (3, 0, 6)
    assert set(there.files) == {"model.safetensors", "config.json", "README.md"}
    assert there.files["config.json"] == b'{"step": 6}'
    card = there.files["README.md"].decode()
    assert "held-out cluster: far" in card
    assert "a test" not in card, "nobody is named"
    assert str(tmp_path) not in card
    assert there.repos[0].get("private") is True or there.repos[0].get("visibility") == "private"
    with pytest.raises(RunInvalid, match="no checkpoint of step 4"):
        publish(asked.model_copy(update={"step": 4}), work(tmp_path))
