"""The edits themselves, in the job's child: frozen source in, LeRobot's tools or ours over it, proof, swap."""

from __future__ import annotations

import logging
import uuid as uuids
from collections.abc import Sequence
from pathlib import Path

from app.curation.arguments import Delete, Merge, RenameTask, Split, Trim
from app.curation.carry import carry_studio, inherit_reviews
from app.curation.lerobot_tools import Tools
from app.curation.merging import differences
from app.curation.proof import Kept, prove
from app.curation.refusals import chosen, cuts_of, parts_of
from app.datasets import (
    Cut,
    Dataset,
    Episode,
    Source,
    conform_rows,
    editing,
    freeze,
    put_in_place,
    real_copy,
    settle,
    trim,
)
from app.jobs import Link, Outcome, Work

log = logging.getLogger(__name__)


def split(arguments: Split, work: Work) -> Outcome:
    """One new dataset a part; the source is not touched."""
    source = _frozen(work, arguments.dataset)
    frozen = _named(source)
    parts = parts_of(arguments, frozen)
    episodes = frozen.episodes()
    made = work.scratch / "made"
    Tools(work).split(source.copy, {name: group.episodes for name, group in parts.items()}, made)
    for name, group in parts.items():
        _finish(made / name, [source.copy], [episodes[index] for index in group.episodes])
        work.report("Comparing with the source")
        prove(made / name, [Kept(source.copy, old, new) for new, old in enumerate(group.episodes)])
    for name in parts:
        settle(made / name, work.data.datasets / name)
    counts = ", ".join(f"{name} with {len(group.episodes)}" for name, group in parts.items())
    return Outcome(f"{arguments.dataset} was split: {counts} episodes.", _links(*parts), {"datasets": list(parts)})


def delete(arguments: Delete, work: Work) -> Outcome:
    folder = work.data.datasets / arguments.dataset
    with editing(folder):
        source = _frozen(work, arguments.dataset)
        frozen = _named(source)
        gone = chosen(arguments, frozen)
        stay = [episode for episode in frozen.episodes() if episode.index not in set(gone)]
        made = work.scratch / "made"
        Tools(work).delete(source.copy, gone, made)
        _finish(made, [], stay)
        work.report("Comparing with the source")
        prove(made, [Kept(source.copy, episode.index, new) for new, episode in enumerate(stay)])
        entry = put_in_place(source, made, f"Before {len(gone)} episodes were deleted", work.file.user)
    words = f"{len(gone)} episodes were deleted from {arguments.dataset}; what was there before is in the trash."
    return Outcome(words, _links(arguments.dataset), {"deleted": len(gone), "trash": entry})


def merge(arguments: Merge, work: Work) -> Outcome:
    sources = [_frozen(work, name) for name in arguments.datasets]
    tools = Tools(work)
    heads = {source.folder.name: source.head for source in sources}
    folders = [source.copy for source in sources]
    if differences(heads):
        codec = str(sources[0].head.codec)
        folders = [
            _encoded(source, codec, work, tools) if source.head != sources[0].head else source.copy
            for source in sources
        ]
    episodes = [Dataset.open(source.copy).episodes() for source in sources]
    made = work.scratch / "made"
    tools.merge(folders, made)
    left_out = _finish(made, [source.copy for source in sources], [one for part in episodes for one in part])
    work.report("Comparing with the sources")
    pairs = [(source.copy, episode.index) for source, part in zip(sources, episodes, strict=True) for episode in part]
    prove(made, [Kept(folder, old, new) for new, (folder, old) in enumerate(pairs)])
    settle(made, work.data.datasets / arguments.name)
    words = f"{arguments.name} has the {len(pairs)} episodes of {', '.join(arguments.datasets)}."
    if left_out:
        words += f" Left out: {'; '.join(left_out)}."
    return Outcome(words, _links(arguments.name), {"episodes": len(pairs)})


def rename_task(arguments: RenameTask, work: Work) -> Outcome:
    folder = work.data.datasets / arguments.dataset
    with editing(folder):
        source = _frozen(work, arguments.dataset)
        episodes = _named(source).episodes()
        made = work.scratch / "made"
        real_copy(source.copy, made, ("data", "meta"))
        Tools(work).rename_tasks(made, {arguments.old: arguments.new})
        _finish(made, [], episodes)
        work.report("Comparing with the source")
        prove(made, [Kept(source.copy, episode.index, episode.index) for episode in episodes])
        entry = put_in_place(source, made, "Before a task was renamed", work.file.user)
    count = sum(arguments.old in episode.tasks for episode in episodes)
    return Outcome(f"{count} episodes have the task “{arguments.new}”.", _links(arguments.dataset), {"trash": entry})


def trim_episodes(arguments: Trim, work: Work) -> Outcome:
    folder = work.data.datasets / arguments.dataset
    with editing(folder):
        source = _frozen(work, arguments.dataset)
        episodes = _named(source).episodes()
        cuts = [Cut(*cut, str(uuids.uuid4())) for cut in cuts_of(arguments, _named(source))]
        made = work.scratch / "made"
        made.mkdir()
        trim(source.copy, made, cuts, lambda words, step, steps: work.report(words, step=step, steps=steps))
        work.report("Comparing with the source")
        prove(made, [_kept(source, episode, cuts) for episode in episodes])
        parents, children = _named(source).keys(), Dataset.open(made).keys()
        said = {parents[cut.episode]: (children[cut.episode], cut.start, cut.stop) for cut in cuts}
        inherit_reviews(folder, said)
        entry = put_in_place(source, made, "Before a trim", work.file.user)
    rows = sum(episodes[cut.episode].length - (cut.stop - cut.start) for cut in cuts)
    what = f"episode {cuts[0].episode + 1}" if len(cuts) == 1 else f"{len(cuts)} episodes"
    links = tuple(
        Link(f"Episode {cut.episode + 1}", f"/datasets/{arguments.dataset}/episodes/{cut.episode}") for cut in cuts[:4]
    )
    return Outcome(f"{rows} rows were cut off {what}.", links, {"rows": rows, "trash": entry})


def _frozen(work: Work, name: str) -> Source:
    work.report(f"Freezing {name}")
    return freeze(work.data.datasets / name, work.scratch / "source" / name)


def _named(source: Source) -> Dataset:
    return Dataset.open(source.copy)


def _kept(source: Source, episode: Episode, cuts: Sequence[Cut]) -> Kept:
    for cut in cuts:
        if cut.episode == episode.index:
            return Kept(source.copy, cut.episode, cut.episode, cut.start, cut.stop - cut.start, cut.uuid)
    return Kept(source.copy, episode.index, episode.index)


def _finish(made: Path, sources: Sequence[Path], episodes: Sequence[Episode]) -> list[str]:
    """The studio's columns put back by uuid, and its files; what could not be carried over, in words."""
    conform_rows(made)
    if any(episode.has_facts for episode in episodes):
        Dataset.open(made).reattach({new: episode.facts for new, episode in enumerate(episodes)})
    return carry_studio(sources, made, set(Dataset.open(made).keys())) if sources else []


def _encoded(source: Source, codec: str, work: Work, tools: Tools) -> Path:
    """A copy of the source with its videos in another codec."""
    work.report(f"Encoding {source.folder.name} again as {codec}")
    copy = work.scratch / "encoded" / source.folder.name
    real_copy(source.copy, copy, ("videos", "meta"))
    tools.encode_again(copy, codec)
    return copy


def _links(*names: str) -> tuple[Link, ...]:
    return tuple(Link(name, f"/datasets/{name}") for name in names[:6])
