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


class Fallback(StrEnum):
    """What the arm does when a policy's queue runs dry.

    hold: it stays at the last target. slow: it executes what is left more slowly
    before, then holds. retreat: it holds for a second, then goes back the way it came.
    """

    hold = "hold"
    slow = "slow"
    retreat = "retreat"


class RunPhase(StrEnum):
    """What a policy's run does.

    waiting: the first look. entering: a gentle ramp to a chunk's first target.
    starved: nothing is queued, the fallback holds or retreats. held: something
    was refused, the reason says what; a person resumes or ends. taken_over: a
    person moves the arm, until it is handed back or finished.
    """

    waiting = "waiting"
    entering = "entering"
    executing = "executing"
    starved = "starved"
    retreating = "retreating"
    paused = "paused"
    held = "held"
    taken_over = "taken_over"
    ended = "ended"


DEMONSTRATOR = "demonstrator"
"""The source of the scripted demonstrator's commands."""
RETRYING = " Trying again."
"""Ends the reason of a fault that the loop is working on."""
ARM_BACK = "arm_back"
"""The code of the note that a lost arm is there again."""

POLICY = "policy"
"""The source of a policy's commands."""
