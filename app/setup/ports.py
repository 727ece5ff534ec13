"""Serial ports by their stable names, with what USB says of their adapters."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

BY_ID = Path("/dev/serial/by-id")
FOLDER_VARIABLE = "UNDERSTUDY_SERIAL"
"""Another folder of links to ports, for a station with its own udev rules."""


@dataclass(frozen=True)
class Port:
    """`path` stays the same over a restart; `device` is what it is called just now."""

    path: str
    device: str
    adapter: str
    vendor: str = ""
    product: str = ""
    serial: str = ""


def list_ports(sysfs: Path = Path("/sys/class/tty")) -> list[Port]:
    """Every port there is now, in the order of their names; adapters without a serial number share one name."""
    folder = Path(os.environ.get(FOLDER_VARIABLE) or BY_ID)
    if not folder.is_dir():
        return []
    return [_port(link, sysfs) for link in sorted(folder.iterdir()) if link.exists()]


def _port(link: Path, sysfs: Path) -> Port:
    device = link.resolve()
    usb = _usb_device((sysfs / device.name / "device").resolve())
    adapter = " ".join(part for part in (_said(usb, "manufacturer"), _said(usb, "product")) if part)
    return Port(
        str(link),
        str(device),
        adapter or link.name.removeprefix("usb-"),
        _said(usb, "idVendor"),
        _said(usb, "idProduct"),
        _said(usb, "serial"),
    )


def _usb_device(interface: Path) -> Path | None:
    """The USB device above a tty's interface: the first folder upwards that has a vendor."""
    for folder in (interface, *interface.parents):
        if (folder / "idVendor").is_file():
            return folder
    return None


def _said(usb: Path | None, name: str) -> str:
    if usb is None:
        return ""
    try:
        return (usb / name).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
