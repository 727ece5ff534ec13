"""Where a table calibration is kept: for the rig, and in each dataset."""

from __future__ import annotations

import numpy as np
import pytest

from app.datasets import CameraFormat, DatasetFormat, DatasetStore
from app.guidance.calibration import TableCalibration, calibrate
from app.guidance.calibrations import RigStore, TableCalibrations
from app.guidance.errors import CalibrationRefused

CORNERS_CM = [(15.0, 15.0), (15.0, -15.0), (35.0, -15.0), (35.0, 15.0)]
PIXELS = [(180.0, 400.0), (460.0, 400.0), (440.0, 150.0), (200.0, 150.0)]


@pytest.fixture
def calibration() -> TableCalibration:
    return calibrate(
        PIXELS, CORNERS_CM, width=640, height=480, made_at="2026-11-26T10:00:00+00:00", most_residual_mm=50.0
    )


def test_a_saved_calibration_is_there_after_a_restart(tmp_path, calibration):
    store = TableCalibrations(tmp_path / "rigs" / "one")
    assert store.current() is None
    store.save(calibration)
    for known in (store.current(), TableCalibrations(tmp_path / "rigs" / "one").current()):
        assert known is not None
        assert known.made_at == calibration.made_at
        assert known.residual_mm == calibration.residual_mm
        np.testing.assert_allclose(known.view.to_cm, calibration.view.to_cm)


def test_a_later_calibration_replaces_the_one_that_was_read(tmp_path, calibration):
    store = TableCalibrations(tmp_path)
    store.save(calibration)
    first = store.current()
    assert first is store.current()
    store.save(TableCalibration(calibration.view, 1.5, 2.0, 16, "markers 0, 1, 2, 3", "2026-11-27T10:00:00+00:00"))
    known = store.current()
    assert known is not None
    assert known.source == "markers 0, 1, 2, 3"
    store.forget()
    assert store.current() is None


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format": 2}', b"\x00\xff"])
def test_a_damaged_file_is_refused_in_words(tmp_path, content):
    store = TableCalibrations(tmp_path)
    (tmp_path / "table.json").write_bytes(content)
    with pytest.raises(CalibrationRefused, match=r"stored table calibration cannot be read"):
        store.current()


def test_a_dataset_keeps_the_table_it_was_recorded_with(tmp_path, calibration):
    datasets = DatasetStore(tmp_path)
    datasets.create("tea", DatasetFormat(30, "so_follower", ("shoulder_pan",), (CameraFormat("top", 640, 480),)))
    rigs = RigStore(datasets)
    assert rigs.table("tea") is None
    assert rigs.keep("tea", "bench", False, calibration)
    assert not rigs.keep("tea", "bench", False, calibration), "nothing changed: nothing is written"
    kept = rigs.table("tea")
    assert kept is not None
    np.testing.assert_allclose(kept.view.to_cm, calibration.view.to_cm)
    assert rigs.keep("tea", "bench", False, None)
    assert rigs.table("tea") is None
