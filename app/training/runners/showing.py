"""The command of a run as a person copies it into a shell, for where it is trained."""

from __future__ import annotations

from pathlib import Path

from app.training.command import shown
from app.training.hub import hub_command
from app.training.models import Run
from app.training.runners.places import HubPlace, place_of

_WHOEVER = "YOUR-ACCOUNT"


def shown_at(run: Run, folder: Path) -> str:
    """On another machine it is the same with that machine's folder; Hugging Face Jobs take theirs from this one."""
    match place_of(run.runner):
        case HubPlace(flavour, user, timeout):
            return hub_command(run, folder, user=user or _WHOEVER, target=flavour, timeout=timeout)
    return shown(run, folder)
