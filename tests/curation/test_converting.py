"""A v2.1 dataset is named, refused as it is, and converted on request by LeRobot's own converter."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core.errors import Refused
from app.curation import refusals
from app.curation.arguments import Convert, Verify
from app.datasets import Dataset, DatasetUnreadable, entries
from app.jobs import Work
from app.storage.paths import DataFolder
from tests.curation.old_format import as_v21
from tests.datasets.oracle import Oracle
from tests.datasets.saving import filled
from tests.datasets.scenes import small_format

EPISODES = [(0, 9), (100, 12), (200, 7)]


@pytest.mark.lerobot
@pytest.mark.filterwarnings("ignore")
def test_lerobots_converter_makes_v3_of_it(data: DataFolder, work: Callable[[], Work], lerobot: Oracle) -> None:
    from app.curation import converting, verifying

    as_v21(filled(data.root / "else/datasets/bricks", EPISODES), data.datasets / "old")
    with pytest.raises(DatasetUnreadable, match=r"v2\.1"):
        Dataset.open(data.datasets / "old")
    refusals.refuse_convert(Convert(dataset="old"), data)

    outcome = converting.run(Convert(dataset="old"), work())

    assert outcome.values == {"episodes": 3}
    lerobot.check(data.datasets / "old", small_format(), EPISODES)
    (entry,) = entries(data.datasets)
    assert entry.what == "Before its conversion from v2.1"
    assert verifying.run(Verify(dataset="old"), work()).values["sound"]
    with pytest.raises(Refused, match=r"format v3\.0"):
        refusals.refuse_convert(Convert(dataset="old"), data)
