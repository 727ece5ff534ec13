"""Hands a dataset on: to the Hugging Face Hub, or to any place that fsspec can write to. In the job's child.

Both work from a frozen copy, so recording goes on, and both begin by asking
what is already there: a publication that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
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
FORMAT = "v3.0"  # the tag by which LeRobot finds a revision that it can read


class NotSignedIn(StudioError):
    code = "not_signed_in"


class PublishingFailed(StudioError):
    code = "publishing_failed"


def to_hub(arguments: PublishHub, work: Work) -> Outcome:
    """Files in commits of some; a file that is there with the same content is not sent again."""
    items = _items(arguments, work)

    def tell(words: str, done: int, total: int) -> None:
        work.report(words, step=-(-done // _MIB) if total else None, steps=-(-total // _MIB) or None, unit="MiB")

    sent, made = send_to_hub(items, arguments.repo_id, "dataset", private=arguments.private, tell=tell)
    words = f"{arguments.dataset} is on the Hub as {arguments.repo_id}: {sent} of {len(items)} files were sent."
    return Outcome(words, (Link("Look at it", made),), {"sent": sent, "files": len(items)})


def send_to_hub(
    items: Sequence[Item], repo_id: str, repo_type: str, *, private: bool, tell: Callable[[str, int, int], None]
) -> tuple[int, str]:
    """How many of the files had to be sent, and the repository's URL. `tell` gets bytes done and in all.

    Raises NotSignedIn, PublishingFailed.
    """
    import huggingface_hub

    token = huggingface_hub.get_token()
    if not token:
        raise NotSignedIn(
            "No token of the Hugging Face Hub was found on this machine.",
            todo="Sign in with `hf auth login` in this machine's terminal, or set HF_TOKEN for the studio.",
        )
    try:
        return _send(huggingface_hub, token, items, repo_id, repo_type, private, tell)
    except Exception as error:  # whatever it says, the token must not be in it
        words = str(error).replace(token, "(token)")
        log.error("The Hub refused or failed: %s", words)
        raise PublishingFailed(
            f"The Hub did not take it: {words.splitlines()[0][:300] if words else type(error).__name__}",
            todo="Start it again: what arrived is not sent twice.",
        ) from None


def _send(
    hub: Any,
    token: str,
    items: Sequence[Item],
    repo_id: str,
    repo_type: str,
    private: bool,
    tell: Callable[[str, int, int], None],
) -> tuple[int, str]:
    api = hub.HfApi(token=token)
    made = api.create_repo(repo_id, repo_type=repo_type, private=private, exist_ok=True)
    tell("Asking what is already there", 0, 0)
    there = {
        one.path: (one.lfs.sha256 if one.lfs else "", one.blob_id)
        for one in api.list_repo_tree(repo_id, repo_type=repo_type, recursive=True)
        if hasattr(one, "blob_id")
    }
    left = [item for item in items if not _same(item, there.get(item.name))]
    total = max(1, sum(item.size for item in items))
    done = total - sum(item.size for item in left)
    for batch in _batches(left):
        tell("Sending to the Hub", done, total)
        operations = [
            hub.CommitOperationAdd(item.name, item.body if item.path is None else str(item.path)) for item in batch
        ]
        api.create_commit(repo_id, operations, repo_type=repo_type, commit_message=f"Add {len(batch)} files")
        done += sum(item.size for item in batch)
    if repo_type == "dataset" and left:  # without it LeRobot does not load the dataset from the Hub
        with suppress(hub.errors.RevisionNotFoundError):
            api.delete_tag(repo_id, tag=FORMAT, repo_type=repo_type)
        api.create_tag(repo_id, tag=FORMAT, repo_type=repo_type, exist_ok=True)
    tell("Sending to the Hub", total, total)
    return len(left), str(made)


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
