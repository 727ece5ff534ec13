"""What a run leaves on another machine when it is deleted here: what is removed there too, what stays, and how to."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.training.hub import dataset_name, view_hash
from app.training.models import Run
from app.training.runners.places import Here, HubPlace, RayPlace, SshPlace, place_of

SSH_FOLDER = ".cache/understudy"  # in the home there, where a place names none


@dataclass(frozen=True)
class Leaving:
    """`removed`: a job removes it when the run is deleted. `command` does it by hand; "" where nothing is left."""

    removed: bool
    words: str
    command: str = ""


def leaving(run: Run, kept: Mapping[str, Any], *, begun: bool, known: bool) -> Leaving:
    """`kept` is the run's elsewhere.json, `known` whether its place is kept still."""
    place = place_of(run.runner)
    if isinstance(place, Here) or not begun:
        return Leaving(False, "")
    if isinstance(place, HubPlace):
        return _on_the_hub(run, place, kept)
    command = _by_hand(run, place)
    dataset = "the copy of the dataset there goes too unless another run uses it"
    if not known:
        words = f"{place.words} is not among the places any more, so what lies there stays. Remove it by hand:"
        return Leaving(False, words, command)
    return Leaving(True, f"Its files on {place.words} are removed by a job; {dataset}. By hand:", command)


def _by_hand(run: Run, place: SshPlace | RayPlace) -> str:
    if isinstance(place, RayPlace):
        folder = f"{place.storage}/runs/{run.name}"
        if "://" in place.storage:
            return shlex.join(["python", "-c", f"import fsspec; fsspec.open({folder!r}).fs.rm({folder!r}, True)"])
        return shlex.join(["rm", "-r", folder])
    at = f"{place.user}@{place.host}" if place.user else place.host
    port = [f"-p{place.port}"] if place.port else []
    there = shlex.join(["rm", "-r", f"{place.folder or SSH_FOLDER}/runs/{run.name}"])
    return shlex.join(["ssh", *port, at, there])


def _on_the_hub(run: Run, place: HubPlace, kept: Mapping[str, Any]) -> Leaving:
    """Others may have its name, so nothing there is deleted by us."""
    repo = str(kept.get("repo") or f"{place.user or 'YOUR-ACCOUNT'}/{run.name}")
    dataset = dataset_name(run, repo.partition("/")[0])
    words = (
        f"On the Hugging Face Hub its checkpoints ({repo}) and its private dataset ({dataset}, which other runs on the "
        "same episodes share) stay, for others may use them. Delete them there:"
    )
    return Leaving(False, words, f"hf repos delete {repo}\nhf repos delete --type dataset {dataset}")


def order_to_forget(run: Run, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the job that removes it."""
    return {"run": run.name, "on": run.runner, "view": view_hash(run), "id": str(kept.get("id", ""))}
