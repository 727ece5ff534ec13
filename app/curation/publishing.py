"""Hands a dataset on: to the Hugging Face Hub, or to any place that fsspec can write to. In the job's child.

Both work from a frozen copy, so recording goes on, and both begin by asking
what is already there: a publication that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.core.errors import StudioError
from app.curation.arguments import PublishHub, PublishUrl
from app.curation.bundle import Item, bundle
from app.datasets import freeze, version_folder
from app.jobs import Link, Outcome, Work

log = logging.getLogger(__name__)

BATCH_FILES = 40
BATCH_BYTES = 512 * 2**20
_PIECE = 4 * 2**20
_MIB = 2**20


class NotSignedIn(StudioError):
    code = "not_signed_in"


class PublishingFailed(StudioError):
    code = "publishing_failed"


def to_hub(arguments: PublishHub, work: Work) -> Outcome:
    """Files in commits of some; a file that is there with the same content is not sent again."""
    import huggingface_hub

    token = huggingface_hub.get_token()
    if not token:
        raise NotSignedIn(
            "No token of the Hugging Face Hub was found on this machine.",
            todo="Sign in with `hf auth login` in this machine's terminal, or set HF_TOKEN for the studio.",
        )
    try:
        return _to_hub(arguments, work, huggingface_hub, token)
    except Exception as error:  # whatever it says, the token must not be in it
        words = str(error).replace(token, "(token)")
        log.error("The Hub refused or failed: %s", words)
        raise PublishingFailed(
            f"The Hub did not take it: {words.splitlines()[0][:300] if words else type(error).__name__}",
            todo="Start it again: what arrived is not sent twice.",
        ) from None


def _to_hub(arguments: PublishHub, work: Work, hub: Any, token: str) -> Outcome:
    items = _items(arguments, work)
    api = hub.HfApi(token=token)
    made = api.create_repo(arguments.repo_id, repo_type="dataset", private=arguments.private, exist_ok=True)
    work.report("Asking what is already there")
    there = {
        one.path: (one.lfs.sha256 if one.lfs else "", one.blob_id)
        for one in api.list_repo_tree(arguments.repo_id, repo_type="dataset", recursive=True)
        if hasattr(one, "blob_id")
    }
    left = [item for item in items if not _same(item, there.get(item.name))]
    done = sum(item.size for item in items) - sum(item.size for item in left)
    total = max(1, sum(item.size for item in items))
    for batch in _batches(left):
        work.report("Sending to the Hub", step=done // _MIB, steps=-(-total // _MIB), unit="MiB")
        operations = [
            hub.CommitOperationAdd(item.name, item.body if item.path is None else str(item.path)) for item in batch
        ]
        api.create_commit(arguments.repo_id, operations, repo_type="dataset", commit_message=f"Add {len(batch)} files")
        done += sum(item.size for item in batch)
    work.report("Sending to the Hub", step=-(-total // _MIB), steps=-(-total // _MIB), unit="MiB")
    words = f"{arguments.dataset} is on the Hub as {arguments.repo_id}: {len(left)} of {len(items)} files were sent."
    return Outcome(words, (Link("Look at it", str(made)),), {"sent": len(left), "files": len(items)})


def _same(item: Item, there: tuple[str, str] | None) -> bool:
    """Whether the Hub has this content: by SHA-256 where it is a large file, by git's name for it where not."""
    if there is None:
        return False
    sha256, blob = there
    if sha256:
        return sha256 == _digest(item, hashlib.sha256())
    return blob == _digest(item, hashlib.sha1(f"blob {item.size}\0".encode()))


def _digest(item: Item, digest: Any) -> str:
    if item.path is None:
        digest.update(item.body)
        return digest.hexdigest()
    with item.path.open("rb") as file:
        while block := file.read(_PIECE):
            digest.update(block)
    return digest.hexdigest()


def _batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """`meta/info.json` comes last: until then nobody takes the half for the whole."""
    ordered = sorted(items, key=lambda item: item.name == "meta/info.json")
    batch: list[Item] = []
    for item in ordered:
        if batch and (len(batch) >= BATCH_FILES or sum(one.size for one in batch) + item.size > BATCH_BYTES):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch


def to_url(arguments: PublishUrl, work: Work) -> Outcome:
    """Each file to a name beside and then moved, where the place can move; sizes and digests tell what is there."""
    from app.curation.places import Place

    items = _items(arguments, work)
    place = Place.at(arguments.url)
    sent = 0
    total = max(1, sum(item.size for item in items))
    done = 0

    def report(count: int) -> None:
        work.report(f"Sending to {place.words}", step=count // _MIB, steps=-(-total // _MIB), unit="MiB")

    for item in sorted(items, key=lambda item: item.name == "meta/info.json"):
        report(done)
        if not place.has(item):
            place.put(item, lambda count, before=done: report(before + count))
            sent += 1
        done += item.size
    place.finish(items)
    report(total + _MIB - 1)
    words = f"{arguments.dataset} is at {place.words}: {sent} of {len(items)} files were sent."
    return Outcome(words, (), {"sent": sent, "files": len(items)})


def _items(arguments: PublishHub | PublishUrl, work: Work) -> list[Item]:
    work.report("Freezing")
    folder: Path
    if arguments.version:
        folder = version_folder(work.data.datasets, arguments.dataset, arguments.version)
    else:
        folder = freeze(work.data.datasets / arguments.dataset, work.scratch / arguments.dataset).copy
    return bundle(folder, arguments.licence, with_reviews=arguments.with_reviews)
