"""Scripts and styles, packed once: the first page has to be light on a robot's wireless link."""

from __future__ import annotations

import asyncio
import gzip
import mimetypes
import os
from pathlib import Path

from fastapi.staticfiles import StaticFiles
from starlette.responses import FileResponse, Response
from starlette.types import Scope

_PACKED = frozenset({".css", ".js", ".svg"})
_LEAST_BYTES = 500
_LEVEL = 6

type Stamp = tuple[str, float, int]


class PackedFiles(StaticFiles):
    """Static files of which text goes out gzipped to whoever takes it; packed on first use, kept while unchanged."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        mimetypes.init()  # reads files: here, and not within the first answer
        self._packed: dict[Stamp, bytes] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if not isinstance(response, FileResponse) or not _wanted(scope) or Path(response.path).suffix not in _PACKED:
            return response
        stat = response.stat_result
        if stat is None or stat.st_size < _LEAST_BYTES:
            return response
        body = await asyncio.to_thread(self._body, str(response.path), stat)
        headers = {name: response.headers[name] for name in ("etag", "last-modified") if name in response.headers}
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(body, media_type=response.media_type, headers=headers)

    def _body(self, path: str, stat: os.stat_result) -> bytes:
        stamp = (path, stat.st_mtime, stat.st_size)
        if stamp not in self._packed:
            self._packed[stamp] = gzip.compress(Path(path).read_bytes(), _LEVEL, mtime=0)
        return self._packed[stamp]


def _wanted(scope: Scope) -> bool:
    """A GET of the whole file by somebody who unpacks."""
    headers = dict(scope["headers"])
    return scope["method"] == "GET" and b"range" not in headers and b"gzip" in headers.get(b"accept-encoding", b"")
