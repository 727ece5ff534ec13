"""What a set-up does with the servos on one port, by LeRobot's own classes. Only its own process imports this."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.core.clock import NS_PER_S, Clock, SystemClock
from app.devices.errors import DeviceFault
from app.devices.fingerprint import fingerprint, joints_of
from app.devices.lerobot_arm import robot_builder
from app.devices.lerobot_bus import (
    diagnose,
    forget_late_replies,
    give_time,
    hold_where_found,
    leave,
    patiently,
    without_retries,
)
from app.devices.lerobot_leader import teleoperator_builder
from app.setup.errors import Halted, NotNow, SetupFault
from app.setup.models import KINDS, STEPS_PER_TURN, ArmKind, Role
from app.setup.sweep import Sweep

_SAMPLE_S = 0.02
_NUDGE_DEG = 4.0
_NUDGE_S = 0.8
_FOLLOWED = 0.5  # share of a nudge that a joint must have made


class Calibrating:
    """One arm between `begin` and `finish`: limp, its positions read fifty times a second in a thread."""

    def __init__(self, kind: ArmKind, device: Any) -> None:
        self.kind = kind
        self.device = device
        self.offsets: dict[str, int] = {}
        self.sweep = Sweep()
        self.problem = ""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="ranges", daemon=True)

    def start(self) -> None:
        bus = self.device.bus
        with self._lock:
            bus.disable_torque()
            for motor in bus.motors:
                bus.write("Operating_Mode", motor, 0)
        self._thread.start()

    def centre(self) -> None:
        """The present pose becomes the middle of every joint; ranges count from here."""
        with self._lock:
            self.offsets = {name: int(value) for name, value in self.device.bus.set_half_turn_homings().items()}
            self.sweep = Sweep()

    def finish(self) -> dict[str, Any]:
        """Write ranges into the servos and LeRobot's file; SetupFault names a joint that was not swept."""
        from lerobot.motors import MotorCalibration

        self._require_swept()
        calibration = {}
        for joint in self.kind.joints:
            low, high = (
                (0, STEPS_PER_TURN - 1) if joint.turns else (self.sweep.low[joint.name], self.sweep.high[joint.name])
            )
            calibration[joint.name] = MotorCalibration(
                id=joint.servo, drive_mode=0, homing_offset=self.offsets[joint.name], range_min=low, range_max=high
            )
        self.end()
        self.device.calibration = calibration
        self.device.bus.write_calibration(calibration)
        self.device._save_calibration()
        return {"path": str(self.device.calibration_fpath), "fingerprint": fingerprint(joints_of(calibration))}

    def told(self) -> dict[str, Any]:
        """Raw encoder steps: now, and the lowest and highest since the middle."""
        return {
            "centred": bool(self.offsets),
            "joints": self.sweep.told(ranges=bool(self.offsets)),
            "problem": self.problem,
        }

    def end(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _require_swept(self) -> None:
        if not self.offsets:
            raise NotNow("The middle is not taken yet.", todo="Hold the arm in its middle pose, then take the middle.")
        for joint in self.kind.joints:
            if joint.turns:
                continue
            if joint.name in self.sweep.passed_seam:
                raise SetupFault(
                    f"{joint.name.replace('_', ' ')} turned past its encoder's end: its middle was not the middle.",
                    todo="Hold the arm in its middle pose and take the middle again.",
                )
            steps = self.sweep.high.get(joint.name, 0) - self.sweep.low.get(joint.name, 0)
            swept = steps * 360 / STEPS_PER_TURN
            if swept < joint.good_deg:
                raise SetupFault(
                    f"{joint.name.replace('_', ' ')} was turned by {swept:.0f} degrees of at least"
                    f" {joint.good_deg:.0f}.",
                    todo="Turn it by hand from one stop to the other.",
                )

    def _sample(self) -> None:
        while not self._stop.wait(_SAMPLE_S):
            with self._lock:
                try:
                    self.sweep.take(
                        patiently(self.device, lambda: self.device.bus.sync_read("Present_Position", normalize=False))
                    )
                except Exception as error:
                    self.problem = str(diagnose(self.kind.role.value, self.device, error))
                    forget_late_replies(self.device)
                    continue
                self.problem = ""


class Servos:
    """The operations of the set-up's process, one at a time. Every error is a sentence.

    `halt` comes from another thread, at any time: a motion ends at its next tick and the servos hold.
    """

    def __init__(self, reply_s: float, clock: Clock | None = None) -> None:
        self._reply_s = reply_s
        self._clock = clock or SystemClock()
        self._calibrating: Calibrating | None = None
        self._halt = threading.Event()

    def halt(self) -> None:
        """The emergency stop."""
        self._halt.set()

    def go_on(self) -> None:
        """What was asked for from now on may move again; the studio asks for it only once the stop is reset."""
        self._halt.clear()

    def scan(self, port: str) -> dict[str, Any]:
        """Ids that answer on `port`, at the speed an arm's servos have."""
        with self._bare_bus(port) as bus:
            found = [motor.id for motor in bus.motors.values() if bus.ping(motor.id) is not None]
        return {"ids": found}

    def assign(self, port: str, role: str, joint: str) -> dict[str, Any]:
        """Give the only servo on the port the id of `joint`."""
        wanted = next((one for one in KINDS[Role(role)].joints if one.name == joint), None)
        if wanted is None:
            raise SetupFault(f"There is no joint {joint!r}.", todo="Choose one of the list.")
        with self._bare_bus(port) as bus:
            found = bus.broadcast_ping() or {}
            if len(found) > 1:
                raise SetupFault(
                    f"{len(found)} servos answer: their ids would become equal.",
                    todo=f"Connect the {joint.replace('_', ' ')} servo alone.",
                )
            try:
                bus.setup_motor(joint)
            except RuntimeError as error:
                raise SetupFault("No servo answers.", todo="Check its cable and the power supply.") from error
        return {"id": wanted.servo}

    def begin(self, port: str, role: str, id: str, folder: str) -> dict[str, Any]:
        """Open the arm for a calibration from zero: limp from now on."""
        self.cancel()
        kind, device = self._device(port, role, id, folder)
        try:
            device.bus.connect()
        except Exception as error:
            leave(device, limp=False)
            raise SetupFault(_first_line(error), todo="Check port, power and cables.") from error
        calibrating = Calibrating(kind, device)
        calibrating.start()
        self._calibrating = calibrating
        return {}

    def centre(self) -> dict[str, Any]:
        self._open().centre()
        return {}

    def ranges(self) -> dict[str, Any]:
        return self._open().told()

    def finish(self) -> dict[str, Any]:
        done = self._open().finish()
        self.cancel()
        return done

    def cancel(self) -> dict[str, Any]:
        """Close the port; the arm stays limp."""
        calibrating, self._calibrating = self._calibrating, None
        if calibrating is not None:
            calibrating.end()
            leave(calibrating.device, limp=True)
        return {}

    def restore(self, port: str, role: str, id: str, folder: str) -> dict[str, Any]:
        """Write the calibration file of `id` into the servos."""
        with self._connected(port, role, id, folder) as device:
            device.bus.disable_torque()
            device.bus.write_calibration(device.calibration)
        return {"fingerprint": fingerprint(joints_of(device.calibration))}

    def compare(self, port: str, role: str, id: str, folder: str) -> dict[str, Any]:
        """The fingerprint of what the servos hold, and of the file: equal for the right arm."""
        with self._connected(port, role, id, folder) as device:
            held = fingerprint(joints_of(device.bus.read_calibration()))
        return {"servos": held, "file": fingerprint(joints_of(device.calibration)) if device.calibration else ""}

    def nudge(self, port: str, role: str, id: str, folder: str, joint: str) -> dict[str, Any]:
        """Move one joint by four degrees and back, and say how far it went (deg; % for a gripper).

        Limp afterwards; after the emergency stop it holds, for a raised arm would fall.
        """
        with self._connected(port, role, id, folder) as device:
            if not device.is_calibrated:
                raise NotNow("The arm is not calibrated, or it is another one.", todo="Calibrate it first.")
            hold_where_found(device)
            device.configure()
            try:
                start = device.get_observation()
                key = f"{joint}.pos"
                towards = -1.0 if start[key] > 0 else 1.0
                furthest = self._swing(device, start, key, towards * _NUDGE_DEG)
            finally:
                if not self._halt.is_set():
                    device.bus.disable_torque()
        went = abs(furthest - start[key])
        if went < _FOLLOWED * _NUDGE_DEG:
            raise SetupFault(
                f"{joint.replace('_', ' ')} went {went:.1f} of {_NUDGE_DEG:.0f} degrees.",
                todo="Is it blocked, or at its stop? Free it and try again.",
            )
        return {"moved": went, "wanted": _NUDGE_DEG}

    def _swing(self, device: Any, start: dict[str, float], key: str, amount: float) -> float:
        """There and back on a ramp; the reading furthest from the start, the far end's among them."""
        furthest = start[key]
        for begin, end in ((0.0, amount), (amount, 0.0)):
            began_ns, share = self._clock.monotonic_ns(), 0.0
            while share < 1.0:
                if self._halt.is_set():
                    device.send_action(patiently(device, device.get_observation))
                    raise Halted("Emergency stop: the arm holds where it is.", todo="Reset the stop to go on.")
                share = min(1.0, (self._clock.monotonic_ns() - began_ns) / NS_PER_S / _NUDGE_S)
                device.send_action({**start, key: start[key] + begin + share * (end - begin)})
                self._clock.sleep_until_ns(self._clock.monotonic_ns() + round(_SAMPLE_S * NS_PER_S))
                now = patiently(device, device.get_observation)[key]
                furthest = max(furthest, now, key=lambda value: abs(value - start[key]))
        return furthest

    # ---- the port ----

    def _open(self) -> Calibrating:
        if self._calibrating is None:
            raise NotNow("No calibration is under way.", todo="Begin one.")
        return self._calibrating

    def _device(self, port: str, role: str, id_: str, folder: str) -> tuple[ArmKind, Any]:
        kind = KINDS[Role(role)]
        fields = {"id": id_, "port": port, "calibration_dir": Path(folder)}
        build = robot_builder if kind.role is Role.follower else teleoperator_builder
        device = build(kind.type, fields)()
        without_retries(device)
        give_time(device, self._reply_s)
        return kind, device

    @contextlib.contextmanager
    def _connected(self, port: str, role: str, id_: str, folder: str) -> Iterator[Any]:
        self.cancel()
        _, device = self._device(port, role, id_, folder)
        try:
            device.bus.connect()
            yield device
        except (ConnectionError, OSError) as error:
            fault = diagnose(role, device, error) if device.bus.is_connected else None
            raise fault or SetupFault(_first_line(error), todo="Check port, power and cables.") from error
        finally:
            leave(device, limp=False)

    @contextlib.contextmanager
    def _bare_bus(self, port: str) -> Iterator[Any]:
        """A bus that expects nothing: whatever answers is found."""
        from lerobot.motors import Motor, MotorNormMode
        from lerobot.motors.feetech import FeetechMotorsBus

        self.cancel()
        motors = {
            joint.name: Motor(joint.servo, "sts3215", MotorNormMode.DEGREES) for joint in KINDS[Role.follower].joints
        }
        bus = FeetechMotorsBus(port, motors)
        holder = type("Holder", (), {"bus": bus})()
        give_time(holder, self._reply_s)
        try:
            bus.connect(handshake=False)
            yield bus
        except (ConnectionError, OSError) as error:
            raise SetupFault(_first_line(error), todo="Check port, power and cables.") from error
        finally:
            leave(holder, limp=False)


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


OPERATIONS: tuple[str, ...] = (
    "scan", "assign", "begin", "centre", "ranges", "finish", "cancel", "restore", "compare", "nudge",
)  # fmt: skip


def operation(servos: Servos, name: str) -> Callable[..., dict[str, Any]]:
    """The method of that name; DeviceFault for a name that is none."""
    if name not in OPERATIONS:
        raise DeviceFault(f"There is no operation {name!r}.")
    return getattr(servos, name)
