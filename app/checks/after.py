"""What a finished take is worth: its findings, each from its signals alone, well within a second."""

from __future__ import annotations

import numpy as np

from app.checks.episode import EpisodeSignals, Swing, Usual, gripper_swings, jerk_rms, longest_idle_s
from app.checks.models import Check, Finding, Level
from app.checks.thresholds import Thresholds


def after_findings(signals: EpisodeSignals, usual: Usual, limits: Thresholds) -> list[Finding]:
    """Every check after a take. `usual` holds the numbers of the dataset's episodes of the same kind."""
    rows = _rows_and_frames(signals)
    if signals.rows < 2:
        return [rows]
    return [
        rows,
        _length(signals, usual, limits),
        _idle(signals, limits),
        _jerk(signals, usual, limits),
        _gripper(signals, limits),
        _path(signals, limits),
        _saturated(signals, limits),
        _in_view(signals, limits),
    ]


def _rows_and_frames(signals: EpisodeSignals) -> Finding:
    numbers = {"rows": signals.rows, **{f"frames_{camera}": count for camera, count in signals.frames.items()}}
    if signals.rows < 2:
        text = f"The take has {signals.rows} rows: nothing was recorded."
        return Finding(Check.rows_and_frames, Level.fail, text, "Discard it and look at the arm's state.", numbers)
    for camera, count in signals.frames.items():
        if count != signals.rows:
            text = f"The {camera} video has {count} frames for {signals.rows} rows."
            return Finding(Check.rows_and_frames, Level.fail, text, "Discard it.", numbers, camera)
    return Finding(Check.rows_and_frames, Level.ok, "Rows and frames agree.", "", numbers)


def _length(signals: EpisodeSignals, usual: Usual, limits: Thresholds) -> Finding:
    """By the median and its spread: one odd episode among the usual ones does not hide another."""
    seconds = signals.duration_s
    if len(usual.durations_s) < limits.length_least:
        text = f"The take is {seconds:.1f} s long; too few episodes yet to say whether that is usual."
        return Finding(Check.length, Level.unsure, text, "", {"duration_s": round(seconds, 2)})
    durations = np.asarray(usual.durations_s, np.float64)
    middle = float(np.median(durations))
    spread = max(1.4826 * float(np.median(np.abs(durations - middle))), 0.15 * middle, 0.3)
    z = (seconds - middle) / spread
    numbers = {"duration_s": round(seconds, 2), "usual_s": round(middle, 2), "z": round(z, 2)}
    if abs(z) <= limits.length_z:
        return Finding(Check.length, Level.ok, "The take is as long as usual.", "", numbers)
    text = f"The take is {seconds:.1f} s long; {middle:.1f} s is usual."
    todo = "Check that it begins and ends where it should." if z < 0 else "Check for waiting and second tries."
    return Finding(Check.length, Level.warn, text, todo, numbers)


def _idle(signals: EpisodeSignals, limits: Thresholds) -> Finding:
    longest = longest_idle_s(signals, limits.idle_deg_s)
    numbers = {"longest_s": round(longest, 2)}
    if longest < limits.idle_s:
        return Finding(Check.idle, Level.ok, "The arm kept moving.", "", numbers)
    text = f"The arm stood still for {longest:.1f} s: a policy learns to wait from that."
    return Finding(Check.idle, Level.warn, text, "Start when you are ready; stop at once when it is done.", numbers)


def _jerk(signals: EpisodeSignals, usual: Usual, limits: Thresholds) -> Finding:
    jerk = jerk_rms(signals)
    numbers = {"jerk": round(jerk, 1)}
    if len(usual.jerks) < limits.length_least:
        return Finding(Check.jerk, Level.unsure, "Too few episodes yet to judge how smooth it is.", "", numbers)
    middle = float(np.median(np.asarray(usual.jerks, np.float64)))
    numbers["usual"] = round(middle, 1)
    if jerk <= limits.jerk_ratio * middle:
        return Finding(Check.jerk, Level.ok, "The movement is as smooth as usual.", "", numbers)
    text = f"The movement is {jerk / max(1e-9, middle):.1f} times as jerky as usual."
    return Finding(Check.jerk, Level.warn, text, "Look for lost commands or a loose servo; move more evenly.", numbers)


def _gripper(signals: EpisodeSignals, limits: Thresholds) -> Finding:
    index = signals.gripper
    if index is None:
        return Finding(Check.gripper_use, Level.unsure, "The arm has no gripper that is known.")
    travel = signals.state[:, index]
    low, high = float(travel.min()), float(travel.max())
    numbers = {"lowest": round(low, 1), "highest": round(high, 1)}
    text = _gripper_trouble(gripper_swings(travel, limits.gripper_swing_percent))
    if not text:
        return Finding(Check.gripper_use, Level.ok, "The gripper opened and closed.", "", numbers)
    return Finding(Check.gripper_use, Level.warn, text, "Check that the object was grasped and let go.", numbers)


def _gripper_trouble(swings: list[Swing]) -> str:
    """What is missing of open, close, open again; "" when nothing is."""
    if not swings:
        return "The gripper never opened or closed."
    if Swing.closes not in swings:
        return "The gripper opened and never closed."
    if swings[-1] is Swing.closes:
        return "The gripper closed and never opened again."
    return ""


def _path(signals: EpisodeSignals, limits: Thresholds) -> Finding:
    """The tool's way against the straight legs between where it starts, grasps, lets go and ends."""
    tool = np.asarray(signals.tool_mm, np.float64)
    if len(tool) != signals.rows:
        return Finding(Check.path, Level.unsure, "The tool's way is not known.")
    marks = sorted({0, *_gripper_marks(signals), signals.rows - 1})
    straight = float(np.linalg.norm(np.diff(tool[marks], axis=0), axis=1).sum())
    way = float(np.linalg.norm(np.diff(tool, axis=0), axis=1).sum())
    if way < 20.0:
        return Finding(Check.path, Level.warn, "The arm hardly moved.", "Discard it.", {"way_mm": round(way, 1)})
    efficiency = straight / way
    numbers = {"efficiency": round(efficiency, 3), "way_mm": round(way, 0)}
    if efficiency >= limits.path_efficiency:
        return Finding(Check.path, Level.ok, "The way was direct enough.", "", numbers)
    text = f"The arm went {1 / max(efficiency, 1e-3):.0f} times as far as the straight way."
    return Finding(Check.path, Level.warn, text, "Check for second tries; go straight to the object.", numbers)


def _gripper_marks(signals: EpisodeSignals) -> list[int]:
    """Rows at which the gripper passes half of its travel."""
    index = signals.gripper
    if index is None:
        return []
    travel = signals.state[:, index]
    half = (travel.min() + travel.max()) / 2
    return np.flatnonzero(np.diff((travel > half).astype(np.int8))).tolist()


def _saturated(signals: EpisodeSignals, limits: Thresholds) -> Finding:
    """Body joints only: a gripper closes to its end by right."""
    shares = {}
    for index, joint in enumerate(signals.joints):
        if joint.unit != "percent":
            margin = 0.01 * (joint.upper - joint.lower)
            values = signals.state[:, index]
            shares[joint.name] = float(((values < joint.lower + margin) | (values > joint.upper - margin)).mean())
    name = max(shares, key=lambda joint: shares[joint], default="")
    share = shares.get(name, 0.0)
    numbers = {"share": round(share, 3)}
    if share < limits.saturated_share:
        return Finding(Check.saturated, Level.ok, "No joint leaned on its limit.", "", numbers)
    text = f"{name} was at its limit for {share:.0%} of the take."
    return Finding(Check.saturated, Level.warn, text, "Put the object nearer, or turn the hand before.", numbers, name)


def _in_view(signals: EpisodeSignals, limits: Thresholds) -> Finding:
    """Over the take's first half: later the object is in the claws or the mug by right."""
    looked = list(signals.object_seen)
    if len(looked) < 4:
        return Finding(Check.object_in_view, Level.unsure, "Nobody looked whether the object was in view.")
    first = looked[: len(looked) // 2]
    hidden = 1 - sum(first) / len(first)
    numbers = {"hidden_share": round(hidden, 3), "looked": len(looked)}
    if hidden <= limits.out_of_view_share:
        return Finding(Check.object_in_view, Level.ok, "The object was in view.", "", numbers)
    text = f"The object was out of the top camera's view for {hidden:.0%} of the take's first half."
    return Finding(Check.object_in_view, Level.warn, text, "Approach it from another side.", numbers)
