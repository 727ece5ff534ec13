"""A disk that logs every operation, and the worlds that power loss at any of them may leave."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from app.datasets.disk import Disk, DiskFile


@dataclass(frozen=True)
class Operation:
    """One entry of the log; `mark` is a note of the test itself."""

    kind: str
    path: str = ""
    other: str = ""
    data: bytes = b""
    offset: int = 0
    mark: object = None


class LoggingFile(DiskFile):
    def __init__(self, path: Path, disk: LoggingDisk) -> None:
        super().__init__(path)
        self._disk = disk
        disk.log("create", path)

    def write(self, data: bytes | memoryview) -> int:
        count = super().write(data)
        self._disk.log("write", self.path, data=bytes(data))
        return count

    def patch(self, offset: int, data: bytes) -> None:
        super().patch(offset, data)
        self._disk.log("patch", self.path, data=data, offset=offset)

    def sync(self) -> None:
        self._disk.log("sync", self.path)


class LoggingDisk(Disk):
    """Does everything on the real disk, but for the syncing, and remembers it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._guard = threading.Lock()
        self.operations: list[Operation] = []

    def log(self, kind: str, path: Path, other: Path | None = None, data: bytes = b"", offset: int = 0) -> None:
        with self._guard:
            self.operations.append(Operation(kind, self._name(path), self._name(other) if other else "", data, offset))

    def mark(self, note: object) -> None:
        """Note that the writer has promised something: it returned from a call."""
        with self._guard:
            self.operations.append(Operation("mark", mark=note))

    def create(self, path: Path) -> DiskFile:
        return LoggingFile(path, self)

    def append(self, path: Path, data: bytes) -> None:
        new = not path.exists()
        super().append(path, data)
        if new:
            self.log("create", path)
        self.log("write", path, data=data)
        self.log("sync", path)

    def sync_file(self, path: Path) -> None:
        if path.is_dir():
            self.log("sync_folder", path)
        else:
            self.log("content", path, data=path.read_bytes())
            self.log("sync", path)

    def new_folder(self, path: Path) -> None:
        super().new_folder(path)
        self.log("folder", path)

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self.log("rename", source, target)

    def link(self, source: Path, target: Path) -> None:
        super().link(source, target)
        self.log("link", source, target)

    def exchange(self, one: Path, other: Path) -> bool:
        done = super().exchange(one, other)
        if done:
            self.log("exchange", one, other)
        return done

    def remove(self, path: Path) -> None:
        super().remove(path)
        self.log("remove", path)

    def _name(self, path: Path) -> str:
        return os.path.relpath(os.path.abspath(path), self._root)


@dataclass
class _File:
    now: bytearray = field(default_factory=bytearray)
    durable: bytes | None = None


@dataclass
class _Folder:
    now: dict[str, _File | _Folder] = field(default_factory=dict)
    durable: dict[str, _File | _Folder] = field(default_factory=dict)


class ModelDisk:
    """What a disk holds after some operations: now, and durably.

    Content is durable after `sync`, names after `sync_folder` of their folder.
    """

    def __init__(self) -> None:
        self._root = _Folder()

    def apply(self, operation: Operation) -> None:
        match operation.kind:
            case "mark":
                pass
            case "create" | "write" | "content" | "patch" | "sync":
                self._apply_to_content(operation)
            case _:
                self._apply_to_names(operation)

    def _apply_to_content(self, operation: Operation) -> None:
        match operation.kind:
            case "create":
                self._put(operation.path, _File())
            case "write":
                self._file(operation.path).now.extend(operation.data)
            case "content":
                self._write_content(operation)
            case "patch":
                end = operation.offset + len(operation.data)
                self._file(operation.path).now[operation.offset : end] = operation.data
            case "sync":
                file = self._file(operation.path)
                file.durable = bytes(file.now)

    def _apply_to_names(self, operation: Operation) -> None:
        match operation.kind:
            case "folder":
                self._put(operation.path, _Folder())
            case "sync_folder":
                folder = self._folder(operation.path)
                folder.durable = dict(folder.now)
            case "rename":
                node = self._take(operation.path)
                if node is not None:
                    self._put(operation.other, node)
            case "link":
                self._put(operation.other, self._file(operation.path))
            case "exchange":
                one, other = self._take(operation.path), self._take(operation.other)
                assert one is not None
                assert other is not None
                self._put(operation.path, other)
                self._put(operation.other, one)
            case "remove":
                self._take(operation.path)
            case _:
                raise AssertionError(operation.kind)

    def write_to(self, target: Path, *, names: str) -> None:
        """Lay out the world after power loss.

        "durable": nothing that was not synced, neither names nor content.
        "now": every name survived, the content of what was not synced did not.
        "zeros": the same, but files have their full length, with zeros in it.
        """
        self._lay_out(self._root, target, names)

    def _lay_out(self, folder: _Folder, target: Path, names: str) -> None:
        target.mkdir(parents=True, exist_ok=True)
        entries = folder.durable if names == "durable" and folder is not self._root else folder.now
        for name, node in entries.items():
            if isinstance(node, _Folder):
                self._lay_out(node, target / name, names)
            else:
                durable = node.durable or b""
                zeros = max(0, len(node.now) - len(durable)) if names == "zeros" else 0
                (target / name).write_bytes(durable + b"\0" * zeros)

    def _write_content(self, operation: Operation) -> None:
        folder, name = self._parent(operation.path)
        node = folder.now.setdefault(name, _File())
        assert isinstance(node, _File)
        node.now[:] = operation.data

    def _parent(self, path: str) -> tuple[_Folder, str]:
        parts = Path(path).parts
        folder = self._root
        for part in parts[:-1]:
            node = folder.now[part]
            assert isinstance(node, _Folder), path
            folder = node
        return folder, parts[-1]

    def _put(self, path: str, node: _File | _Folder) -> None:
        folder, name = self._parent(path)
        folder.now[name] = node

    def _take(self, path: str) -> _File | _Folder | None:
        try:
            folder, name = self._parent(path)
        except KeyError:
            return None
        return folder.now.pop(name, None)

    def _file(self, path: str) -> _File:
        folder, name = self._parent(path)
        node = folder.now[name]
        assert isinstance(node, _File), path
        return node

    def _folder(self, path: str) -> _Folder:
        if path == ".":
            return self._root
        folder, name = self._parent(path)
        node = folder.now[name]
        assert isinstance(node, _Folder), path
        return node
