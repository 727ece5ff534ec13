"""What a crash leaves of a take, at any cut of any of its files."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.datasets import Dataset, EpisodeFacts, TakeEmpty, decode, discard_take, unfinished_takes
from tests.datasets.scenes import QUICK, i420_code, record, small_format

FORMAT = small_format()
ROWS = 15


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of takes as a killed process leaves it: no end was written."""
    home = tmp_path_factory.mktemp("crashed")
    writer = record(home / "takes", "one", rows=ROWS)
    writer.sync()
    shutil.copytree(home / "takes", home / "copy")
    writer.stop()
    return home / "copy"


def test_a_take_without_an_end_is_repaired_and_saved(tmp_path: Path, crashed: Path) -> None:
    takes = shutil.copytree(crashed, tmp_path / "takes")
    (found,) = unfinished_takes(takes, QUICK)
    assert found.rows == ROWS - 1  # the muxer held the last frame back
    assert found.frames == {"top": ROWS - 1, "gripper": ROWS - 1}
    assert found.repaired
    assert "14 rows (0.5 s) were recovered" in found.note
    assert not (takes / "one/ballast").exists()
    assert unfinished_takes(takes, QUICK) == [found]

    dataset = Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK)
    receipt = dataset.commit(takes, "one", EpisodeFacts("one"))
    assert receipt.rows == ROWS - 1
    assert dataset.signals(0)["observation.state"][-1, 0] == pytest.approx(-20 + ROWS - 2)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cuts=st.dictionaries(
        st.sampled_from(["rows.arrow", "top.mp4", "gripper.mp4"]), st.floats(0, 1), min_size=1, max_size=3
    ),
    zeros=st.booleans(),
)
def test_any_cut_leaves_rows_and_frames_of_one_length(
    tmp_path: Path, crashed: Path, cuts: dict[str, float], zeros: bool
) -> None:
    takes = tmp_path / "takes"
    shutil.rmtree(takes, ignore_errors=True)
    shutil.copytree(crashed, takes)
    for name, share in cuts.items():
        path = takes / "one" / name
        data = path.read_bytes()
        kept = round(share * len(data))
        path.write_bytes(data[:kept] + (b"\0" * (len(data) - kept) if zeros else b""))

    (found,) = unfinished_takes(takes, QUICK)

    assert 0 <= found.rows <= ROWS
    for camera in FORMAT.cameras:
        if found.rows:
            pictures = list(decode(takes / f"one/{camera.name}.mp4"))
            assert [i420_code(picture, camera) for picture in pictures] == list(range(found.rows))
    if found.rows:
        shutil.rmtree(tmp_path / "datasets", ignore_errors=True)
        dataset = Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK)
        assert dataset.commit(takes, "one", EpisodeFacts("one")).rows == found.rows


@pytest.mark.parametrize("damage", ["rows.arrow", "top.mp4"])
def test_a_take_with_nothing_whole_can_only_be_discarded(tmp_path: Path, crashed: Path, damage: str) -> None:
    takes = shutil.copytree(crashed, tmp_path / "takes")
    (takes / "one" / damage).write_bytes(b"not what it says")
    (found,) = unfinished_takes(takes, QUICK)
    assert (found.rows, found.repaired) == (0, True)
    dataset = Dataset.create(tmp_path / "datasets/bricks", FORMAT, QUICK)
    with pytest.raises(TakeEmpty):
        dataset.commit(takes, "one", EpisodeFacts("one"))
    discard_take(takes, "one", QUICK)
    assert unfinished_takes(takes, QUICK) == []


@pytest.mark.parametrize("header", [None, "", "{}", '{"version": 99}', "[1, 2]"])
def test_a_take_whose_header_is_damaged_is_listed_and_never_breaks_the_list(
    tmp_path: Path, crashed: Path, header: str | None
) -> None:
    takes = shutil.copytree(crashed, tmp_path / "takes")
    shutil.copytree(takes / "one", takes / "two")
    if header is None:
        (takes / "one/take.json").unlink()
    else:
        (takes / "one/take.json").write_text(header)
    found = {summary.uuid: summary for summary in unfinished_takes(takes, QUICK)}
    assert found["one"].rows == 0
    assert "discard it" in found["one"].note
    discard_take(takes, "one", QUICK)
