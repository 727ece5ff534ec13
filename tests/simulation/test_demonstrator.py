"""The demonstrator succeeds from every start, inside the joints' limits, and the same way by the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from app.core.errors import Invalid, Refused
from app.devices import Outcome, Placement, Start
from app.devices.so101 import SO101
from app.simulation import Demonstrator, LockStep, random_placement
from app.simulation.painter import Painter

RECOVERIES = [start for start in Start if start is not Start.nominal]
SPEED = np.array([joint.max_speed for joint in SO101.joints])
ACCELERATION = np.array([joint.max_acceleration for joint in SO101.joints])
LOWER = np.array([joint.lower for joint in SO101.joints])
UPPER = np.array([joint.upper for joint in SO101.joints])


@pytest.fixture(scope="module")
def lock_step() -> LockStep:
    return LockStep(seed=3)


def test_nineteen_of_twenty_random_placements_succeed(lock_step: LockStep) -> None:
    random = np.random.default_rng(11)
    trials = [lock_step.trial(random_placement(random), Start.nominal, seed) for seed in range(20)]
    failed = [trial for trial in trials if trial.outcome is not Outcome.success]
    assert len(failed) <= 1, failed
    assert 5.0 < np.median([trial.duration_s for trial in trials]) < 8.0


@pytest.mark.parametrize("start", RECOVERIES)
def test_every_recovery_start_is_recovered(lock_step: LockStep, start: Start) -> None:
    random = np.random.default_rng(12)
    trials = [lock_step.trial(random_placement(random), start, seed) for seed in range(4)]
    failed = [trial for trial in trials if trial.outcome is not Outcome.success]
    assert len(failed) <= 1, failed


def test_its_targets_stay_inside_every_joints_limits(lock_step: LockStep) -> None:
    random = np.random.default_rng(13)
    for seed, start in enumerate([Start.nominal, Start.nominal, Start.missed_grasp]):
        moments = lock_step.demonstrate(random_placement(random), start, seed)
        targets = np.array([moment.target for moment in moments])
        rest = np.pad(targets, ((2, 2), (0, 0)), mode="edge")
        assert (targets >= LOWER - 1e-6).all()
        assert (targets <= UPPER + 1e-6).all()
        assert (np.abs(np.diff(rest, axis=0)) * 60 <= SPEED).all()
        assert (np.abs(np.diff(rest, n=2, axis=0)) * 3600 <= ACCELERATION).all()


def test_noise_is_below_the_command(lock_step: LockStep) -> None:
    """The same seed gives nearly the same targets with and without tremor, while the arm itself trembles."""
    place = Placement(24.0, 6.0, 20.0)
    clean = [m.target for m in lock_step.demonstrate(place, Start.nominal, 5, noise_rad=0.0)][:60]
    moments = list(lock_step.demonstrate(place, Start.nominal, 5))[:60]
    assert np.allclose(clean, [m.target for m in moments], atol=0.05)
    lag = np.array([m.reading.position for m in moments]) - np.array([m.target for m in moments])
    assert np.abs(lag[10:, :5]).max() > 0.5


def test_seeds_differ_like_a_persons_takes() -> None:
    lock_step = LockStep(seed=3)
    place = Placement(24.0, 6.0, 20.0)
    durations = {lock_step.trial(place, Start.nominal, seed).duration_s for seed in range(3)}
    assert len(durations) == 3


def test_a_bag_out_of_reach_is_said_before_anything_moves(lock_step: LockStep) -> None:
    with pytest.raises(Invalid, match="cannot reach"):
        next(lock_step.demonstrate(Placement(45.0, 40.0, 0.0), Start.nominal, 0))


def test_a_bag_that_is_in_the_mug_already_is_refused(lock_step: LockStep) -> None:
    world = lock_step.world
    lock_step.trial(Placement(24.0, 6.0, 0.0), Start.near_goal, 2)
    with pytest.raises(Refused, match="already"):
        Demonstrator(world).begin(1)


def test_a_bag_pushed_out_of_reach_ends_the_performance(lock_step: LockStep) -> None:
    ticks = 0
    for moment in lock_step.demonstrate(Placement(30.0, 5.0, 0.0), Start.nominal, 1):
        if moment.index == 60:
            lock_step.world.put_bag(Placement(44.0, 30.0, 0.0))
        ticks += 1
    assert 60 < ticks < 600
    assert lock_step.workcell.outcome() is Outcome.failure


def test_two_runs_by_the_same_seed_are_the_same_bytes() -> None:
    runs = []
    for _ in range(2):
        lock_step = LockStep(seed=9, renderer=Painter())
        states, pictures = [], []
        for moment in lock_step.demonstrate(Placement(22.0, 10.0, -40.0), Start.nominal, 21):
            states.append(lock_step.world.data.qpos.tobytes())
            if moment.pictures and moment.index % 40 == 0:
                pictures.append(b"".join(picture.tobytes() for picture in moment.pictures.values()))
        runs.append((states, pictures))
    assert runs[0][0] == runs[1][0]
    assert runs[0][1] == runs[1][1]
    assert len(runs[0][1]) > 5
