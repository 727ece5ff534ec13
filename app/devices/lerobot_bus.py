"""What a LeRobot robot's or teleoperator's servo buses say when something is wrong, in words."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from app.devices.errors import DeviceFault
from app.devices.fingerprint import fingerprint, joints_of

_OVERLOAD, _OVERHEAT, _UNDER_VOLTAGE = 0x20, 0x04, 0x01
_DAMAGED = "Incorrect status packet"  # as the SDKs of both makers say it
_SILENT = ("does not answer", "do not answer")
_GARBLING = ("garbles what it says", "garble what they say")
_STATUS = ("Status", "Hardware_Error_Status")  # Feetech's and Dynamixel's: the bits we read are the same
_COMPLAINTS = {
    _OVERLOAD: ("switched itself off: overload", "Free what blocks it, then it is tried again."),
    _OVERHEAT: ("is too hot", "Let it cool for some minutes."),
    _UNDER_VOLTAGE: ("has too little voltage", "Check the power supply and its plug."),
}


def buses_of(device: Any) -> list[tuple[str, Any]]:
    """Each serial servo bus and the prefix of its joints' names; empty for a device without (CAN, a plug-in's own)."""
    parts = [("", device)]
    if hasattr(device, "left_arm") and hasattr(device, "right_arm"):
        parts = [("left_", device.left_arm), ("right_", device.right_arm)]
    buses = [(prefix, getattr(part, "bus", None)) for prefix, part in parts]
    return [(prefix, bus) for prefix, bus in buses if hasattr(bus, "motors") and hasattr(bus, "port_handler")]


def require_fingerprint(name: str, device: Any, wanted: str) -> None:
    """DeviceFault when the servos hold another arm's calibration than the rig file names; "" names none."""
    held = "+".join(fingerprint(joints_of(bus.read_calibration())) for _, bus in buses_of(device))
    if wanted and held != wanted:
        raise DeviceFault(
            f"Another arm is plugged in as the {name}: its servos have the fingerprint {held}, the rig file {wanted}.",
            todo="Plug in the right arm, or set this one up and save the rig anew.",
        )


def diagnose(name: str, device: Any, error: BaseException) -> DeviceFault:
    """One message for `error`: asks each servo once, which takes 50 ms for each that is silent."""
    for prefix, bus in buses_of(device):
        try:
            silent, garbling = _asked(bus)
        except Exception:
            return DeviceFault(f"The adapter of the {name} on {bus.port} is gone.", todo="Plug its USB cable in again.")
        if silent and len(silent) == len(bus.motors):
            return DeviceFault(
                f"No servo of the {name} on {bus.port} answers.", todo="Check its power supply and the first cable."
            )
        for motors, words in ((silent, _SILENT), (garbling, _GARBLING)):
            if motors:
                joints = " and ".join(f"{prefix}{motor} (servo {bus.motors[motor].id})" for motor in motors)
                one = len(motors) == 1
                said = f"The {name}'s {joints} {words[0] if one else words[1]}."
                return DeviceFault(said, todo=f"Check {'its' if one else 'their'} cables on both sides.")
        with contextlib.suppress(Exception):
            if (fault := complaint(name, prefix, statuses_of(bus))) is not None:
                return fault
    return _passed(name, error, served=bool(buses_of(device)))


def _passed(name: str, error: BaseException, *, served: bool) -> DeviceFault:
    """What it was, where every servo answers again."""
    text = str(error).strip() or type(error).__name__
    if served and _DAMAGED in text:
        return DeviceFault(f"The {name}'s bus garbled what its servos said.", todo="Check cables and plugs.")
    if served and (isinstance(error, ConnectionError) or "motor check failed" in text):
        words = f"A servo of the {name} did not answer for a moment; all of them answer again."
        return DeviceFault(words, todo="Check cables and plugs: one may be loose.")
    return DeviceFault(f"The {name} failed: {text.splitlines()[0]}", todo="Check its cables and power.")


def statuses_of(bus: Any) -> dict[str, int]:
    """What each servo says is wrong with it, as bits; empty where servos of this kind have no such register."""
    tables = [bus.model_ctrl_table[motor.model] for motor in bus.motors.values()]
    register = next((name for name in _STATUS if all(name in table for table in tables)), "")
    return bus.sync_read(register, normalize=False) if register else {}


def complaint(name: str, prefix: str, statuses: dict[str, int]) -> DeviceFault | None:
    """The first servo's complaint among `Status` registers, or None."""
    for motor, status in statuses.items():
        for bit, (words, todo) in _COMPLAINTS.items():
            if int(status) & bit:
                return DeviceFault(f"The {name}'s {prefix}{motor} {words}.", todo=todo)
    return None


def patiently[T](device: Any, ask: Callable[[], T], tries: int = 2) -> T:
    """What `ask` reads, asked again after a time-out.

    LeRobot's own retries are switched off where they can be: they take a reply that
    came too late for the next one's.
    """
    for left in reversed(range(tries)):
        try:
            return ask()
        except ConnectionError:
            forget_late_replies(device)
            if not left:
                raise
    raise AssertionError("unreachable")


def without_retries(device: Any) -> None:
    for part in (device, getattr(device, "left_arm", None), getattr(device, "right_arm", None)):
        config: Any = getattr(part, "config", None)
        if hasattr(config, "num_read_retries"):
            config.num_read_retries = 0


def give_time(device: Any, reply_s: float) -> None:
    """Each servo has `reply_s` for its answer, beside the time on the wire; LeRobot's own figure is 50 ms."""
    for _, bus in buses_of(device):
        bus.port_handler.setPacketTimeout = _timeout_of(bus.port_handler, reply_s * 1000.0)


def _timeout_of(port: Any, reply_ms: float) -> Callable[[int], None]:
    def set_timeout(packet_length: int) -> None:
        port.packet_start_time = port.getCurrentTime()
        port.packet_timeout = port.tx_time_per_byte * (packet_length + 3.0) + reply_ms

    return set_timeout


def hold_where_found(device: Any) -> None:
    """Whoever powers the servos from now on powers them where the arm lies.

    A servo goes to the goal it was given last as soon as it has torque, and a limp arm was moved since.
    """
    for _, bus in buses_of(device):
        bus.enable_torque = _enabling(bus)


def _enabling(bus: Any) -> Callable[..., None]:
    enable = bus.enable_torque

    def enable_torque(motors: Any = None, num_retry: int = 0) -> None:
        lies = bus.sync_read("Present_Position", motors, normalize=False, num_retry=num_retry)
        bus.sync_write("Goal_Position", lies, normalize=False)
        enable(motors, num_retry)

    return enable_torque


def forget_late_replies(device: Any) -> None:
    """A reply that came after its time-out would be taken for the next one's, and every reading be one old."""
    for _, bus in buses_of(device):
        with contextlib.suppress(Exception):
            time.sleep(0.002)  # until what is on the wire has come
            bus.port_handler.ser.reset_input_buffer()


def leave(device: Any, *, limp: bool) -> None:
    """Close the ports; with `limp` every servo that still answers is let go first."""
    buses = buses_of(device)
    for _, bus in buses:
        for motor in bus.motors if limp else _overloaded(bus):
            with contextlib.suppress(Exception):
                bus.write("Torque_Enable", motor, 0)
        with contextlib.suppress(Exception):
            bus.disconnect(disable_torque=False)
        with contextlib.suppress(Exception):
            bus.port_handler.closePort()
    if not buses:
        with contextlib.suppress(Exception):
            device.disconnect()


def _asked(bus: Any) -> tuple[list[str], list[str]]:
    """Motors that do not answer a ping, and those whose answers are damaged. Raises when the port itself is gone."""
    silent: list[str] = []
    garbling: list[str] = []
    bus.port_handler.is_using = False
    for motor in bus.motors:
        bus.port_handler.ser.reset_input_buffer()
        try:
            bus.ping(motor, raise_on_error=True)
        except RuntimeError:
            continue  # it answers, and complains: its status says of what
        except ConnectionError as error:
            (garbling if _DAMAGED in str(error) else silent).append(motor)
    return silent, garbling


def _overloaded(bus: Any) -> list[str]:
    """Servos that switched themselves off: limp already, and connected again only once told to be."""
    with contextlib.suppress(Exception):
        return [motor for motor, status in statuses_of(bus).items() if int(status) & _OVERLOAD]
    return []
