"""Over a network nobody names a file or a folder outside the data folder; whoever is at the machine may."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from app.core.errors import Invalid

if TYPE_CHECKING:
    from app.web.studio import Studio

LONGEST_NAME = 255  # bytes, of every file system there is
_PROSE = frozenset({"task", "notes", "note", "reason", "comment", "words", "title", "label"})


class OutsideData(Invalid):
    code = "outside_data"


def refuse_outside(studio: Studio, value: object) -> None:
    """Raises `OutsideData` where some text of `value` (a text, or what a model dumps) is a path that leaves it.

    What no system could have as a path is refused to everybody.
    """
    match value:
        case str() if impossible(value) or (studio.access.sign_in and leaves(value)):
            raise OutsideData(
                f"{value[:120]!r} is not below the studio's own folders.", todo="Name it as the lists of the pages do."
            )
        case dict():
            for key, part in value.items():
                if key not in _PROSE:
                    refuse_outside(studio, part)
        case list() | tuple():
            for part in value:
                refuse_outside(studio, part)


def impossible(text: str) -> bool:
    """A zero in it, or a part that is longer than a name can be."""
    return "\0" in text or any(len(part.encode()) > LONGEST_NAME for part in text.split("/"))


def leaves(text: str) -> bool:
    """An absolute path of any system, a home folder, or one that goes upwards."""
    parts = (*PurePosixPath(text).parts, *PureWindowsPath(text).parts)
    return text.startswith(("/", "\\", "~")) or ".." in parts or bool(PureWindowsPath(text).drive)
