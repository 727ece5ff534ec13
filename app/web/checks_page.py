"""The section `checks` of the protocol, made from what the checks say."""

from __future__ import annotations

from app.web.protocol import ChecksState, ReferenceState


def checks_unknown(why: str) -> ChecksState:
    """Nothing was looked at, and the page says why."""
    return ChecksState(
        lights=[],
        blocked="",
        warnings=0,
        override=None,
        during=[],
        verdict=None,
        reference=ReferenceState(
            present=False, made_at="", cameras=[], capturing=False, automatic=False, blocked=why, steps=""
        ),
        cost_percent=None,
        disturbances=[],
    )
