"""Where a dataset can be put by URL: whatever fsspec writes to; S3 by pyarrow's own client, which needs no extra."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.core.errors import StudioError
from app.curation.bundle import Item

MANIFEST = ".understudy-upload.json"
_PIECE = 4 * 2**20


class PlaceUnknown(StudioError):
    code = "place_unknown"


class Place:
    """One folder somewhere. What arrived whole is noted in a manifest there, so an interrupted upload goes on."""

    def __init__(self, system: Any, root: str, words: str, *, has_folders: bool = True) -> None:
        self._system = system
        self._has_folders = has_folders
        self._root = root.rstrip("/")
        self.words = words
        self._arrived: dict[str, str] = self._read_manifest()

    @classmethod
    def at(cls, url: str) -> Place:
        """Raises PlaceUnknown. A password in the URL is used and never said."""
        import fsspec

        parts = urlsplit(url)
        words = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
        try:
            if parts.scheme == "s3":
                return cls(_s3(parts.query), f"{parts.netloc}{parts.path}", words, has_folders=False)
            system, root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise PlaceUnknown(
                f"{words} cannot be written to: {str(error).replace(url, words)[:200]}.",
                todo="Use s3://BUCKET/FOLDER, file:///FOLDER, or another scheme that fsspec has a driver for here.",
            ) from error
        return cls(system, str(root), words)

    def has(self, item: Item) -> bool:
        """Whether this content arrived whole: the manifest says so, and the file there has that size."""
        if self._arrived.get(item.name) != _digest(item):
            return False
        try:
            return self._system.info(self._name(item.name))["size"] == item.size
        except OSError:
            return False

    def put(self, item: Item, sent: Callable[[int], None] = lambda count: None) -> None:
        """`sent` hears the bytes of this file that went out so far. Raises OSError when it did not arrive whole."""
        name = self._name(item.name)
        self._make_folder(name.rpartition("/")[0])
        with self._system.open(name, "wb") as target:
            if item.path is None:
                target.write(item.body)
            else:
                with item.path.open("rb") as source:
                    while block := source.read(_PIECE):
                        target.write(block)
                        sent(source.tell())
        found = self._system.info(name)["size"]
        if found != item.size:
            raise OSError(f"{item.name} arrived with {found} of {item.size} bytes.")
        self._arrived[item.name] = _digest(item)
        self._write_manifest()

    def finish(self, items: Sequence[Item]) -> None:
        """Take away what an older upload had and this one has not."""
        wanted = {item.name for item in items}
        for name in sorted(set(self._arrived) - wanted):
            if self._system.exists(self._name(name)):
                self._system.rm_file(self._name(name))
            del self._arrived[name]
        self._write_manifest()

    def _make_folder(self, name: str) -> None:
        """A store of objects has none, and would keep an empty object for each."""
        if self._has_folders:
            self._system.makedirs(name, exist_ok=True)

    def _name(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _read_manifest(self) -> dict[str, str]:
        try:
            with self._system.open(self._name(MANIFEST), "rb") as file:
                return dict(json.loads(file.read())["files"])
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _write_manifest(self) -> None:
        self._make_folder(self._root)
        with self._system.open(self._name(MANIFEST), "wb") as file:
            file.write(json.dumps({"version": 1, "files": self._arrived}).encode())


def _s3(query: str) -> Any:
    """Keys from the usual places (AWS_*, ~/.aws); `?endpoint=https://HOST&region=R` for other stores than Amazon's."""
    import pyarrow.fs
    from fsspec.implementations.arrow import ArrowFSWrapper

    asked = {key: values[0] for key, values in parse_qs(query).items()}
    options: dict[str, Any] = {}
    endpoint = asked.get("endpoint") or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        parts = urlsplit(endpoint)
        options = {"endpoint_override": parts.netloc or parts.path, "scheme": parts.scheme or "https"}
    if "region" in asked or endpoint:
        options["region"] = asked.get("region", "us-east-1")
    return ArrowFSWrapper(pyarrow.fs.S3FileSystem(**options))


def _digest(item: Item) -> str:
    digest = hashlib.sha256()
    if item.path is None:
        digest.update(item.body)
        return digest.hexdigest()
    with item.path.open("rb") as file:
        while block := file.read(_PIECE):
            digest.update(block)
    return digest.hexdigest()
