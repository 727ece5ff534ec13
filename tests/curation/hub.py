"""As much of the Hugging Face Hub as an upload speaks to: repositories, LFS, commits, the tree. On loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LARGE = 200  # bytes: from here on a file is "large" and goes by LFS


class FakeHub:
    """What arrived, by repository: `files` by name. `fail_after` commits the next one is refused."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.objects: dict[str, bytes] = {}
        self.commits = 0
        self.repos: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.fail_after: int | None = None
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator[FakeHub]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def tree(self) -> list[dict[str, Any]]:
        entries = []
        for name, body in sorted(self.files.items()):
            entry: dict[str, Any] = {"type": "file", "path": name, "size": len(body), "oid": _blob(body)}
            if len(body) >= LARGE:
                oid = hashlib.sha256(body).hexdigest()
                entry["lfs"] = {"oid": oid, "size": len(body), "pointerSize": 130}
            entries.append(entry)
        return entries

    def commit(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                self.files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                self.files[value["path"]] = self.objects[value["oid"]]
        self.commits += 1


def _blob(body: bytes) -> str:
    return hashlib.sha1(f"blob {len(body)}\0".encode() + body).hexdigest()


type Answer = tuple[Any, int]


def _created(hub: FakeHub, body: bytes, token: str) -> Answer:
    hub.repos.append(json.loads(body))
    return {"url": f"{hub.url}/datasets/lead/bricks", "name": "lead/bricks"}, 200


def _modes(hub: FakeHub, body: bytes, token: str) -> Answer:
    large = {True: "lfs", False: "regular"}
    files = json.loads(body)["files"]
    modes = [{"path": f["path"], "uploadMode": large[f["size"] >= LARGE], "shouldIgnore": False} for f in files]
    return {"files": modes}, 200


def _objects(hub: FakeHub, body: bytes, token: str) -> Answer:
    asked = json.loads(body)["objects"]
    objects = [{**one, "actions": {"upload": {"href": f"{hub.url}/put/{one['oid']}"}}} for one in asked]
    return {"transfer": "basic", "objects": objects}, 200


def _committed(hub: FakeHub, body: bytes, token: str) -> Answer:
    if hub.fail_after is not None and hub.commits >= hub.fail_after:
        return {"error": f"The hub is tired of {token}"}, 400
    hub.commit([json.loads(line) for line in body.splitlines()])
    return {"commitUrl": f"{hub.url}/datasets/lead/bricks/commit/{'0' * 40}", "commitOid": "0" * 40}, 200


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    answers = {
        "/repos/create": partial(_created, hub),
        "/preupload/": partial(_modes, hub),
        "/info/lfs/objects/batch": partial(_objects, hub),
        "/commit/": partial(_committed, hub),
        "/tag/": lambda body, token: ({}, 200),
        "/validate-yaml": lambda body, token: ({"errors": [], "warnings": []}, 200),
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _body(self) -> bytes:
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _answer(self, body: Any, status: int = 200, **headers: str) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            if "lead/bricks" in self.path:  # other libraries' threads may ask their hub something else meanwhile
                hub.tokens.add(self.headers.get("Authorization", ""))
            self._answer(hub.tree() if "/tree/" in self.path else {"id": "lead/bricks", "sha": "0" * 40})

        def do_DELETE(self) -> None:
            self._answer({"error": "no such tag"}, 404, **{"X-Error-Code": "RevisionNotFound"})

        def do_PUT(self) -> None:
            body = self._body()
            hub.objects[self.path.rpartition("/")[2]] = body
            self._answer({})

        def do_POST(self) -> None:
            body = self._body()
            hub.tokens.add(self.headers.get("Authorization", ""))
            for end, answer in answers.items():
                if end in self.path:
                    self._answer(*answer(body, self.headers.get("Authorization", "")))
                    return
            self._answer({"error": f"not here: {self.path}"}, 404)

    return Handler
