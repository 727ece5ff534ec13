"""A Ray cluster, through Ray Jobs: submitted, tailed and stopped by its dashboard; files go through a shared storage."""

from __future__ import annotations

import asyncio
import json
import queue
import shlex
import signal
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.training.errors import ConnectionLost, TrainingFailed
from app.training.folder import BASE, RunFolder
from app.training.hub import view_hash
from app.training.models import Run
from app.training.runners import far
from app.training.runners.elsewhere import PATIENCE_S, RETRY_S, order_of, receive, require_card
from app.training.runners.far.cluster import MARK, Storage
from app.training.runners.places import RayPlace
from app.training.runners.protocol import Tell

_KEPT = 60
_STORAGE_EVERY_S = 2.0
_STOP_S = 20.0
_OVER = ("STOPPED", "SUCCEEDED", "FAILED")


class RayRunner:
    def __init__(self, place: RayPlace) -> None:
        self._place = place

    def about(self) -> Mapping[str, Any]:
        """Its version; what its nodes have is Ray's to give out."""
        return {"ray": _client(self._place).get_version(), "cards": [""] * self._place.cards}

    def begin(self, run: Run, folder: RunFolder, tell: Tell) -> RayTraining:
        tell(f"Connecting to {self._place.words}")
        client, storage, name = _client(self._place), _storage(self._place), run.name
        kept = folder.elsewhere()
        if kept and _status(client, kept["id"]) not in (*_OVER, ""):
            return RayTraining(client, storage, folder, tell, kept, replays=True)
        _bring(storage, folder)
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
        return RayTraining(client, storage, folder, tell, kept, replays=False)

    def _send(
        self, storage: Storage, run: Run, folder: RunFolder, last: tuple[int, Path] | None, tell: Tell
    ) -> None:
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


class RayTraining:
    def __init__(
        self, client: Any, storage: Storage, folder: RunFolder, tell: Tell, kept: Mapping[str, Any], *, replays: bool
    ) -> None:
        self.first = int(kept["first"])
        self.replays = replays
        self.last: deque[str] = deque(maxlen=_KEPT)
        self._client = client
        self._storage = storage
        self._folder = folder
        self._tell = tell
        self._id = str(kept["id"])
        self._use: dict[str, Any] = {}
        self._status: int | None = None
        self._looked_at = float("-inf")
        self._lost = False

    def lines(self, wait_s: float = 1.0) -> Iterator[str | None]:
        told, since, tries = 0, time.monotonic(), 0
        while self._status is None:
            try:
                for number, line in self._tail(wait_s):
                    since, tries = time.monotonic(), 0
                    if line is None:
                        yield None
                    elif number >= told:  # a new tail begins at the log's beginning
                        told = number + 1
                        yield from self._read(line)
                self._status = self._ended()
            except OSError as error:
                if time.monotonic() - since > PATIENCE_S:
                    self._lost = True
                    raise self._give_up(error) from error
                self._tell("No connection to the cluster, trying again; it trains on there")
                yield None
                time.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
                tries += 1

    def bring(self) -> None:
        if time.monotonic() - self._looked_at > _STORAGE_EVERY_S:
            self._looked_at = time.monotonic()
            with suppress(OSError):  # the next look tries again
                _bring(self._storage, self._folder)

    def use(self) -> Mapping[str, Any]:
        return self._use

    def wait(self) -> int:
        _bring(self._storage, self._folder)
        return 1 if self._status is None else self._status

    def pause(self) -> None:
        """It has processors of its own."""

    def go_on(self) -> None:
        pass

    def end(self) -> None:
        if self._status is not None or self._lost:
            return
        with suppress(OSError, RuntimeError):
            self._client.stop_job(self._id)
            until = time.monotonic() + _STOP_S
            while _status(self._client, self._id) not in (*_OVER, "") and time.monotonic() < until:
                time.sleep(0.2)
            _bring(self._storage, self._folder)

    def _read(self, line: str) -> Iterator[str]:
        if line.startswith(MARK):
            told = json.loads(line.removeprefix(MARK))
            self._use = told.get("use", self._use)
            return
        self.last.append(line)
        yield line

    def _tail(self, wait_s: float) -> Iterator[tuple[int, str | None]]:
        """The lines with their numbers, from the log's beginning to the job's end; None when none came."""
        tail = _Tail(self._client, self._id)
        number, rest = 0, ""
        while (piece := tail.next(wait_s)) != "":
            if piece is None:
                yield number, None
                continue
            *whole, rest = (rest + piece).split("\n")
            for line in whole:
                yield number, line.rstrip("\r")
                number += 1
        if rest:
            yield number, rest

    def _ended(self) -> int | None:
        """None while it runs: the tail alone has ended. Raises OSError, TrainingFailed."""
        match _status(self._client, self._id):
            case "SUCCEEDED":
                return 0
            case "STOPPED":
                return -signal.SIGTERM
            case "FAILED":
                self.last.append(str(self._client.get_job_info(self._id).message or ""))
                return 1
            case "":
                raise TrainingFailed(
                    "The cluster does not know this job any more; it was started anew, perhaps.",
                    todo="Resume: it goes on from the last checkpoint that came back.",
                    code="job_lost",
                )
        return None

    def _give_up(self, error: OSError) -> ConnectionLost:
        return ConnectionLost(
            f"The cluster could not be reached for {PATIENCE_S / 60:.0f} minutes ({error}). It may train on there.",
            todo="When it can be reached again, resume: it is found where it is then.",
        )


class _Tail:
    """Ray's own tail of a job's log, in a thread: pieces of text, None when none came in time, "" at the end."""

    def __init__(self, client: Any, id_: str) -> None:
        self._queue: queue.Queue[str | BaseException] = queue.Queue()
        threading.Thread(target=self._run, args=(client, id_), name="ray-log", daemon=True).start()

    def next(self, wait_s: float) -> str | None:
        """Raises OSError when the connection broke."""
        try:
            found = self._queue.get(timeout=wait_s)
        except queue.Empty:
            return None
        if isinstance(found, BaseException):
            raise OSError(str(found)) from found
        return found

    def _run(self, client: Any, id_: str) -> None:
        async def follow() -> None:
            async for piece in client.tail_job_logs(id_):
                if piece:
                    self._queue.put(piece)

        try:
            asyncio.run(follow())
            self._queue.put("")
        except Exception as error:  # whatever a client of HTTP raises: the caller tries again
            self._queue.put(error)


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


def _bring(storage: Storage, folder: RunFolder) -> None:
    """Fetch the checkpoints that are whole there and not here."""
    base = f"runs/{folder.name}/checkpoints"
    here = folder.checkpoints()
    for name in storage.whole(base):
        if int(name) not in here:
            receive(folder, int(name), lambda place, name=name: storage.get(f"{base}/{name}", place))  # type: ignore[misc]


def _all_but_far() -> list[str]:
    """Ray sends a whole folder: what of it stays here."""
    beside = Path(far.__file__).parent
    return [path.name for path in beside.parent.iterdir() if path != beside]
