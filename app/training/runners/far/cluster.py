"""The far end of a training on a Ray cluster: the job's entry point, `python -m far.cluster STORAGE RUN`.

Files go through the storage that the cluster and the studio both reach: a folder
or a URL, by fsspec. A checkpoint is whole when its mark is there.

    STORAGE/views/HASH/             a dataset by its content
    STORAGE/runs/RUN/order.json     what to perform
    STORAGE/runs/RUN/base/          what it begins from
    STORAGE/runs/RUN/checkpoints/   STEP/..., and the marks `STEP.whole`
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from . import worker

MARK = "@understudy "  # begins a line of the log that is for the studio
_LOOK_S = 1.0


class Storage:
    """A folder or URL by fsspec; paths below it."""

    def __init__(self, url: str) -> None:
        from fsspec.core import url_to_fs

        self._files, root = url_to_fs(os.path.expanduser(url))
        self._root = root.rstrip("/")

    def has(self, name: str) -> bool:
        return self._files.exists(f"{self._root}/{name}")

    def read(self, name: str) -> bytes:
        return self._files.cat_file(f"{self._root}/{name}")

    def write(self, name: str, body: bytes) -> None:
        self._files.makedirs(f"{self._root}/{name}".rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(f"{self._root}/{name}", body)

    def put(self, folder: Path, name: str) -> None:
        """A folder's files, links followed; the mark `NAME.whole` comes last."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                target = f"{self._root}/{name}/{path.relative_to(folder)}"
                self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._files.put_file(str(path), target)
        self.write(f"{name}.whole", b"")

    def get(self, name: str, folder: Path) -> None:
        """The files of `name`, into a folder that is whole or not there."""
        coming = folder.with_name(f".{folder.name}.{os.getpid()}.coming")
        shutil.rmtree(coming, ignore_errors=True)
        base = f"{self._root}/{name}"
        for path in self._files.find(base):
            target = coming / path[path.index(base) + len(base) + 1 :]
            target.parent.mkdir(parents=True, exist_ok=True)
            self._files.get_file(path, str(target))
        shutil.rmtree(folder, ignore_errors=True)
        coming.rename(folder)

    def forget(self, run: str, view: str) -> str:
        """Remove a run, and its view unless another run's order names it; says what became of the view."""
        self._remove(f"runs/{run}")
        self._files.invalidate_cache()
        if any(self._order_of(name).get("view") == view for name in self._names("runs")):
            return worker.KEPT
        self._remove(f"views/{view}.whole")  # the mark first: half a view is none
        self._remove(f"views/{view}")
        return worker.GONE

    def _order_of(self, run: str) -> dict[str, Any]:
        name = f"runs/{run}/order.json"
        return json.loads(self.read(name)) if self.has(name) else {}

    def _remove(self, name: str) -> None:
        if self.has(name):
            self._files.rm(f"{self._root}/{name}", recursive=True)

    def _names(self, name: str) -> list[str]:
        if not self.has(name):
            return []
        return [
            str(path).rstrip("/").rpartition("/")[2] for path in self._files.ls(f"{self._root}/{name}", detail=False)
        ]

    def whole(self, name: str) -> list[str]:
        """What below `name` was put to its end."""
        self._files.invalidate_cache()
        names = self._names(name)
        return sorted(one.removesuffix(".whole") for one in names if one.endswith(".whole"))


def perform(storage: Storage, name: str, home: Path) -> int:
    """Train, hand each checkpoint over as it appears, and end as lerobot-train did."""
    order = json.loads(storage.read(f"runs/{name}/order.json"))
    run = prepare(storage, name, home, order)
    child = subprocess.Popen(
        [word.replace(worker.RUN, str(run)) for word in order["command"]],
        env={**os.environ, **{key: value.replace(worker.RUN, str(run)) for key, value in order["environment"].items()}},
        cwd=run,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    reader = threading.Thread(target=_repeat, args=(child.stdout,))
    reader.start()
    meter = worker.Meter(child.pid)
    while reader.is_alive():
        reader.join(_LOOK_S)
        if child.poll() is None:
            print(MARK + json.dumps({"use": meter.look()}), flush=True)
        _hand_over(storage, name, run)
    status = child.wait()
    _hand_over(storage, name, run)
    shutil.rmtree(run, ignore_errors=True)  # all of it is in the storage; the view stays for the next run here
    print(MARK + json.dumps({"ended": status}), flush=True)
    return 0 if status == 0 else 1


def prepare(storage: Storage, name: str, home: Path, order: dict[str, Any]) -> Path:
    """The run's folder on this node, with its view, what it begins from and where it goes on."""
    run, view = home / "runs" / name, home / "views" / order["view"]
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir(parents=True)
    if not view.is_dir():
        view.parent.mkdir(parents=True, exist_ok=True)
        storage.get(f"views/{order['view']}", view)
    (run / "view").symlink_to(view)
    if order["base"]:
        storage.get(f"runs/{name}/base", run / "base")
    if order["resume"]:
        folder = run / "train/checkpoints" / order["resume"]
        folder.parent.mkdir(parents=True)
        storage.get(f"runs/{name}/checkpoints/{order['resume']}", folder)
        worker.mark_last(folder)
    return run


def _repeat(stream: Any) -> None:
    for line in worker.lines_of(stream):
        print(line.decode(errors="replace"), flush=True)


def _hand_over(storage: Storage, name: str, run: Path) -> None:
    there = storage.whole(f"runs/{name}/checkpoints")
    for step in worker.checkpoints(run):
        folder = worker.checkpoint(run, step)
        if folder.name not in there:
            storage.put(folder, f"runs/{name}/checkpoints/{folder.name}")


if __name__ == "__main__":
    default = os.environ.get("UNDERSTUDY_FAR_HOME", "~/.cache/understudy")
    sys.exit(perform(Storage(sys.argv[1]), sys.argv[2], Path(default).expanduser()))
