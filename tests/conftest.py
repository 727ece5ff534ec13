"""What every test is held to: nothing blocks the event loop, and nothing is left behind.

Warnings are errors (pyproject.toml). A test that leaves an asyncio task, a thread or a child process behind fails, and
so does one in which our code blocks inside a running event loop.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import shutil
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import HealthCheck, settings

GRACE_S = 3.0
# Threads and processes that libraries keep for the life of the interpreter; "asyncio_" are the event loop's own, which
# it ends when it is closed, after the test.
KEPT_THREADS = ("asyncio_", "tqdm", "fsspec", "execnet", "pytest-timeout", "pytest_timeout")
KEPT_PROCESSES = ("resource_tracker", "forkserver")
# What hypothesis draws follows from the test alone, so that a test fails for what was changed; and no example is timed,
# which the default of 200 ms would do on a busy machine.
settings.register_profile(
    "understudy", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("understudy")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.function):
            item.fixturenames.insert(0, "no_task_left")


@pytest.fixture(autouse=True, scope="session")
def blocking_calls_fail() -> Iterator[BlockBuster]:
    """Blocking calls of `app` in a running event loop raise `blockbuster.BlockingError`."""
    with blockbuster_ctx("app") as guard:
        yield guard


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    yield
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        pytest.fail(f"the test left {len(left)} asyncio tasks running: {sorted(map(repr, left))}")


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """What a test, or what it runs of ours in this process, changes of environment and importers ends with it."""
    before, importers = dict(os.environ), list(sys.meta_path)
    yield
    os.environ.clear()
    os.environ.update(before)
    sys.meta_path[:] = [one for one in sys.meta_path if one in importers or not _is_ours(one)]


def _is_ours(importer: object) -> bool:
    return str(getattr(importer, "__module__", "")).startswith("app.")


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a thread or a child process; LeRobot's own threads are its libraries' business."""
    threads_before, children_before = set(threading.enumerate()), set(_children())
    yield
    if "lerobot" not in request.keywords:
        left = _wait_until_empty(lambda: _new_threads(threads_before))
        if left:
            pytest.fail(f"the test left threads running: {', '.join(left)}")
    left = _wait_until_empty(lambda: _new_children(children_before))
    if left:
        pytest.fail(f"the test left child processes: {', '.join(left)}")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The Chromium that browser tests drive. Its absence fails them: a skipped browser suite proves nothing."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return Path(found)
    pytest.fail("no Chromium on this machine: install it with the system's package manager (apt install chromium)")


def _new_threads(before: set[threading.Thread]) -> list[str]:
    new = set(threading.enumerate()) - before
    return sorted(thread.name for thread in new if not thread.name.startswith(KEPT_THREADS))


def _new_children(before: set[int]) -> list[str]:
    new = {pid: line for pid, line in _children().items() if pid not in before}
    return [f"{pid} ({line})" for pid, line in new.items() if not any(kept in line for kept in KEPT_PROCESSES)]


def _children() -> dict[int, str]:
    """`{pid: command line}` of this process's children; empty where there is no /proc."""
    found: dict[int, str] = {}
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            pids = [int(word) for word in listing.read_text().split()]
        except OSError:
            continue  # the thread ended meanwhile
        found |= {pid: _command_line(pid) for pid in pids}
    return found


def _command_line(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return "gone"
    return words.decode(errors="replace").strip() or "ended, never waited for"


def _wait_until_empty(look: Callable[[], list[str]]) -> list[str]:
    """What `look` still finds after a grace period: a thread may need a moment to end."""
    deadline = time.monotonic() + GRACE_S
    while (left := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left
