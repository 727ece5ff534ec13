"""As much of the Hugging Face Hub as a training on its Jobs speaks to, at the wire: repositories, and jobs with logs.

A job is performed by a function of the test, which writes the log and the model repository as a pod would.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from tests.curation.hub import FakeHub

COMMIT = "0" * 40
_REPO = re.compile(r"/api/(models|datasets)/([^/]+/[^/]+)(.*)")
_FILE = re.compile(r"/(datasets/)?([^/]+/[^/]+)/resolve/[^/]+/(.*)")
_JOB = re.compile(r"/api/jobs/([^/]+)(?:/([^/]+))?(?:/(\w+))?")


@dataclass
class Pod:
    """One job. `stage` is the Hub's word for it."""

    id: str
    spec: dict[str, Any]
    stage: str = "RUNNING"
    lines: list[str] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def say(self, line: str) -> None:
        with self.news:
            self.lines.append(line)
            self.news.notify_all()

    def end(self, stage: str) -> None:
        with self.news:
            self.stage = stage
            self.news.notify_all()


class FakeJobsHub:
    """`repos` holds files by kind and name; `drop_after` lines each log stream breaks once."""

    def __init__(self, perform: Callable[[FakeJobsHub, Pod], None]) -> None:
        self.repos: dict[tuple[str, str], FakeHub] = {}
        self.pods: dict[str, Pod] = {}
        self.drop_after: int | None = None
        self.streams = 0
        self.url = ""
        self._perform = perform

    @contextmanager
    def serving(self) -> Iterator[FakeJobsHub]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            for pod in self.pods.values():
                pod.end("DELETED")
            server.shutdown()
            thread.join()
            server.server_close()

    def begin(self, spec: dict[str, Any]) -> Pod:
        pod = self.pods[f"job{len(self.pods)}"] = Pod(f"job{len(self.pods)}", spec)
        threading.Thread(target=self._perform, args=(self, pod), daemon=True).start()
        return pod


def described(pod: Pod) -> dict[str, Any]:
    return {
        "id": pod.id,
        "createdAt": "2026-11-26T00:00:00.000Z",
        "status": {"stage": pod.stage, "message": None},
        "owner": {"id": "1", "name": "lab", "type": "user"},
        "flavor": "cpu-basic",
    }


def _handler(hub: FakeJobsHub) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one branch a route
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._file(send=False)

        def do_GET(self) -> None:
            path = unquote(self.path.partition("?")[0])
            if path == "/api/whoami-v2":
                return self._answer({"name": "lab", "type": "user", "id": "1", "orgs": [], "isPro": False})
            if job := _JOB.fullmatch(path):
                pod = hub.pods[job[2]]
                return self._log(pod) if job[3] == "logs" else self._answer(described(pod))
            if repo := _REPO.fullmatch(path):
                known = hub.repos.get((repo[1], repo[2]))
                if known is None:
                    return self._answer({"error": "Repository not found"}, 404, **{"X-Error-Code": "RepoNotFound"})
                if "/tree/" in repo[3]:
                    return self._answer(known.tree())
                siblings = [{"rfilename": name} for name in known.files]
                return self._answer({"id": repo[2], "sha": COMMIT, "siblings": siblings})
            return self._file(send=True)

        def do_DELETE(self) -> None:
            self._body()
            self._answer({"error": "no such revision"}, 404, **{"X-Error-Code": "RevisionNotFound"})

        def do_PUT(self) -> None:
            body = self._body()
            for repo in hub.repos.values():  # content-addressed: whichever asked may commit it
                repo.objects[hashlib.sha256(body).hexdigest()] = body
            self._answer({})

        def do_POST(self) -> None:
            body, path = self._body(), unquote(self.path.partition("?")[0])
            if job := _JOB.fullmatch(path):
                if job[2] is None:
                    return self._answer(described(hub.begin(json.loads(body))))
                hub.pods[job[2]].end("CANCELED")
                return self._answer({})
            if path == "/api/repos/create":
                asked = json.loads(body)
                kind = f"{asked.get('type') or 'model'}s"
                name = f"{asked.get('organization') or 'lab'}/{asked['name']}"
                hub.repos.setdefault((kind, name), FakeHub()).repos.append(asked)
                return self._answer({"url": f"{hub.url}/{name}", "name": name})
            if path.endswith("/info/lfs/objects/batch"):
                objects = [
                    {**one, "actions": {"upload": {"href": f"{hub.url}/put"}}} for one in json.loads(body)["objects"]
                ]
                return self._answer({"transfer": "basic", "objects": objects})
            if repo := _REPO.fullmatch(path):
                known = hub.repos[(repo[1], repo[2])]
                if "/preupload/" in repo[3]:
                    files = json.loads(body)["files"]
                    modes = [
                        {"path": one["path"], "uploadMode": "lfs" if one["size"] >= 200 else "regular"} for one in files
                    ]
                    return self._answer({"files": [one | {"shouldIgnore": False} for one in modes]})
                if "/commit/" in repo[3]:
                    known.commit([json.loads(line) for line in body.splitlines()])
                    return self._answer({"commitUrl": f"{hub.url}/{repo[2]}/commit/{COMMIT}", "commitOid": COMMIT})
                return self._answer({})  # tags
            return self._answer({"errors": [], "warnings": []})

        def _file(self, *, send: bool) -> None:
            found = _FILE.fullmatch(unquote(self.path.partition("?")[0]))
            repo = hub.repos.get(("datasets" if found and found[1] else "models", found[2] if found else ""))
            body = repo.files.get(found[3]) if repo and found else None
            if body is None:
                return self._answer({"error": "not here"}, 404, **{"X-Error-Code": "EntryNotFound"})
            self.send_response(200)
            for name, value in (("ETag", f'"{hashlib.sha1(body).hexdigest()}"'), ("X-Repo-Commit", COMMIT)):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if send:
                self.wfile.write(body)
            return None

        def _log(self, pod: Pod) -> None:
            """Server-sent events, from the first line on; the first stream breaks where a network would."""
            hub.streams += 1
            breaks = hub.drop_after if hub.streams == 1 else None
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            sent = 0
            while True:
                with pod.news:
                    pod.news.wait_for(lambda sent=sent: len(pod.lines) > sent or pod.stage != "RUNNING", 60)
                    lines, over = pod.lines[sent:], pod.stage != "RUNNING"
                for line in lines:
                    event = json.dumps({"data": line, "timestamp": "2026-11-26T00:00:00.000Z"})
                    self.wfile.write(f"data: {event}\n\n".encode())
                    sent += 1
                    if sent == breaks:
                        self.close_connection = True
                        return
                self.wfile.flush()
                if over:
                    self.close_connection = True
                    return

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") == "chunked":
                pieces = []
                while size := int(self.rfile.readline(), 16):
                    pieces.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(pieces)
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
            if self.command != "HEAD":
                self.wfile.write(data)

    return Handler


def hub_at(url: str, monkeypatch: Any) -> None:
    """This process and its children take `url` for the Hub, signed in."""
    import huggingface_hub
    from huggingface_hub import constants

    monkeypatch.setenv("HF_TOKEN", "hf_notreal")
    monkeypatch.setenv("HF_ENDPOINT", url)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    real = huggingface_hub.HfApi
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda **options: real(**{"endpoint": url, **options}))
