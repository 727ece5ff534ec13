"""Edits, verifies and publishes datasets; the engine is LeRobot's dataset tools, in the children of jobs.

This front door, and what it imports, runs in the web process and is quick;
`edits`, `lerobot_tools` and the other modules that `kinds` only names do not.
"""

from app.curation.bundle import Item, TarStream, bundle
from app.curation.kinds import KINDS
from app.curation.merging import Difference, differences
from app.curation.refusals import split_parts
from app.curation.selection import Group, SplitBy, groups

__all__ = [
    "KINDS",
    "Difference",
    "Group",
    "Item",
    "SplitBy",
    "TarStream",
    "bundle",
    "differences",
    "groups",
    "split_parts",
]
