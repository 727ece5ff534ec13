"""A bench finds what it is made of, whatever else is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_bench_begins_studios_by_our_tests_and_not_by_a_librarys() -> None:
    found = "import bench, tests.studio; print(tests.studio.__file__)"
    said = subprocess.run([sys.executable, "-P", "-c", found], capture_output=True, text=True, check=True, cwd="/")
    assert Path(said.stdout.strip()) == ROOT / "tests/studio.py"
