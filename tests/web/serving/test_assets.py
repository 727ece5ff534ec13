"""Scripts and styles go out packed, and are the same once unpacked."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.web.serving.assets import PackedFiles

SCRIPT = "export const words = 'the same words again and again';\n" * 40


@pytest.fixture
def site(tmp_path: Path) -> AsyncClient:
    (tmp_path / "a.js").write_text(SCRIPT)
    (tmp_path / "small.js").write_text("1;\n")
    (tmp_path / "picture.jpg").write_bytes(bytes(2000))
    app = FastAPI()
    app.mount("/static", PackedFiles(tmp_path))
    return AsyncClient(transport=ASGITransport(app), base_url="http://test")


async def test_a_script_is_packed_for_who_unpacks(site: AsyncClient):
    async with site, site.stream("GET", "/static/a.js", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"].startswith("text/javascript")
    assert len(raw) < len(SCRIPT) / 4
    assert gzip.decompress(raw).decode() == SCRIPT


async def test_everything_else_goes_out_as_it_is(site: AsyncClient):
    async with site:
        plain = await site.get("/static/a.js", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.text == SCRIPT
        for name in ("small.js", "picture.jpg"):
            answer = await site.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"})
            assert "content-encoding" not in answer.headers
        assert (await site.get("/static/missing.js")).status_code == 404


async def test_what_the_browser_has_is_not_sent_again_and_a_new_file_is(site: AsyncClient, tmp_path: Path):
    async with site:
        first = await site.get("/static/a.js")
        again = await site.get("/static/a.js", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
        (tmp_path / "a.js").write_text(SCRIPT + "// another\n")
        assert (await site.get("/static/a.js")).text.endswith("// another\n")
