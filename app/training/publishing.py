"""Sends a run's checkpoint to the Hub, where `from_pretrained` finds it, with its model card. In the job's child."""

from __future__ import annotations

from pathlib import Path

from app.curation import Item
from app.curation.publishing import send_to_hub
from app.jobs import Link, Outcome, Work
from app.training.card import card
from app.training.describing import judgement_of
from app.training.errors import RunInvalid
from app.training.folder import PRETRAINED, RunFolder, RunStore
from app.training.kinds import PublishRun

README = "README.md"
_LEFT = ("train_config.json",)  # names folders of this machine


def publish(arguments: PublishRun, work: Work) -> Outcome:
    """The job `training.publish`: a file that is there with the same content is not sent again."""
    folder = RunStore(work.data.models).open(arguments.run)
    step, checkpoint = chosen(folder, arguments.step)
    items = [
        Item(path.name, path.stat().st_size, path)
        for path in sorted((checkpoint / PRETRAINED).iterdir())
        if path.is_file() and path.name not in _LEFT
    ]
    text = card(folder, step=arguments.step, in_public=True).encode()
    items.append(Item(README, len(text), body=text))

    def tell(words: str, done: int, total: int) -> None:
        work.report(words, step=-(-done // 2**20) if total else None, steps=-(-total // 2**20) or None, unit="MiB")

    sent, url = send_to_hub(items, arguments.repo_id, "model", private=arguments.private, tell=tell)
    words = f"Step {step:,} of {arguments.run} is on the Hub as {arguments.repo_id}; {sent} of {len(items)} files sent."
    return Outcome(words, (Link("Look at it", url),), {"sent": sent, "files": len(items), "step": step})


def chosen(folder: RunFolder, step: int) -> tuple[int, Path]:
    """The checkpoint asked for, the one a person holds for the best, the best, or the last. Raises RunInvalid."""
    found = folder.checkpoints()
    wanted = step or judgement_of(folder).best or max(found, default=0)
    if wanted not in found:
        raise RunInvalid(f"{folder.name} has no checkpoint of step {wanted}.", todo="Choose one that it has.")
    return wanted, found[wanted]
