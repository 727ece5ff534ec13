"""Light against the reference: level, colour temperature, evenness; and flicker from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.checks.illumination import Illumination
from app.checks.models import Check, Finding, Level
from app.checks.thresholds import Thresholds

_CHECKS = (Check.light_level, Check.light_colour, Check.light_uneven)


def light_findings(camera: str, light: Illumination | None, limits: Thresholds) -> list[Finding]:
    """Level, colour and evenness of one camera's picture."""
    if light is None:
        text = f"Too little of the reference is seen by the {camera} camera to judge the light."
        return [Finding(check, Level.unsure, text, "Clear the camera's view.", subject=camera) for check in _CHECKS]
    return [_level(camera, light, limits), _colour(camera, light, limits), _uneven(camera, light, limits)]


def flicker_finding(camera: str, brightness: Sequence[float], limits: Thresholds) -> Finding:
    """`brightness`: mean luma of the last frames at their full rate, at least 20 of them.

    Slow changes (the arm moves) do not count: only what a frame differs from the
    middle of its neighbours.
    """
    values = np.asarray(brightness, np.float64)
    if len(values) < 20:
        return Finding(Check.flicker, Level.unsure, f"Not enough frames of the {camera} camera yet.", subject=camera)
    neighbours = np.stack([values[:-2], values[2:]]).mean(axis=0)
    ripple = float(np.sqrt(((values[1:-1] - neighbours) ** 2).mean() / 1.5) / max(1.0, values.mean()))
    numbers = {"ripple": round(ripple, 4)}
    if ripple < limits.warn_flicker:
        return Finding(Check.flicker, Level.ok, f"The {camera} camera sees no flicker.", "", numbers, camera)
    return Finding(
        Check.flicker,
        Level.warn,
        f"The light flickers by {ripple:.1%} from frame to frame in the {camera} camera.",
        "Use a lamp that does not flicker, or set the exposure to a multiple of the mains' half period.",
        numbers,
        camera,
    )


def _level(camera: str, light: Illumination, limits: Thresholds) -> Finding:
    change = light.level - 1
    numbers = {"change": round(change, 4), "static": round(light.static, 3)}
    level = _step(abs(change), limits.warn_light, limits.fail_light)
    if level is Level.ok:
        return Finding(Check.light_level, level, f"The light at the {camera} camera is as before.", "", numbers, camera)
    way = "brighter" if change > 0 else "darker"
    text = f"It is {abs(change):.0%} {way} than in the reference, seen by the {camera} camera."
    todo = "Set the lamps and blinds as they were, or capture a new reference if this light stays."
    return Finding(Check.light_level, level, text, todo, numbers, camera)


def _colour(camera: str, light: Illumination, limits: Thresholds) -> Finding:
    numbers = {"kelvin": round(light.kelvin, 0)}
    level = _step(abs(light.kelvin), limits.warn_colour_k, limits.fail_colour_k)
    if level is Level.ok:
        text = f"The light's colour at the {camera} camera is as before."
        return Finding(Check.light_colour, level, text, "", numbers, camera)
    way = "bluer" if light.kelvin > 0 else "redder"
    text = f"The light is {way} by about {abs(light.kelvin):.0f} K, seen by the {camera} camera."
    todo = "Look for another lamp or daylight, and check that the camera's white balance is locked."
    return Finding(Check.light_colour, level, text, todo, numbers, camera)


def _uneven(camera: str, light: Illumination, limits: Thresholds) -> Finding:
    numbers = {"spread": round(light.uneven, 4)}
    if light.uneven < limits.warn_uneven:
        text = f"The light is spread over the {camera} picture as before."
        return Finding(Check.light_uneven, Level.ok, text, "", numbers, camera)
    text = f"The light is uneven by {light.uneven:.0%} more than in the reference, seen by the {camera} camera."
    todo = "Look for a shadow, a new lamp or sunlight on one side."
    return Finding(Check.light_uneven, Level.warn, text, todo, numbers, camera)


def _step(value: float, warn: float, fail: float) -> Level:
    if value < warn:
        return Level.ok
    return Level.warn if value < fail else Level.fail
