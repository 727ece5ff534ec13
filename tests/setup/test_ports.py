"""Ports by what USB says of their adapters, on a made-up sysfs."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.setup.ports import FOLDER_VARIABLE, list_ports


@pytest.fixture
def by_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "by-id"
    folder.mkdir()
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    return folder


def plug(root: Path, by_id: Path, tty: str, link: str, **said: str) -> None:
    """A tty, its link, and the USB device two folders above its interface."""
    (root / tty).touch()
    (by_id / link).symlink_to(root / tty)
    usb = root / "usb1" / tty
    (usb / "1.0" / tty).mkdir(parents=True)
    for name, text in said.items():
        (usb / name).write_text(f"{text}\n", encoding="utf-8")
    (root / "tty" / tty).mkdir(parents=True)
    (root / "tty" / tty / "device").symlink_to(usb / "1.0" / tty)


def test_each_adapter_is_told_by_its_usb_id_and_serial(tmp_path: Path, by_id: Path) -> None:
    ids = {"idVendor": "1a86", "idProduct": "55d3", "product": "USB Single Serial"}
    plug(tmp_path, by_id, "ttyACM0", "usb-1a86_5A68-if00", serial="5A68", **ids)
    plug(tmp_path, by_id, "ttyACM1", "usb-1a86_5A46-if00", serial="5A46", manufacturer="QinHeng", **ids)
    first, second = list_ports(tmp_path / "tty")
    assert (first.serial, first.device, first.adapter) == (
        "5A46",
        str(tmp_path / "ttyACM1"),
        "QinHeng USB Single Serial",
    )
    assert (second.vendor, second.product, second.serial) == ("1a86", "55d3", "5A68")
    assert first.path == str(by_id / "usb-1a86_5A46-if00"), "the name that stays"


def test_a_port_that_usb_says_nothing_of_keeps_its_name_and_one_that_is_gone_is_not_there(
    tmp_path: Path, by_id: Path
) -> None:
    (tmp_path / "pty").touch()
    (by_id / "usb-follower").symlink_to(tmp_path / "pty")
    (by_id / "usb-gone").symlink_to(tmp_path / "nowhere")
    (port,) = list_ports(tmp_path / "tty")
    assert (port.adapter, port.vendor, port.serial) == ("follower", "", "")
