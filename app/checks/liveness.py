"""Whether a camera delivers: alive, at its rate, fresh, and not the same picture over and over."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.checks.models import Check, Finding, Level
from app.checks.thresholds import Thresholds
from app.core.clock import NS_PER_S


@dataclass(frozen=True)
class Arrival:
    """One frame as it came: when exposed, and a print of its pixels (b"" where nobody looked)."""

    exposure_ns: int
    print: bytes = b""


class FrameLog:
    """A camera's last arrivals, bounded; the checks are functions of it."""

    def __init__(self, camera: str, fps: float, *, keep: int = 90) -> None:
        self.camera = camera
        self.fps = fps
        self.arrivals: deque[Arrival] = deque(maxlen=keep)

    def add(self, arrival: Arrival) -> None:
        self.arrivals.append(arrival)


def liveness_findings(log: FrameLog, now_ns: int, limits: Thresholds, *, lost: str = "") -> list[Finding]:
    """Alive, rate, fresh, frozen. `lost` is the driver's own reason when it has given up."""
    alive = _alive(log, now_ns, limits, lost)
    if alive.level is not Level.ok:
        return [alive]
    return [alive, _rate(log, now_ns, limits), _fresh(log, now_ns, limits), _frozen(log, limits)]


def _alive(log: FrameLog, now_ns: int, limits: Thresholds, lost: str) -> Finding:
    camera = log.camera
    age_s = (now_ns - log.arrivals[-1].exposure_ns) / NS_PER_S if log.arrivals else float("inf")
    if not lost and age_s <= limits.camera_dead_s:
        return Finding(Check.camera_alive, Level.ok, f"The {camera} camera delivers.", "", {}, camera)
    since = f"nothing for {age_s:.1f} s" if log.arrivals else "no picture yet"
    text = f"The {camera} camera is silent: {lost or since}."
    return Finding(Check.camera_alive, Level.fail, text, "Check its cable, then plug it in again.", {}, camera)


def _rate(log: FrameLog, now_ns: int, limits: Thresholds) -> Finding:
    camera = log.camera
    recent = [a.exposure_ns for a in log.arrivals if now_ns - a.exposure_ns <= 2 * NS_PER_S]
    if len(recent) < 5:
        return Finding(Check.camera_rate, Level.unsure, f"Too few frames of the {camera} camera yet.", subject=camera)
    rate = (len(recent) - 1) * NS_PER_S / max(1, recent[-1] - recent[0])
    numbers = {"rate_hz": round(rate, 2), "asked_hz": log.fps}
    if rate >= limits.camera_rate_share * log.fps:
        text = f"The {camera} camera delivers {rate:.0f} pictures a second."
        return Finding(Check.camera_rate, Level.ok, text, "", numbers, camera)
    text = f"The {camera} camera delivers {rate:.1f} pictures a second instead of {log.fps:g}."
    todo = "Give it a USB port of its own, and more light if its exposure is long."
    return Finding(Check.camera_rate, Level.fail, text, todo, numbers, camera)


def drawn(findings: Iterable[Finding]) -> list[Finding]:
    """What liveness means for pictures that this machine draws: too few say how busy it is, and close nothing.

    Rows then repeat pictures, and the verdict on the take says how many.
    """
    todo = "This machine is too busy to draw it: close other programs."
    return [
        replace(finding, level=Level.warn, todo=todo)
        if finding.check is Check.camera_rate and finding.level is Level.fail
        else finding
        for finding in findings
    ]


def _fresh(log: FrameLog, now_ns: int, limits: Thresholds) -> Finding:
    camera, age_ms = log.camera, (now_ns - log.arrivals[-1].exposure_ns) / 1e6
    numbers = {"age_ms": round(age_ms, 1)}
    if age_ms <= limits.camera_fresh_ms:
        return Finding(Check.camera_fresh, Level.ok, f"The {camera} picture is fresh.", "", numbers, camera)
    text = f"The {camera} picture is {age_ms:.0f} ms old."
    return Finding(
        Check.camera_fresh, Level.warn, text, "Close what else uses this computer or the bus.", numbers, camera
    )


def _frozen(log: FrameLog, limits: Thresholds) -> Finding:
    """Frames keep coming and are all the same, to the last bit: sensor noise never repeats."""
    camera = log.camera
    same_since = None
    seen = [arrival for arrival in log.arrivals if arrival.print]
    for arrival in reversed(seen):
        if arrival.print != seen[-1].print:
            break
        same_since = arrival.exposure_ns
    span_s = (seen[-1].exposure_ns - same_since) / NS_PER_S if same_since is not None else 0.0
    numbers = {"same_for_s": round(span_s, 2)}
    if span_s < limits.frozen_s:
        return Finding(Check.camera_frozen, Level.ok, f"The {camera} picture is live.", "", numbers, camera)
    text = f"The {camera} camera sends the same picture again and again, for {span_s:.1f} s now."
    return Finding(Check.camera_frozen, Level.fail, text, "Unplug the camera and plug it in again.", numbers, camera)
