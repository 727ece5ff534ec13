"""The kinds of job that curation has; what performs them is named here and imported by their children only."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.curation import refusals
from app.curation.arguments import Convert, Delete, Merge, PublishHub, PublishUrl, RenameTask, Split, Trim, Verify
from app.jobs import Kind

_BY = {"verdict": "verdict", "cluster": "cluster", "held_out": "held-out cluster"}


def _one(arguments: Convert | Delete | PublishHub | PublishUrl | RenameTask | Split | Trim | Verify) -> tuple[str, ...]:
    return (arguments.dataset,)


def _title_of_delete(arguments: Delete) -> str:
    if arguments.rejected:
        return f"Delete the rejected episodes of {arguments.dataset}"
    return f"Delete {len({*arguments.uuids}) + len({*arguments.episodes})} episodes of {arguments.dataset}"


def _title_of_trim(arguments: Trim) -> str:
    if arguments.proposed:
        return f"Trim {arguments.dataset} as its reviews propose"
    what = f"episode {arguments.cuts[0].episode + 1}" if len(arguments.cuts) == 1 else f"{len(arguments.cuts)} episodes"
    return f"Trim {what} of {arguments.dataset}"


KINDS = (
    Kind(
        "dataset.split",
        Split,
        "app.curation.edits:split",
        lambda a: f"Split {a.dataset} by {_BY[a.by]}",
        about=_one,
        needs=("lerobot",),
        refuse=refusals.refuse_split,
    ),
    Kind(
        "dataset.delete",
        Delete,
        "app.curation.edits:delete",
        _title_of_delete,
        about=_one,
        rewrites=_one,
        needs=("lerobot",),
        refuse=refusals.refuse_delete,
    ),
    Kind(
        "dataset.merge",
        Merge,
        "app.curation.edits:merge",
        lambda a: f"Merge {', '.join(a.datasets)} into {a.name}",
        about=lambda a: (*a.datasets, a.name),
        needs=("lerobot",),
        refuse=refusals.refuse_merge,
    ),
    Kind(
        "dataset.task",
        RenameTask,
        "app.curation.edits:rename_task",
        lambda a: f"Rename a task of {a.dataset}",
        about=_one,
        rewrites=_one,
        needs=("lerobot",),
        refuse=refusals.refuse_rename_task,
    ),
    Kind(
        "dataset.trim",
        Trim,
        "app.curation.edits:trim_episodes",
        _title_of_trim,
        about=_one,
        rewrites=_one,
        refuse=refusals.refuse_trim,
    ),
    Kind(
        "dataset.verify",
        Verify,
        "app.curation.verifying:run",
        lambda a: f"{'Verify and repair' if a.repair else 'Verify'} {a.dataset}",
        heavy=False,
        about=_one,
        rewrites=lambda a: (a.dataset,) if a.repair else (),
        refuse=refusals.refuse_verify,
    ),
    Kind(
        "dataset.convert",
        Convert,
        "app.curation.converting:run",
        lambda a: f"Convert {a.dataset} to LeRobot v3.0",
        about=_one,
        rewrites=_one,
        needs=("lerobot",),
        refuse=refusals.refuse_convert,
    ),
    Kind(
        "dataset.publish.hub",
        PublishHub,
        "app.curation.publishing:to_hub",
        lambda a: f"Publish {a.dataset} on the Hub as {a.repo_id}",
        heavy=False,
        about=_one,
        needs=("huggingface_hub",),
        refuse=refusals.refuse_publish,
    ),
    Kind(
        "dataset.publish.url",
        PublishUrl,
        "app.curation.publishing:to_url",
        lambda a: f"Publish {a.dataset} at {without_password(a.url)}",
        heavy=False,
        about=_one,
        needs=("fsspec",),
        refuse=refusals.refuse_publish,
    ),
)


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
