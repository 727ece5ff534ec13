"""What is refused before there is a job: quick looks at the datasets, each answer a sentence."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.core.errors import Conflict, Refused
from app.curation.arguments import Convert, Delete, Merge, PublishHub, PublishUrl, RenameTask, Split, Trim, Verify
from app.curation.knowledge import held_out_of, proposed_cuts, verdicts_of
from app.curation.merging import differences
from app.curation.selection import REJECTED, Group, SplitBy, groups
from app.datasets import Cut, Dataset, DatasetExists, DatasetNotFound, require_cuts, require_name, version_folder
from app.datasets.tables import read_tasks
from app.storage.paths import DataFolder


class CodecsDiffer(Conflict):
    """Encoding the videos again would mend it."""

    code = "codecs_differ"


def split_parts(dataset: Dataset, by: SplitBy, *, without_rejected: bool = False) -> dict[str, Group]:
    """The parts by the names that their datasets have where none is chosen. Raises Refused."""
    verdicts = verdicts_of(dataset)
    episodes = dataset.episodes()
    if without_rejected:
        episodes = [episode for episode in episodes if verdicts.get(episode.index) != REJECTED]
    found = groups(episodes, by, verdicts, held_out_of(dataset))
    return {f"{dataset.name}-{group.name}": group for group in found}


def parts_of(arguments: Split, dataset: Dataset) -> dict[str, Group]:
    """The parts by the names of their new datasets."""
    found = split_parts(dataset, arguments.by, without_rejected=arguments.without_rejected)
    parts = {group.name for group in found.values()}
    if unknown := set(arguments.names) - parts:
        there = ", ".join(sorted(parts))
        raise Refused(f"There is no part {sorted(unknown)[0]!r}.", todo=f"The parts are: {there}.")
    return {arguments.names.get(group.name, name): group for name, group in found.items()}


def refuse_split(arguments: Split, folder: DataFolder) -> None:
    names = parts_of(arguments, _open(folder, arguments.dataset))
    if len(set(names)) < 2:
        raise Refused("Two parts have the same name.", todo="Give each its own.")
    for name in names:
        _require_free(folder, name)


def chosen(arguments: Delete, dataset: Dataset) -> list[int]:
    """The episodes to delete, in order. Raises Refused."""
    episodes = dataset.episodes()
    verdicts = verdicts_of(dataset) if arguments.rejected else {}
    wanted = set(arguments.uuids)
    missing = wanted - {episode.facts.uuid for episode in episodes}
    if missing:
        raise Refused(
            f"{len(missing)} of the chosen episodes are not in {dataset.name} any more.", todo="Choose them again."
        )
    found = {
        episode.index for episode in episodes if episode.facts.uuid in wanted or verdicts.get(episode.index) == REJECTED
    } | {index for index in arguments.episodes if dataset.episode(index)}
    if not found:
        raise Refused("No episode was chosen.", todo="Choose one, or reject one first.")
    if len(found) == len(episodes):
        raise Refused("That would delete every episode.", todo="Delete the dataset instead.")
    return sorted(found)


def refuse_delete(arguments: Delete, folder: DataFolder) -> None:
    chosen(arguments, _open(folder, arguments.dataset))


def refuse_merge(arguments: Merge, folder: DataFolder) -> None:
    _require_free(folder, arguments.name)
    if len(set(arguments.datasets)) != len(arguments.datasets):
        raise Refused("A dataset is named twice.", todo="Name each once.")
    opened = [_open(folder, name) for name in arguments.datasets]
    for one in opened:
        if one.total_episodes == 0:
            raise Refused(f"Dataset {one.name} has no episodes.", todo="Leave it out.")
    found = differences({one.name: one.head for one in opened})
    final = [difference.words for difference in found if not difference.mendable]
    if final:
        raise Refused(f"They cannot be merged: {'; '.join(final[:4])}.", todo="Merge datasets of one rig.")
    if found and not arguments.encode_again:
        words = "; ".join(difference.words for difference in found[:4])
        raise CodecsDiffer(f"Their videos differ: {words}.", todo="Have the videos encoded again, or leave it out.")


def refuse_rename_task(arguments: RenameTask, folder: DataFolder) -> None:
    tasks = read_tasks(_open(folder, arguments.dataset).folder)
    if arguments.old not in tasks:
        raise Refused(f"{arguments.dataset} has no such task.", todo=f"It has: {'; '.join(tasks[:5])}.")
    if arguments.old == arguments.new:
        raise Refused("The task already has these words.", todo="Write others.")


def cuts_of(arguments: Trim, dataset: Dataset) -> list[tuple[int, int, int]]:
    """(episode, start, stop) of every cut. Raises Refused."""
    asked = [(cut.episode, cut.start, cut.stop) for cut in arguments.cuts]
    named = {episode for episode, _, _ in asked}
    if len(named) != len(asked):
        raise Refused("An episode is cut twice.", todo="Cut each once.")
    if arguments.proposed:
        asked += [cut for cut in proposed_cuts(dataset) if cut[0] not in named]
    if not asked:
        raise Refused("There is nothing to cut.", todo="Say in a review which frames are worth keeping.")
    return sorted(asked)


def refuse_trim(arguments: Trim, folder: DataFolder) -> None:
    dataset = _open(folder, arguments.dataset)
    lengths = {episode.index: episode.length for episode in dataset.episodes()}
    require_cuts(dataset.head, lengths, [Cut(*cut, "") for cut in cuts_of(arguments, dataset)])


def refuse_verify(arguments: Verify, folder: DataFolder) -> None:
    """Anything that is a folder may be verified."""
    if not (folder.datasets / require_name(arguments.dataset)).is_dir():
        raise DatasetNotFound(f"There is no dataset {arguments.dataset}.", todo="Choose one of the list.")


def refuse_publish(arguments: PublishHub | PublishUrl, folder: DataFolder) -> None:
    """There must be something to publish, and a URL must not carry a password: it would be kept in the job's file."""
    dataset = _open(folder, arguments.dataset)
    if arguments.version:
        version_folder(folder.datasets, arguments.dataset, arguments.version)
    elif dataset.total_episodes == 0:
        raise Refused(f"Dataset {dataset.name} has no episodes yet.", todo="Record one first.")
    if isinstance(arguments, PublishUrl) and "@" in urlsplit(arguments.url).netloc:
        raise Refused(
            "The URL carries a user or password, which would be kept in the job's file.",
            todo="Put keys where the driver looks for them (AWS_ACCESS_KEY_ID, ~/.aws), and leave them out of the URL.",
        )


def refuse_convert(arguments: Convert, folder: DataFolder) -> None:
    from app.curation.old_format import require_v21

    require_v21(folder.datasets / require_name(arguments.dataset))


def _open(folder: DataFolder, name: str) -> Dataset:
    return Dataset.open(folder.datasets / require_name(name))


def _require_free(folder: DataFolder, name: str) -> None:
    if (folder.datasets / require_name(name)).exists():
        raise DatasetExists(f"There already is a dataset {name}.", todo="Choose another name.")
