"""The section `guidance` of the protocol, made from what guidance knows."""

from __future__ import annotations

from app.web.protocol import GuidanceState, QueueState


def guidance_off(why: str, *, simulated: bool) -> GuidanceState:
    """Nothing is asked for, and the page says why."""
    return GuidanceState(
        off=why,
        plan=None,
        target=None,
        clusters=[],
        progress=None,
        queue=QueueState(pinned="", first=[], skipped=[], back_possible=False),
        causes=[],
        checklist=[],
        station="",
        camera="top",
        width=0,
        height=0,
        calibrated=False,
        simulated=simulated,
        place_for_me=why,
        hands_free=False,
        hold=0.0,
        home_after_stop=True,
        homing=False,
    )
