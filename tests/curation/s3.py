"""As much of S3 as pyarrow's client speaks to: objects, multipart uploads, listing. In memory, on loopback."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


class FakeS3:
    """`objects` by `bucket/key`. `fail_after` puts the next one is refused."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.puts: list[str] = []
        self.fail_after: int | None = None
        self.endpoint = ""

    @contextmanager
    def serving(self) -> Iterator[FakeS3]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"s3": self}))
        self.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def listing(self, bucket: str, prefix: str) -> str:
        keys = [
            name.removeprefix(f"{bucket}/") for name in sorted(self.objects) if name.startswith(f"{bucket}/{prefix}")
        ]
        found = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(self.objects[f'{bucket}/{key}'])}</Size>"
            "<LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>"
            for key in keys
        )
        return (
            f"<ListBucketResult><Name>{bucket}</Name><Prefix>{prefix}</Prefix><KeyCount>{len(keys)}</KeyCount>"
            f"<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        )


class _Handler(BaseHTTPRequestHandler):
    s3: FakeS3
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    @property
    def _name(self) -> str:
        return unquote(urlsplit(self.path).path).strip("/")

    @property
    def _query(self) -> dict[str, str]:
        pairs = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        return {key: values[0] for key, values in pairs.items()}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return body
        whole = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            count = int(size.split(b";")[0], 16)
            whole, body = whole + body[:count], body[count + 2 :]
            if not count:
                break
        return whole

    def _answer(self, status: int, body: str = "", head: bool = False, **headers: str) -> None:
        data = body.encode()
        self.send_response(status)
        headers.setdefault("Content_Length", str(len(data)))
        headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if not head:
            self.wfile.write(data)

    def do_HEAD(self) -> None:
        if "/" not in self._name:
            self._answer(200, head=True)
        elif self._name in self.s3.objects:
            size = str(len(self.s3.objects[self._name]))
            self._answer(200, head=True, Content_Length=size, ETag='"x"', Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT")
        else:
            self._answer(404, head=True)

    def do_GET(self) -> None:
        if "list-type" in self._query or "/" not in self._name:
            bucket = self._name.partition("/")[0]
            self._answer(200, self.s3.listing(bucket, self._query.get("prefix", "")), Content_Type="application/xml")
            return
        body = self.s3.objects.get(self._name)
        if body is None:
            self._answer(404, "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>")
            return
        wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        start, stop = (int(wanted[1]), int(wanted[2]) + 1) if wanted else (0, len(body))
        part = body[start:stop]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Connection", "close")
        self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(body)}")
        self.end_headers()
        self.wfile.write(part)

    def do_PUT(self) -> None:
        body = self._body()
        if self.s3.fail_after is not None and len(self.s3.puts) >= self.s3.fail_after:
            self._answer(403, "<Error><Code>AccessDenied</Code><Message>enough</Message></Error>")
            return
        if "uploadId" in self._query:
            self.s3.parts[self._query["uploadId"]][int(self._query["partNumber"])] = body
        else:
            self.s3.objects[self._name] = body
            self.s3.puts.append(self._name)
        self._answer(200, ETag='"x"')

    def do_POST(self) -> None:
        self._body()
        bucket, _, key = self._name.partition("/")
        if "uploads" in self._query:
            upload = f"u{len(self.s3.parts)}"
            self.s3.parts[upload] = {}
            self._answer(
                200,
                f"<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>"
                f"<UploadId>{upload}</UploadId></InitiateMultipartUploadResult>",
            )
            return
        if self.s3.fail_after is not None and len(self.s3.puts) >= self.s3.fail_after:
            self._answer(403, "<Error><Code>AccessDenied</Code><Message>enough</Message></Error>")
            return
        parts = self.s3.parts.pop(self._query["uploadId"])
        self.s3.objects[self._name] = b"".join(parts[number] for number in sorted(parts))
        self.s3.puts.append(self._name)
        self._answer(
            200,
            f"<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key><ETag>x</ETag>"
            "</CompleteMultipartUploadResult>",
        )

    def do_DELETE(self) -> None:
        self.s3.objects.pop(self._name, None)
        self._answer(204)
