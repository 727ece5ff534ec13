"""What is unlike the others is found, said in words, and remembered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.review.outliers import Measured, judge, robust_z
from app.review.trajectories import POINTS, Trajectory, distance, resampled, trajectory, warped_distance
from app.review.trajectorycache import TrajectoryCache
from tests.datasets.folders import a_dataset

JOINTS = ("shoulder_pan", "elbow_flex", "gripper")


def a_reach(
    seconds: float = 8.0, *, swing: float = 40.0, shake: float = 0.0, bend: float = 0.0, seed: int = 0
) -> Trajectory:
    """A smooth reach of two joints and a gripper at 30 fps."""
    random = np.random.default_rng(seed)
    rows = round(seconds * 30)
    s = np.linspace(0, 1, rows)
    ease = 10 * s**3 - 15 * s**4 + 6 * s**5
    state = np.stack([swing * ease, swing / 2 * ease + bend * np.sin(np.pi * s), 50 * s], axis=1)
    state[:, :2] += random.normal(0, 0.05 + shake, (rows, 2))
    return trajectory({"observation.state": state, "timestamp": s}, JOINTS, 30)


def group(cluster: str = "far", kind: str = "nominal", count: int = 12) -> list[Measured]:
    return [
        Measured(f"{cluster}-{i}", i, cluster, kind, a_reach(8 + 0.1 * (i % 5), swing=40 + i % 4, seed=i))
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (a_reach(19.0), "Takes 19.0 s; 8.2 s is usual of 13 nominal episodes of cluster far."),
        (a_reach(swing=120), "Its joints travel 180 deg"),
        (a_reach(shake=4.0), "Its jerk is"),
        (a_reach(bend=60), "Its course lies off the usual one by"),
    ],
)
def test_an_odd_episode_is_found_with_the_reason(odd: Trajectory, words: str) -> None:
    found = judge([*group(), Measured("odd", 99, "far", "nominal", odd)])
    assert found.outliers[0].key == "odd"
    assert any(reason.startswith(words) for reason in found.outliers[0].reasons)
    assert (found.judged, found.few) == (13, 0)


def test_episodes_like_each_other_are_none_and_few_are_not_judged() -> None:
    assert judge(group()).outliers == ()
    few = judge([*group(count=3, cluster="near"), *group(count=1, kind="recovery")])
    assert (few.judged, few.few, few.outliers) == (0, 4, ())


def test_a_small_cluster_is_judged_among_all_of_its_kind() -> None:
    odd = Measured("odd", 50, "lonely", "nominal", a_reach(30.0))
    found = judge([*group(), odd])
    assert found.outliers[0].key == "odd"
    assert "of 13 nominal episodes." in found.outliers[0].reasons[0]


def test_what_is_unknown_makes_no_outlier() -> None:
    nan = float("nan")
    unknown = Trajectory(8.0, nan, nan, np.zeros((POINTS, 0)))
    assert judge([*group(), Measured("x", 99, "far", "nominal", unknown)]).outliers == ()
    assert trajectory({"timestamp": np.zeros(5)}, (), 30).duration_s == pytest.approx(5 / 30)


@given(arrays(np.float64, 12, elements=st.floats(0.1, 100)), st.floats(0.01, 100))
def test_robust_z_does_not_depend_on_the_unit(values: np.ndarray, scale: float) -> None:
    assert np.allclose(robust_z(values), robust_z(values * scale), atol=1e-6)


COURSES = arrays(np.float64, (9, 2), elements=st.floats(-90, 90))


@given(COURSES, COURSES)
def test_warping_never_makes_two_courses_further_apart_than_their_worst_point(
    one: np.ndarray, other: np.ndarray
) -> None:
    assert warped_distance(one, one) == 0
    assert warped_distance(one, other) <= np.abs(one - other).max() + 1e-9
    assert distance(one, other) == pytest.approx(distance(other, one))


def test_waiting_costs_nothing_when_warped() -> None:
    way = np.linspace(0, 30, 40)[:, None]
    waits = np.concatenate([way[:20], np.repeat(way[19:20], 30, axis=0), way[20:]])
    assert warped_distance(way, waits) == pytest.approx(0, abs=1e-9)
    assert distance(resampled(way), resampled(waits)) > 3


def test_trajectories_are_measured_once_and_over_restarts(tmp_path: Path) -> None:
    dataset = a_dataset(tmp_path, lengths=(12, 14, 16))
    cache = TrajectoryCache(tmp_path / "cache/bricks.npz")
    found, total = cache.measure(dataset, slice_s=-1)
    assert (len(found), total) == (0, 3)
    found, _ = cache.measure(dataset)
    assert [round(one.trajectory.duration_s * 30) for one in found] == [12, 14, 16]
    again, _ = TrajectoryCache(tmp_path / "cache/bricks.npz").measure(dataset, slice_s=-1)
    assert [one.key for one in again] == ["bricks-0", "bricks-1", "bricks-2"]
    assert np.allclose(again[2].trajectory.course, found[2].trajectory.course)
    (tmp_path / "cache/bricks.npz").write_bytes(b"PK\x03\x04 torn")
    assert TrajectoryCache(tmp_path / "cache/bricks.npz").measure(dataset)[1] == 3
