"""Measures the studio's figures against their anchors; `./understudy bench NAME [--quick]` runs one script."""

import sys
from pathlib import Path

# A bench begins studios as the tests do; the `tests` that draccus installs beside LeRobot would be found first.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
