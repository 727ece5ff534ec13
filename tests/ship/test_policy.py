"""That tests/conftest.py really fails what it says it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
CONFTEST = Path(__file__).parents[1] / "conftest.py"
OPTIONS = ["-p", "no:cacheprovider", "-W", "error"]


def outcomes(pytester: pytest.Pytester, test: str) -> dict[str, int]:
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\nmarkers = lerobot: x"
    )
    pytester.makeconftest(CONFTEST.read_text().replace("GRACE_S = 3.0", "GRACE_S = 0.1"))
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess(*OPTIONS).parseoutcomes()


def test_a_clean_async_test_passes(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, "import asyncio\nasync def test_it(): await asyncio.sleep(0)") == {"passed": 1}


def test_a_task_left_running_fails(pytester: pytest.Pytester) -> None:
    test = """
        import asyncio
        kept = []
        async def test_it(): kept.append(asyncio.create_task(asyncio.sleep(60)))
    """
    assert outcomes(pytester, test) == {"passed": 1, "errors": 1}


def test_a_thread_left_running_fails(pytester: pytest.Pytester) -> None:
    test = """
        import threading, time
        def test_it(): threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
    """
    assert outcomes(pytester, test) == {"passed": 1, "errors": 1}


def test_a_child_process_left_running_fails(pytester: pytest.Pytester) -> None:
    test = """
        import subprocess
        kept = []
        def test_it(): kept.append(subprocess.Popen(["sleep", "2"]))
    """
    assert outcomes(pytester, test)["errors"] == 1


def test_a_warning_fails(pytester: pytest.Pytester) -> None:
    assert outcomes(pytester, "import warnings\ndef test_it(): warnings.warn('x')") == {"failed": 1}


def test_our_code_blocking_the_event_loop_fails(pytester: pytest.Pytester) -> None:
    pytester.mkpydir("app")
    (pytester.path / "app/slow.py").write_text("import time\ndef rest(): time.sleep(0.01)\n")
    test = "async def test_it():\n    import app.slow\n    app.slow.rest()"
    pytester.syspathinsert()
    assert outcomes(pytester, test) == {"failed": 1}
