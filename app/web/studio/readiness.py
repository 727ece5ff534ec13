"""One derived truth: it drives the lights, the Start button and the keys."""

from __future__ import annotations

from app.control.messages import Status
from app.control.models import ControlPhase
from app.core.clock import NS_PER_S
from app.observation import CamerasClient
from app.web.protocol import ReadyItem

LATE_S = 0.3
SILENT_S = 1.0
MIN_DISK_MINUTES = 2.0
LOW_DISK_MINUTES = 30.0


def arm_item(status: Status | None, down: str) -> ReadyItem:
    """The arm: connected, not stopped, not faulted."""
    label = "Arm"
    if status is None:
        return ReadyItem(key="arm", label=label, level="block", text=down or "starting", todo="Wait a moment.")
    if status.phase is ControlPhase.stopped:
        todo = "Reset the stop when the arm may move again."
        return ReadyItem(key="arm", label=label, level="block", text="stopped", todo=todo)
    if status.phase is ControlPhase.faulted:
        return ReadyItem(key="arm", label=label, level="block", text=status.reason, todo="Mend it; it reconnects.")
    if status.phase is ControlPhase.starting:
        return ReadyItem(key="arm", label=label, level="block", text="starting", todo="Wait a moment.")
    return ReadyItem(key="arm", label=label, level="ok", text=status.phase.value, todo="")


def input_item(status: Status | None) -> ReadyItem:
    """Who drives; nobody is a warning, because a take without motion is rarely wanted."""
    if status is not None and status.lease.source:
        return ReadyItem(key="input", label="Control", level="ok", text=status.lease.label, todo="")
    return ReadyItem(
        key="input", label="Control", level="warn", text="nobody drives", todo="Take control before you start."
    )


def camera_items(client: CamerasClient | None, now_ns: int, down: str) -> list[ReadyItem]:
    """Each camera: alive, fresh, at its rate."""
    if client is None:
        text = down or "starting"
        return [ReadyItem(key="cameras", label="Cameras", level="block", text=text, todo="Wait a moment.")]
    return [_camera_item(client, name, now_ns) for name in client.feeds]


def disk_item(minutes: float | None) -> ReadyItem:
    if minutes is None:
        return ReadyItem(key="disk", label="Disk", level="warn", text="unknown", todo="Measured with the first camera.")
    text = f"{minutes:.0f} min left" if minutes < 6000 else f"{minutes / 60:.0f} h left"
    if minutes < MIN_DISK_MINUTES:
        return ReadyItem(key="disk", label="Disk", level="block", text=text, todo="Free disk space, then start again.")
    level = "warn" if minutes < LOW_DISK_MINUTES else "ok"
    return ReadyItem(
        key="disk", label="Disk", level=level, text=text, todo="Free disk space." if level == "warn" else ""
    )


def writer_item(dataset: str, practice: bool, fault: str, edit: str = "") -> ReadyItem:
    """Where takes go; `edit` is the title of the job that rewrites that dataset now."""
    if edit and not practice:
        todo = "Wait until the edit is done, or record into another dataset."
        return ReadyItem(key="writer", label="Dataset", level="block", text=f"being edited ({edit})", todo=todo)
    if practice:
        todo = "Leave practice mode to record."
        return ReadyItem(key="writer", label="Dataset", level="warn", text="practice: nothing is recorded", todo=todo)
    if fault:
        return ReadyItem(key="writer", label="Dataset", level="warn", text=fault, todo="See the message; then go on.")
    return ReadyItem(key="writer", label="Dataset", level="ok", text=dataset, todo="")


def block_reason(items: list[ReadyItem]) -> str:
    """The one sentence that disables Start, "" when nothing does."""
    for item in items:
        if item.level == "block":
            return f"{item.label}: {item.text}. {item.todo}".strip()
    return ""


def _camera_item(client: CamerasClient, name: str, now_ns: int) -> ReadyItem:
    feed = client.feeds[name]
    label = f"Camera {name}"
    if feed.lost:
        return ReadyItem(key=f"camera.{name}", label=label, level="block", text=feed.lost, todo="Plug it in again.")
    if feed.latest is None:
        return ReadyItem(key=f"camera.{name}", label=label, level="block", text="no picture yet", todo="Wait a moment.")
    silent_s = (now_ns - feed.latest.exposure_ns) / NS_PER_S
    if silent_s > LATE_S:
        text = f"no picture for {silent_s:.1f} s"
        level = "block" if silent_s > SILENT_S else "warn"
        return ReadyItem(key=f"camera.{name}", label=label, level=level, text=text, todo="Check its cable.")
    rate = feed.rate_hz(now_ns)
    if rate is not None and rate < 0.9 * feed.facts.fps:
        text = f"{rate:.0f} of {feed.facts.fps} fps"
        todo = "This machine is too busy to draw it." if client.attached.simulated else "See its light and its bus."
        return ReadyItem(key=f"camera.{name}", label=label, level="warn", text=text, todo=todo)
    text = f"{rate:.0f} fps" if rate is not None else "first pictures"
    return ReadyItem(key=f"camera.{name}", label=label, level="ok", text=text, todo="")
