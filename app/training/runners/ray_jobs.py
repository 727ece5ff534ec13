"""A Ray cluster, through Ray Jobs: submitted, tailed and stopped by its dashboard; files go through shared storage."""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.training.errors import TrainingFailed
from app.training.folder import BASE, RunFolder
from app.training.hub import view_hash
from app.training.models import Run
from app.training.runners import far
from app.training.runners.elsewhere import order_of, receive, require_card
from app.training.runners.far.cluster import Storage
from app.training.runners.places import RayPlace
from app.training.runners.protocol import Tell
from app.training.runners.tailed import TailedTraining


class RayRunner:
    def __init__(self, place: RayPlace) -> None:
        self._place = place

    def about(self) -> Mapping[str, Any]:
        """Its version; what its nodes have is Ray's to give out. The client's `get_version` is its interface's, "4"."""
        told = _client(self._place)._do_request("GET", "/api/version").json()
        return {"ray": told["ray_version"], "cards": [""] * self._place.cards}

    def forget(self, name: str, view: str, id_: str) -> str:
        """The nodes keep views of their own, which they clear with their cache; runs they clear themselves."""
        client, storage = _client(self._place), _storage(self._place)
        if id_ and _status(client, id_) in ("PENDING", "RUNNING"):
            RayJob(client, storage, id_, self._place.words).stop()
        return storage.forget(name, view)

    def begin(self, run: Run, folder: RunFolder, tell: Tell) -> TailedTraining:
        tell(f"Connecting to {self._place.words}")
        client, storage, name = _client(self._place), _storage(self._place), run.name
        kept = folder.elsewhere()
        if kept and _status(client, kept["id"]) not in ("STOPPED", "FAILED", ""):  # runs, or was done meanwhile
            return self._training(client, storage, folder, tell, kept, replays=True)
        RayJob(client, storage, "", "").bring(folder)
        require_card(run, self._place.cards, self._place.words)
        last = folder.last_checkpoint()
        self._send(storage, run, folder, last, tell)
        entry = shlex.join([self._place.python, "-m", "far.cluster", self._place.storage, name])
        submitted = client.submit_job(
            entrypoint=entry,
            runtime_env={"working_dir": str(Path(far.__file__).parent.parent), "excludes": _all_but_far()},
            metadata={"understudy": name},
            entrypoint_num_gpus=self._place.cards or None,
        )
        kept = {"id": submitted, "first": last[0] if last else 0}
        folder.keep_elsewhere(kept)
        return self._training(client, storage, folder, tell, kept, replays=False)

    def _training(
        self, client: Any, storage: Storage, folder: RunFolder, tell: Tell, kept: Mapping[str, Any], *, replays: bool
    ) -> TailedTraining:
        job = RayJob(client, storage, str(kept["id"]), self._place.words)
        return TailedTraining(job, folder, tell, first=int(kept["first"]), replays=replays)

    def _send(self, storage: Storage, run: Run, folder: RunFolder, last: tuple[int, Path] | None, tell: Tell) -> None:
        """The view unless its content is there, what it begins from, where it goes on, and the order."""
        view, there = view_hash(run), f"runs/{run.name}"
        if view not in storage.whole("views"):
            tell(f"Sending the dataset to {self._place.storage}")
            storage.put(folder.view, f"views/{view}")
        if folder.base.is_dir() and BASE not in storage.whole(there):
            tell(f"Sending what it begins from to {self._place.storage}")
            storage.put(folder.base, f"{there}/{BASE}")
        if last is not None and last[1].name not in storage.whole(f"{there}/checkpoints"):
            storage.put(last[1], f"{there}/checkpoints/{last[1].name}")
        order = order_of(run, self._place.python, last)
        more = {"resume": last[1].name if last else "", "base": folder.base.is_dir()}
        storage.write(f"{there}/order.json", json.dumps(order | more).encode())


class RayJob:
    """One job, by its dashboard."""

    bring_every_s = 2.0

    def __init__(self, client: Any, storage: Storage, id_: str, words: str) -> None:
        self.words = words
        self._client = client
        self._storage = storage
        self._id = id_

    def tail(self) -> Iterator[str]:
        tail, loop, rest = self._client.tail_job_logs(self._id), asyncio.new_event_loop(), ""
        try:
            with suppress(StopAsyncIteration):
                while True:
                    *whole, rest = (rest + (loop.run_until_complete(anext(tail)) or "")).split("\n")
                    yield from (line.rstrip("\r") for line in whole)
            if rest:
                yield rest
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def status(self) -> int | None:
        match _status(self._client, self._id):
            case "SUCCEEDED":
                return 0
            case "STOPPED":
                return -signal.SIGTERM
            case "FAILED":
                return 1
            case "":
                raise TrainingFailed(
                    "The cluster does not know this job any more; it was started anew, perhaps.",
                    todo="Resume: it goes on from the last checkpoint that came back.",
                    code="job_lost",
                )
        return None

    def why(self) -> str:
        return str(self._client.get_job_info(self._id).message or "")

    def bring(self, folder: RunFolder) -> None:
        base = f"runs/{folder.name}/checkpoints"
        here = folder.checkpoints()
        for name in self._storage.whole(base):
            if int(name) not in here:
                receive(folder, int(name), lambda place, name=name: self._storage.get(f"{base}/{name}", place))  # type: ignore[misc]

    def stop(self) -> None:
        try:
            self._client.stop_job(self._id)
        except RuntimeError as error:
            raise OSError(str(error)) from error


def _client(place: RayPlace) -> Any:
    try:
        from ray.job_submission import JobSubmissionClient
    except ImportError as error:
        raise TrainingFailed(
            "Ray is not installed.", todo="./understudy install ray, then start it again.", code="ray_missing"
        ) from error
    try:
        return JobSubmissionClient(place.address)
    except (OSError, RuntimeError) as error:
        raise TrainingFailed(
            f"No Ray cluster answers at {place.address}: {str(error)[:200]}",
            todo="Look whether its dashboard opens in a browser (port 8265), then try again.",
            code="network",
        ) from error


def _storage(place: RayPlace) -> Storage:
    try:
        return Storage(place.storage)
    except (ImportError, ValueError, OSError) as error:
        raise TrainingFailed(
            f"{place.storage} cannot be reached: {str(error)[:200]}",
            todo="Name a folder or a URL that this machine and the cluster both reach.",
            code="storage",
        ) from error


def _status(client: Any, id_: str) -> str:
    """ "" for a job that the cluster does not know. Raises OSError."""
    try:
        return str(getattr(found := client.get_job_status(id_), "value", found))
    except RuntimeError as error:
        if "does not exist" in str(error) or "404" in str(error):
            return ""
        raise OSError(str(error)) from error


def _all_but_far() -> list[str]:
    """Ray sends a whole folder: what of it stays here."""
    beside = Path(far.__file__).parent
    return [path.name for path in beside.parent.iterdir() if path != beside]
