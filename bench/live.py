"""Exposure stamp to canvas in Chromium on loopback, three cameras, beside MJPEG in an `<img>`.

Ours: the age that the Record page itself acknowledges after drawing, read off its
socket. The anchor: pictures that carry their own moment as black and white
blocks, served as multipart MJPEG, drawn to a canvas at every animation frame and
read back.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np
from playwright.sync_api import Browser, WebSocket, sync_playwright

from bench.outcome import Outcome, Reach
from bench.session import studio

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FPS, CAMERAS = 30, 3
BITS, BLOCK = 32, 16
SETTLE_S = 3.0

PAGE = """<!doctype html><body>%s<script>
const ages = [];
const clock = { offset: 0 };
for (const img of document.images) {
  const canvas = document.createElement("canvas"); canvas.width = 640; canvas.height = 480;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let last = -1;
  const look = () => {
    requestAnimationFrame(look);
    if (!img.complete || !img.naturalWidth) return;
    context.drawImage(img, 0, 0);
    const row = context.getImageData(0, 8, 512, 1).data;
    let code = 0;
    for (let bit = 0; bit < 32; bit += 1) code = code * 2 + (row[(bit * 16 + 8) * 4] > 127 ? 1 : 0);
    if (code === last) return;
    last = code;
    ages.push(performance.timeOrigin + performance.now() - clock.offset - code);
  };
  look();
}
</script>"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="understudy bench live")
    parser.add_argument("--quick", action="store_true")
    seconds = 8.0 if parser.parse_args().quick else 20.0
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("bench live needs Chromium: install it with the system's package manager.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        ours = _ours(browser, seconds)
        theirs = _mjpeg(browser, seconds)
        browser.close()
    figures = {
        "age_p50_ms": round(statistics.median(ours), 1),
        "age_p99_ms": round(_p99(ours), 1),
        "pictures_per_camera_per_s": round(len(ours) / seconds / CAMERAS, 1),
    }
    anchor = {"mjpeg_p50_ms": round(statistics.median(theirs), 1), "mjpeg_p99_ms": round(_p99(theirs), 1)}
    print(Outcome("live", figures, anchor, {"age_p99_ms": Reach(at_most=15.0)}).line())


def _ours(browser: Browser, seconds: float) -> list[float]:
    ages: list[float] = []

    def sniff(socket: WebSocket) -> None:
        if "/ws/live" in socket.url:
            socket.on("framesent", lambda payload: _collect(payload, ages))

    with studio() as running:
        page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
        page.on("websocket", sniff)
        page.goto(f"{running.url}/record")
        page.wait_for_timeout(SETTLE_S * 1000)
        ages.clear()
        page.wait_for_timeout(seconds * 1000)
        found = list(ages)
        page.close()
    return found


def _collect(payload: str | bytes, ages: list[float]) -> None:
    message = json.loads(payload)
    if message.get("type") == "ack" and message.get("age_ms") is not None:
        ages.append(message["age_ms"])


def _mjpeg(browser: Browser, seconds: float) -> list[float]:
    with _mjpeg_server() as port:
        page = browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)
        images = "".join(f'<img src="http://127.0.0.1:{port}/{camera}" width=400>' for camera in range(CAMERAS))
        page.goto(f"http://127.0.0.1:{port}/page")
        page.set_content(PAGE % images.replace("<img", '<img crossorigin="anonymous"'), wait_until="commit")
        page.evaluate("clock.offset = Math.floor((performance.timeOrigin + performance.now()) / 2**31) * 2**31")
        page.wait_for_timeout(SETTLE_S * 1000)
        page.evaluate("ages.length = 0")
        page.wait_for_timeout(seconds * 1000)
        ages = page.evaluate("ages")
        page.close()
    return ages


@contextlib.contextmanager
def _mjpeg_server() -> Iterator[int]:
    """Multipart MJPEG at 30 fps; each picture says when it was made, in ms modulo 2^31, in its top row of blocks."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.start_server(_serve_mjpeg, "127.0.0.1", 0)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _serve_mjpeg(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    request = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n")
    if b"/page" in request.splitlines()[0]:
        writer.write(b"Content-Type: text/html\r\nContent-Length: 0\r\n\r\n")
        return
    writer.write(b"Content-Type: multipart/x-mixed-replace; boundary=f\r\n\r\n")
    ground = np.random.default_rng(0).integers(60, 190, (30, 40, 3), np.uint8)
    picture = cv2.resize(ground, (640, 480), interpolation=cv2.INTER_CUBIC)
    start = time.monotonic()
    with contextlib.suppress(ConnectionError):
        for tick in range(FPS * 3600):
            await asyncio.sleep(max(0.0, start + tick / FPS - time.monotonic()))
            now_ms = int(time.time() * 1000) % 2**31
            for bit in range(BITS):
                colour = 255 if now_ms >> (BITS - 1 - bit) & 1 else 0
                picture[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = colour
            jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
            writer.write(b"--f\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg))
            await writer.drain()


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else float("nan")


if __name__ == "__main__":
    main()
