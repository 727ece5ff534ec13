"""docs/hardware-status.md has a line for every driver and lane there is, and each line says what ran and how."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from app.devices.rigfile import CameraDriver

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/hardware-status.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")]
STATES = ("proven", "emulated", "never", "refused", "verified", "no lanes", "not used", "state")


def first_cells() -> str:
    return "\n".join(row[0] for row in ROWS)


def test_every_line_says_what_ran_and_how() -> None:
    for row in ROWS:
        assert len(row) == 3
        assert row[1].strip().startswith(STATES), row
        assert row[2].strip(), row


def test_every_driver_and_lane_of_ours_has_a_line() -> None:
    here = (ROOT / "app/export/lanes/here.py").read_text(encoding="utf-8")
    lanes = re.findall(r"^from app\.export\.lanes\.(\w+) import \w+Lane\b", here, re.MULTILINE)
    assert len(lanes) > 2
    for name in (*CameraDriver, *lanes):
        assert f"`{name}`" in first_cells(), name


@pytest.mark.lerobot
def test_every_driver_that_lerobot_knows_has_a_line() -> None:
    import lerobot.cameras
    import lerobot.robots
    import lerobot.teleoperators
    from lerobot.cameras import CameraConfig
    from lerobot.robots import RobotConfig
    from lerobot.teleoperators import TeleoperatorConfig

    from app.devices.lerobot_arm import register_own

    kinds: tuple[tuple[Any, Any], ...] = (
        (lerobot.robots, RobotConfig),
        (lerobot.teleoperators, TeleoperatorConfig),
        (lerobot.cameras, CameraConfig),
    )
    for package, config in kinds:
        register_own(package)
        for name, known in config.get_known_choices().items():
            if known.__module__.startswith("lerobot."):
                assert f"`{name}`" in first_cells(), name
