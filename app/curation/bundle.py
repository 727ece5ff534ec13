"""What is handed on of a dataset: its files, its card, and not what people said of each other's work."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.curation.card import CARD, PICTURE, make_card
from app.datasets import Dataset
from app.datasets.intent import INTENT, STAGING
from app.datasets.layout import STUDIO_FOLDER

_PRIVATE = ("reviews.jsonl",)
_BLOCK = 512
_READ = 256 * 1024


@dataclass(frozen=True)
class Item:
    """One file by its name in the bundle; `body` where it is made, else `path`."""

    name: str
    size: int
    path: Path | None = None
    body: bytes = b""
    modified: int = 0

    def read(self) -> bytes:
        return self.body if self.path is None else self.path.read_bytes()


def bundle(folder: Path, licence: str, *, with_reviews: bool = False) -> list[Item]:
    """Everything to hand on, in a fixed order; the card takes the place of one that is there."""
    card = make_card(Dataset.open(folder), licence)
    made = {CARD: card.text.encode()} | ({PICTURE: card.picture.encode()} if card.picture else {})
    items = [Item(name, len(body), body=body) for name, body in made.items()]
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in made and not _left_out(name, with_reviews):
            stat = path.stat()
            items.append(Item(name, stat.st_size, path, modified=int(stat.st_mtime)))
    return items


def _left_out(name: str, with_reviews: bool) -> bool:
    studio = STUDIO_FOLDER.as_posix()
    if name.startswith((INTENT.as_posix(), f"{studio}/{STAGING}")) or "/." in f"/{name}":
        return True
    return not with_reviews and name in (f"{studio}/{private}" for private in _PRIVATE)


class TarStream:
    """A tar of the items that can be read from any byte on: its size is known before, so a download can resume."""

    def __init__(self, root: str, items: Sequence[Item]) -> None:
        self._members = [(_header(root, item), item) for item in items]
        self.size = sum(len(header) + _padded(item.size) for header, item in self._members) + 2 * _BLOCK

    @property
    def tag(self) -> str:
        """Changes when any byte of the tar would."""
        digest = hashlib.sha256()
        for header, item in self._members:
            digest.update(header)
            digest.update(item.body)
            if item.path is not None:
                stat = item.path.stat()
                digest.update(f"{stat.st_ino}.{stat.st_mtime_ns}".encode())
        return digest.hexdigest()[:32]

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes `start..stop`. Raises OSError when a file has changed its size meanwhile."""
        end = self.size if stop is None else stop
        at = 0
        for header, item in self._members:
            length = len(header) + _padded(item.size)
            if at + length > start and at < end:
                yield from _cut(header, at, start, end)
                yield from self._body(item, at + len(header), start, end)
            at += length
        yield from _cut(bytes(2 * _BLOCK), at, start, end)

    def _body(self, item: Item, at: int, start: int, end: int) -> Iterator[bytes]:
        padding = bytes(_padded(item.size) - item.size)
        if item.path is None:
            yield from _cut(item.body + padding, at, start, end)
            return
        first, last = max(0, start - at), min(item.size, end - at)
        if first < last:
            with item.path.open("rb") as file:
                file.seek(first)
                while first < last:
                    block = file.read(min(_READ, last - first))
                    if not block:
                        raise OSError(f"{item.name} became shorter while it was read.")
                    first += len(block)
                    yield block
        yield from _cut(padding, at + item.size, start, end)


def _header(root: str, item: Item) -> bytes:
    info = tarfile.TarInfo(f"{root}/{item.name}")
    info.size, info.mtime, info.mode = item.size, item.modified, 0o644
    return info.tobuf(tarfile.PAX_FORMAT)


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK


def _cut(data: bytes, at: int, start: int, end: int) -> Iterator[bytes]:
    part = data[max(0, start - at) : max(0, end - at)]
    if part:
        yield part
