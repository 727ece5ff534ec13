"""The words of control: who ranks above whom, and what the arm is doing."""

from __future__ import annotations

from enum import StrEnum


class Rank(StrEnum):
    """Who commands. A person preempts a program; the emergency stop stands above both."""

    person = "person"
    program = "program"


class ControlPhase(StrEnum):
    """What the arm does under control.

    holding: no command is applied, the last target stays. ramping: engaging from
    where the arm is. following: commands pass, clamped. stopped: the emergency
    stop is latched. faulted: the device failed; see the reason.
    """

    starting = "starting"
    holding = "holding"
    ramping = "ramping"
    following = "following"
    stopped = "stopped"
    faulted = "faulted"


DEMONSTRATOR = "demonstrator"
"""The source of the scripted demonstrator's commands."""
RETRYING = " Trying again."
"""Ends the reason of a fault that the loop is working on."""
