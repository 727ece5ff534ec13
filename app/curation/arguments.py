"""What each edit takes, as a page or a program sends it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from app.curation.selection import SplitBy
from app.jobs import Arguments

Name = Annotated[str, Field(min_length=1, max_length=80)]
Index = Annotated[int, Field(ge=0)]
Task = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]


class Split(Arguments):
    """Make a new dataset of each part; the source stays. `names` by part, NAME-PART where none is given."""

    dataset: Name
    by: SplitBy
    names: dict[Name, Name] = {}
    without_rejected: bool = False


class Delete(Arguments):
    """Take episodes out; what was there before stays whole in the trash."""

    dataset: Name
    uuids: Annotated[list[Name], Field(max_length=5000)] = []
    episodes: Annotated[list[Index], Field(max_length=5000)] = []
    rejected: bool = False


class Merge(Arguments):
    """Make one new dataset of several, in their order. `encode_again` gives all the first one's codec."""

    datasets: Annotated[list[Name], Field(min_length=2, max_length=50)]
    name: Name
    encode_again: bool = False


class RenameTask(Arguments):
    """Give a task other words, in every episode that has it."""

    dataset: Name
    old: Task
    new: Task


class CutArgument(Arguments):
    """Keep rows `start..stop` (half open) of the episode."""

    episode: Index
    start: Index
    stop: Annotated[int, Field(ge=1)]


class Trim(Arguments):
    """Cut the start and end off episodes. Each becomes a new episode that names its parent.

    `proposed` cuts every episode of which a review says which frames are worth keeping.
    """

    dataset: Name
    cuts: Annotated[list[CutArgument], Field(max_length=500)] = []
    proposed: bool = False


class Verify(Arguments):
    """Look for everything that can be wrong; `repair` mends what can be mended, on a copy that is swapped in."""

    dataset: Name
    repair: bool = False


class _Publish(Arguments):
    dataset: Name
    version: Annotated[str, Field(max_length=80)] = ""
    licence: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}$")] = "apache-2.0"
    with_reviews: bool = False


class PublishHub(_Publish):
    """Put a dataset, or a frozen version of it, on the Hugging Face Hub. The token is this machine's own."""

    repo_id: Annotated[str, StringConstraints(pattern=r"^[\w][\w.-]{0,95}/[\w][\w.-]{0,95}$", max_length=96)]
    private: bool = True


class PublishUrl(_Publish):
    """Put a dataset, or a frozen version of it, anywhere fsspec can write to: `s3://bucket/folder`, `file:///…`."""

    url: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*://[^\s]+$", max_length=500)]


class Convert(Arguments):
    """Convert a dataset of LeRobot's format v2.1 to v3.0, with LeRobot's converter, on a copy."""

    dataset: Name
