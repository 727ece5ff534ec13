"""Any position-controlled LeRobot robot behind the `Arm` protocol. Only the rig process imports this."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import logging
import pkgutil
import threading
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

import numpy as np

from app.core.clock import NS_PER_S, Clock, SystemClock
from app.devices.errors import DeviceFault, StillConnecting
from app.devices.lerobot_bus import (
    buses_of,
    complaint,
    diagnose,
    give_time,
    hold_where_found,
    leave,
    patiently,
    require_fingerprint,
    statuses_of,
    without_retries,
)
from app.devices.models import ArmModel, ArmReading, Vector

log = logging.getLogger(__name__)

DEADLINE_S = 0.008  # half a control period: longer the loop does not wait for the bus
REPLY_S = 0.05
SILENT_S = 2.0
_HEALTH_EVERY = 30


class LeRobotArm:
    """A thread of its own talks to the bus, so that the control loop never waits beyond `DEADLINE_S`.

    A reading that is late is stood in for by the last one, with its own time. After
    twice `reply_s` no target is passed on any more; when the bus is back, or the cause is
    known, that is a `DeviceFault`: so the arm never jumps to catch up. `limp` says
    what a fault does; at a regular disconnect the servos are let go.
    """

    def __init__(
        self,
        model: ArmModel,
        build: Callable[[], Any],
        *,
        limp: bool,
        reply_s: float = REPLY_S,
        fingerprint: str = "",
        clock: Clock | None = None,
    ) -> None:
        self.model = model
        self._reply_s = reply_s
        self._fingerprint = fingerprint
        self._stale_s = 2.0 * reply_s
        self._hanging_s = max(SILENT_S, 10.0 * reply_s)  # two tries and a ping of each servo are no hanging
        self._clock = clock or SystemClock()
        self._build = build
        self._limp = limp
        self._lock = threading.Condition()
        self._thread: threading.Thread | None = None
        self._wanted = False
        self._closing = False
        self._target: Vector | None = None
        self._reading: ArmReading | None = None
        self._fault: DeviceFault | None = None
        self._told = False
        self._ready = threading.Event()

    def connect(self) -> None:
        """Returns at once while the servos are being set up: the fault says so, and the loop asks again."""
        if self._thread is not None and self._fault is not None:
            self._thread.join(DEADLINE_S)  # it has said what was wrong and is ending
            fault, told = self._fault, self._told
            self._told = True
            if not told or self._thread.is_alive():
                raise fault
        if self._thread is None or not self._thread.is_alive():
            self._fault, self._told, self._reading, self._target, self._closing = None, False, None, None, False
            self._ready.clear()
            self._thread = threading.Thread(target=self._talk, name="servo bus", daemon=True)
            self._thread.start()
        if not self._ready.is_set():
            raise StillConnecting(f"The {self.model.name} is being connected.", todo="Wait a moment.")

    def read(self) -> ArmReading:
        with self._lock:
            asked_ns = self._clock.monotonic_ns()
            self._wanted = True
            self._lock.notify_all()
            self._lock.wait_for(lambda: self._fresh(asked_ns) or self._fault is not None, DEADLINE_S)
            if self._fault is not None:
                self._told = True
                raise self._fault
            if self._reading is None:
                raise DeviceFault(f"The {self.model.name} is not connected.", todo="Wait a moment.")
            if self._age_s(self._reading) > self._hanging_s:
                raise DeviceFault(f"The {self.model.name}'s bus hangs.", todo="Unplug its USB cable and plug it in.")
            return self._reading

    def write(self, target: Vector) -> None:
        with self._lock:
            if self._reading is not None and self._age_s(self._reading) <= self._stale_s:
                self._target = np.array(target)
                self._lock.notify_all()

    def disconnect(self) -> None:
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        if self._thread is not None and self._fault is None:
            self._thread.join(SILENT_S)

    def _fresh(self, asked_ns: int) -> bool:
        return self._reading is not None and self._reading.monotonic_ns >= asked_ns

    # ---- the bus thread ----

    def _talk(self) -> None:
        device: Any = None
        try:
            device = self._build()
            without_retries(device)
            give_time(device, self._reply_s)
            hold_where_found(device)
            device.connect(calibrate=False)
            self._require_calibrated(device)
            require_fingerprint(self.model.name, device, self._fingerprint)
            self._look(device)
            self._ready.set()
            self._serve(device)
            leave(device, limp=True)
        except DeviceFault as fault:
            self._fail(device, fault)
        except Exception as error:
            log.warning("The bus failed: %s", error)
            self._fail(device, self._worded(device, error))

    def _worded(self, device: Any, error: Exception) -> DeviceFault:
        connected = device is not None and any(bus.is_connected for _, bus in buses_of(device))
        if device is not None and not connected and buses_of(device):
            text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            return DeviceFault(
                f"The {self.model.name} cannot be connected: {text}", todo="Check port, power and cables."
            )
        return diagnose(self.model.name, device, error)

    def _fail(self, device: Any, fault: DeviceFault) -> None:
        if device is not None:
            leave(device, limp=self._limp)
        with self._lock:
            self._fault = fault
            self._ready.set()
            self._lock.notify_all()

    def _serve(self, device: Any) -> None:
        rounds = 0
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._wanted or self._target is not None or self._closing)
                if self._closing:
                    return
                wanted, target = self._wanted, self._target
                self._wanted, self._target = False, None
            if target is not None:
                device.send_action(self._named(target))
            if wanted:
                self._look(device)
                rounds += 1
                if rounds % _HEALTH_EVERY == 0:
                    self._examine(device)

    def _look(self, device: Any) -> None:
        before = self._reading
        began_ns = self._clock.monotonic_ns()
        seen = patiently(device, device.get_observation)
        position = np.array([float(seen[f"{name}.pos"]) for name in self.model.joint_names])
        silent_s = self._age_s(before) if before is not None else 0.0
        if before is not None and self._clock.monotonic_ns() - began_ns > self._stale_s * NS_PER_S:
            raise DeviceFault(f"The {self.model.name}'s bus was silent for {silent_s:.1f} s.", todo="Check its cables.")
        with self._lock:
            self._reading = ArmReading(self._clock.monotonic_ns(), position)
            self._lock.notify_all()

    def _examine(self, device: Any) -> None:
        """A sync read never tells that a servo has switched itself off: its status register does."""
        for prefix, bus in buses_of(device):
            statuses = patiently(device, lambda bus=bus: statuses_of(bus))
            if (fault := complaint(self.model.name, prefix, statuses)) is not None:
                raise fault
            powered = patiently(device, lambda bus=bus: bus.sync_read("Torque_Enable", normalize=False))
            if not all(powered.values()):
                raise DeviceFault(
                    f"The {self.model.name}'s servos went limp: their power failed for a moment.",
                    todo="Check the power supply; the arm is set up again.",
                )

    def _require_calibrated(self, device: Any) -> None:
        if not device.is_calibrated:
            raise DeviceFault(
                f"The {self.model.name} is not calibrated, or its servos hold another arm's calibration.",
                todo="Calibrate it, or name the id of the arm that is plugged in.",
            )

    def _named(self, target: Vector) -> dict[str, float]:
        return {f"{name}.pos": float(value) for name, value in zip(self.model.joint_names, target, strict=True)}

    def _age_s(self, reading: ArmReading) -> float:
        return (self._clock.monotonic_ns() - reading.monotonic_ns) / NS_PER_S


def require_positions(type_name: str, features: dict[str, Any]) -> None:
    """DeviceFault in words for a robot that is not driven by joint positions alone."""
    other = [key for key in features if not key.endswith(".pos")]
    if other:
        raise DeviceFault(
            f"The robot {type_name!r} is driven by {', '.join(other)}: the studio drives joint positions only.",
            todo="Use a position-controlled arm.",
        )


def require_joints(type_name: str, features: dict[str, Any], joints: Sequence[str]) -> None:
    """DeviceFault when the rig file describes other joints than LeRobot's robot has, or in another order."""
    own = [key.removesuffix(".pos") for key in features]
    if own != list(joints):
        raise DeviceFault(
            f"The robot {type_name!r} has the joints {', '.join(own)}; the rig file describes {', '.join(joints)}.",
            todo="Describe all of them in that order, [arm.limits.JOINT].",
        )


def register_own(package: Any) -> None:
    """LeRobot knows a device only once its module is imported; one whose vendor's package lacks is left out."""
    for module in pkgutil.iter_modules(package.__path__):
        if module.ispkg:
            with contextlib.suppress(ImportError):
                importlib.import_module(f"{package.__name__}.{module.name}")


def lerobot_config(base: Any, type_name: str, fields: dict[str, Any], package: Any = None) -> Any:
    """LeRobot's configuration `type_name`, plug-ins included; DeviceFault names the ones there are.

    `package` holds LeRobot's own devices of that kind, which are imported only for a type that is not known yet.
    """
    from lerobot.utils.import_utils import register_third_party_plugins

    register_third_party_plugins()
    if package is not None and type_name not in base.get_known_choices():
        register_own(package)
    known = base.get_known_choices()
    if type_name not in known:
        raise DeviceFault(f"LeRobot knows no {type_name!r}.", todo=f"It knows: {', '.join(sorted(known))}.")
    given = {key: value for key, value in fields.items() if value is not None}
    try:
        parts = get_type_hints(known[type_name])
        return known[type_name](**{key: _part(parts.get(key), value) for key, value in given.items()})
    except TypeError as error:
        raise DeviceFault(f"The options of {type_name!r} do not fit: {error}.", todo="Mend the rig file.") from error


def _part(kind: Any, value: Any) -> Any:
    """A table for a configuration inside the configuration, as two arms have them."""
    nested = isinstance(value, dict) and isinstance(kind, type) and dataclasses.is_dataclass(kind)
    return kind(**value) if nested else value


def robot_builder(type_name: str, fields: dict[str, Any], joints: Sequence[str] = ()) -> Callable[[], Any]:
    """Builds the LeRobot robot anew each time, without cameras; its `joints`, where they are said, are held to."""

    def build() -> Any:
        import lerobot.robots
        import lerobot.robots.bi_so_follower
        import lerobot.robots.so_follower
        from lerobot.robots import RobotConfig, make_robot_from_config

        robot = make_robot_from_config(lerobot_config(RobotConfig, type_name, fields, lerobot.robots))
        require_positions(type_name, robot.action_features)
        if joints:
            require_joints(type_name, robot.action_features, joints)
        return robot

    return build
