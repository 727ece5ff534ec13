"""Hugging Face Jobs, through LeRobot's own `--job.target`: it submits, and we follow.

The view travels under its content's name and not twice. Checkpoints come back
through the model repository, to which LeRobot pushes each one whole, as one commit.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.curation import Item
from app.curation.publishing import send_to_hub
from app.training.causes import failure
from app.training.command import MODULE
from app.training.errors import TrainingFailed
from app.training.folder import RunFolder
from app.training.hub import dataset_name, hub_options
from app.training.models import Run
from app.training.runners.elsewhere import receive
from app.training.runners.local import LocalTraining, require_lerobot
from app.training.runners.places import HubPlace
from app.training.runners.protocol import Tell
from app.training.runners.tailed import TailedTraining

_SUBMITTED = re.compile(r"Job submitted: (\S+)")
_REPO = re.compile(r"Model repo:\s+https?://[^/]+/(\S+)")
_OVER = ("COMPLETED", "CANCELED", "ERROR", "DELETED")


class HubRunner:
    def __init__(self, place: HubPlace) -> None:
        self._place = place

    def about(self) -> Mapping[str, Any]:
        return {"user": _user(_api(), self._place), "flavour": self._place.flavour}

    def forget(self, name: str, view: str, id_: str) -> str:
        """Nothing there is deleted by us (runners/leaving.py says how to)."""
        return "what lies on the Hub stays"

    def begin(self, run: Run, folder: RunFolder, tell: Tell) -> TailedTraining:
        require_lerobot()
        api = _api()
        kept = folder.elsewhere()
        job = HubJob(api, kept["id"], kept["repo"], self._place.words) if kept else None
        replays = job is not None and not job.status()  # it runs, or was done while nobody looked
        if job is not None and not replays:
            job.bring(folder)
        if not replays:
            kept = self._submit(run, folder, api, tell)
            folder.keep_elsewhere(kept)
        job = HubJob(api, kept["id"], kept["repo"], self._place.words)
        return TailedTraining(job, folder, tell, first=int(kept["first"]), replays=replays)

    def _submit(self, run: Run, folder: RunFolder, api: Any, tell: Tell) -> dict[str, Any]:
        """The view goes there unless its content is there; then LeRobot submits: a child, because it imports torch."""
        last, user = folder.last_checkpoint(), _user(api, self._place)
        self._send_view(run, folder, api, user, tell)
        tell("Submitting to Hugging Face Jobs")
        place, resume = self._place, last[1] if last else None
        options = hub_options(
            run, folder.path, user=user, target=place.flavour, timeout=place.timeout, resume_from=resume
        )
        command = [sys.executable, "-P", "-m", MODULE, *options, "--job.detach=true"]
        environment = {"PYTHONUNBUFFERED": "1"}
        kept: dict[str, Any] = {"first": last[0] if last else 0}
        client = LocalTraining(command, environment, folder.path)
        try:
            for line in client.lines():
                print(line or "", end="\n" if line else "", flush=True)
                for name, pattern in (("id", _SUBMITTED), ("repo", _REPO)):
                    if name not in kept and (found := pattern.search(line or "")):
                        kept[name] = found.group(1)
            status = client.wait()
        finally:
            client.end()
        if status or "id" not in kept or "repo" not in kept:
            raise failure(status, list(client.last))
        return kept

    def _send_view(self, run: Run, folder: RunFolder, api: Any, user: str, tell: Tell) -> None:
        name = dataset_name(run, user)
        with suppress(Exception):  # not there, or not to be asked: sending says why
            if "meta/info.json" in api.list_repo_files(name, repo_type="dataset"):  # it is sent last
                return
        paths = sorted(path for path in folder.view.rglob("*") if path.is_file())
        items = [Item(str(path.relative_to(folder.view)), path.stat().st_size, path) for path in paths]

        def sending(words: str, done: int, total: int) -> None:
            tell(f"{words}: {done / 2**20:.0f} of {total / 2**20:.0f} MiB" if total else words)

        send_to_hub(items, name, "dataset", private=True, tell=sending)


class HubJob:
    """One job of Hugging Face Jobs, and the model repository that its checkpoints go to."""

    bring_every_s = 10.0

    def __init__(self, api: Any, id_: str, repo: str, words: str) -> None:
        self.words = words
        self._api = api
        self._id = id_
        self._repo = repo

    def tail(self) -> Iterator[str]:
        for piece in self._api.fetch_job_logs(job_id=self._id, follow=True):
            yield from (line for line in piece.replace("\r", "\n").split("\n") if line.strip())

    def status(self) -> int | None:
        try:
            stage = self._api.inspect_job(job_id=self._id).status.stage
        except Exception as error:  # the client's errors are many
            raise OSError(_without_token(self._api, error)) from None
        stage = str(getattr(stage, "value", stage))
        return None if stage not in _OVER else 0 if stage == "COMPLETED" else 1

    def why(self) -> str:
        with suppress(Exception):
            return str(self._api.inspect_job(job_id=self._id).status.message or "")
        return ""

    def bring(self, folder: RunFolder) -> None:
        here = folder.checkpoints()
        try:
            for name in sorted(_checkpoints(self._api, self._repo)):
                if int(name) not in here:
                    receive(folder, int(name), lambda place, name=name: self._fetch(name, place))  # type: ignore[misc]
        except Exception as error:
            raise OSError(_without_token(self._api, error)) from None

    def stop(self) -> None:
        try:
            self._api.cancel_job(job_id=self._id)
        except Exception as error:
            raise OSError(_without_token(self._api, error)) from None

    def _fetch(self, name: str, place: Path) -> None:
        pattern = f"checkpoints/{name}/*"
        self._api.snapshot_download(self._repo, allow_patterns=pattern, local_dir=place / ".coming")
        for path in (place / ".coming/checkpoints" / name).iterdir():
            path.rename(place / path.name)
        shutil.rmtree(place / ".coming")


def _checkpoints(api: Any, repo: str) -> set[str]:
    """Each is one commit, so what is there is whole."""
    names = [name.split("/") for name in api.list_repo_files(repo)]
    return {parts[1] for parts in names if len(parts) > 2 and parts[0] == "checkpoints" and parts[1].isdecimal()}


def _api() -> Any:
    import huggingface_hub

    token = huggingface_hub.get_token()
    if not token:
        raise TrainingFailed(
            "No token of the Hugging Face Hub was found on this machine.",
            todo="Sign in with `hf auth login` in this machine's terminal, or set HF_TOKEN for the studio.",
            code="not_signed_in",
        )
    return huggingface_hub.HfApi(token=token)


def _user(api: Any, place: HubPlace) -> str:
    if place.user:
        return place.user
    try:
        return str(api.whoami()["name"])
    except Exception as error:  # the client's errors are many; none may show the token
        raise TrainingFailed(
            f"The Hugging Face Hub does not answer ({type(error).__name__}).",
            todo="Look at the network, and sign in again with `hf auth login`.",
            code="network",
        ) from None


def _without_token(api: Any, error: Exception) -> str:
    return str(error).replace(str(api.token), "(token)")[:300]
