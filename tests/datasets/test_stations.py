"""Two stations record their shares of one plan; LeRobot merges their datasets, and together they are the plan."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from app.datasets import DatasetStore, EpisodeFacts
from app.datasets.disk import Disk
from app.guidance.guide import Guide
from app.guidance.plan import Cluster, Goal, Plan
from app.guidance.progress import Recorded
from app.guidance.stations import Station
from app.guidance.targets import all_targets
from tests.datasets.oracle import Oracle
from tests.datasets.scenes import record, small_format

pytestmark = [pytest.mark.lerobot, pytest.mark.filterwarnings("ignore")]

PLAN = Plan(
    task="Put it there.",
    workspace=((10, -10), (30, -10), (30, 10), (10, 10)),
    clusters=(Cluster("a", 15, 5), Cluster("b", 15, -5), Cluster("c", 25, 5)),
    held_out=("c",),
    positions_per_cluster=2,
    goal=Goal(x_cm=20, y_cm=-20),
)


def record_share(root: Path, station: Station) -> Counter[tuple[str, int, str, str]]:
    """Every target this station's guide asks for, saved as an episode with the columns the guide gives."""
    dataset = DatasetStore(root / "datasets").create("tea", small_format())
    guide, recorded, taken = Guide(PLAN, station), [], Counter[tuple[str, int, str, str]]()
    while guide.target is not None:
        assert len(recorded) < 40, "the guide never ends"
        uuid = f"{station.number}-{len(recorded)}"
        facts = EpisodeFacts(uuid, outcome="success", **guide.columns())  # type: ignore[arg-type]
        record(root / "takes", uuid, rows=4, first=7 * len(recorded), task=PLAN.task, format=dataset.format).stop()
        dataset.commit(root / "takes", uuid, facts)
        recorded.append(Recorded(facts, frames=4))
        taken[facts.cluster, facts.position, str(facts.kind), facts.recovery_cause] += 1
        guide.update(recorded)
    return taken


def test_shares_of_two_stations_merge_into_the_whole_plan(lerobot: Oracle, tmp_path: Path):
    shares = [record_share(tmp_path / str(number), Station(number, 2)) for number in (1, 2)]
    wanted = Counter((t.cluster, t.position, str(t.kind), t.cause) for t in all_targets(PLAN))
    assert shares[0] + shares[1] == wanted
    assert abs(shares[0].total() - shares[1].total()) <= 1

    sources = [lerobot.open(tmp_path / str(number) / "datasets/tea") for number in (1, 2)]
    lerobot.tools.merge_datasets(sources, output_repo_id="local/both", output_dir=tmp_path / "merged/both")
    merged = DatasetStore(tmp_path / "merged", Disk()).open("both")
    kept = Counter(
        (e.facts.cluster, e.facts.position, str(e.facts.kind), e.facts.recovery_cause) for e in merged.episodes()
    )
    assert kept == wanted
    assert {e.facts.plan_version for e in merged.episodes()} == {PLAN.version}


def test_the_same_seed_gives_the_same_share_on_every_machine(tmp_path: Path):
    first = record_share(tmp_path / "one", Station(1, 2))
    assert record_share(tmp_path / "two", Station(1, 2)) == first
