"""What goes wrong at the wire."""

from __future__ import annotations

from app.core.errors import StudioError


class DeviceFault(StudioError):
    """A device stopped answering or answered nonsense; the message names it and what to do."""

    code = "device_fault"


class StillConnecting(DeviceFault):
    """The device is being set up in the background: ask again, nothing is wrong."""

    code = "still_connecting"
