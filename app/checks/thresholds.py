"""Every limit of the checks, with its unit in its name. A plan carries one of these."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """`warn_`/`fail_` pairs where a check has two steps; a single value fails or warns as its check says."""

    # cameras: liveness
    camera_dead_s: float = 1.0
    camera_rate_share: float = 0.85
    camera_fresh_ms: float = 200.0
    frozen_s: float = 0.5
    # cameras: mount
    warn_moved_px: float = 2.0
    fail_moved_px: float = 4.0
    # light
    warn_light: float = 0.07
    fail_light: float = 0.25
    warn_colour_k: float = 180.0
    fail_colour_k: float = 700.0
    warn_uneven: float = 0.12
    warn_flicker: float = 0.02
    # lens
    warn_sharpness: float = 0.85
    fail_sharpness: float = 0.6
    warn_dirty_share: float = 0.1
    warn_contrast: float = 15.0
    # scene
    start_pose_deg: float = 4.0
    intruder_cm2: float = 3.0
    calibration_age_days: float = 30.0
    warn_disk_minutes: float = 60.0
    fail_disk_minutes: float = 5.0
    # during
    missed_share: float = 0.01
    late_ms: float = 50.0
    repeated_share: float = 0.02
    skew_ms: float = 40.0
    light_jump: float = 0.08
    following_deg: float = 12.0
    following_s: float = 0.5
    clamped_share: float = 0.2
    # after
    length_z: float = 4.0
    length_least: int = 8
    idle_s: float = 2.0
    idle_deg_s: float = 1.0
    jerk_ratio: float = 2.5
    gripper_swing_percent: float = 6.0
    path_efficiency: float = 0.2
    saturated_share: float = 0.3
    out_of_view_share: float = 0.5
