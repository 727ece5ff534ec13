"""What can go wrong on request, for the checks to find. Each by name and amount; amount 0 puts it right."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from app.core.errors import Invalid
from app.simulation.appearance import DAYLIGHT_KELVIN, Appearance
from app.simulation.scene import CAMERAS
from app.simulation.world import World


class Disturbance(StrEnum):
    """`nudge`, `blur`, `freeze` and `unplug` take a camera's name after a dot (`nudge.top`), or mean all three."""

    nudge = "nudge"  # deg, of one camera
    blur = "blur"  # px, the lens's standard deviation
    freeze = "freeze"  # 1 on, 0 off
    unplug = "unplug"  # 1 on, 0 off
    light = "light"  # percent of change: -40 dims, 30 raises
    colour = "colour"  # kelvin; 0 is daylight again
    slip = "slip"  # 0..1 of the claws' friction taken away
    slow = "slow"  # s, the servos' time constant
    lossy = "lossy"  # 0..1 of commands lost
    intruder = "intruder"  # 0 away .. 1 over the workspace
    pale_bag = "pale_bag"  # 1 near-white, 0 as usual
    clear = "clear"  # everything in order again


def disturb(world: World, name: str, amount: float) -> None:
    """Apply one disturbance; Invalid names the ones there are."""
    kind, _, camera = name.partition(".")
    if kind not in Disturbance or (camera and camera not in CAMERAS):
        known = ", ".join(Disturbance)
        raise Invalid(
            f"There is no disturbance {name!r}.", todo=f"Use one of {known}; for one camera, as in nudge.top."
        )
    cameras = (camera,) if camera else CAMERAS
    share = min(1.0, max(0.0, amount))
    match Disturbance(kind):
        case Disturbance.slip:
            world.slip(share)
        case Disturbance.slow:
            world.servos.slow_s = max(0.0, amount)
        case Disturbance.lossy:
            world.servos.loss = share
        case Disturbance.clear:
            world.slip(0.0)
            world.servos.slow_s = world.servos.loss = 0.0
            world.appearance = Appearance()
        case seen:
            world.appearance = _changed(world.appearance, seen, cameras, amount)


def _changed(look: Appearance, kind: Disturbance, cameras: tuple[str, ...], amount: float) -> Appearance:
    """What a camera sees differently; physics does not know."""
    match kind:
        case Disturbance.nudge:
            return _lenses(look, cameras, nudge_deg=amount)
        case Disturbance.blur:
            return _lenses(look, cameras, blur_px=max(0.0, amount))
        case Disturbance.freeze:
            return _lenses(look, cameras, frozen=amount > 0)
        case Disturbance.unplug:
            return _lenses(look, cameras, unplugged=amount > 0)
        case Disturbance.light:
            return replace(look, light_percent=max(0.0, 100.0 + amount))
        case Disturbance.colour:
            return replace(look, light_kelvin=amount if amount > 0 else DAYLIGHT_KELVIN)
        case Disturbance.intruder:
            return replace(look, intruder=min(1.0, max(0.0, amount)))
        case _:
            return replace(look, pale_bag=amount > 0)


def _lenses(look: Appearance, cameras: tuple[str, ...], **changes: float | bool) -> Appearance:
    for camera in cameras:
        look = look.with_lens(camera, **changes)
    return look
