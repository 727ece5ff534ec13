"""Any LeRobot teleoperator arm behind the `Leader` protocol, read in a thread of its own. Rig process only."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.core.clock import NS_PER_S, Clock, SystemClock
from app.devices.errors import DeviceFault
from app.devices.lerobot_arm import lerobot_config, require_positions
from app.devices.lerobot_bus import (
    buses_of,
    diagnose,
    give_time,
    hold_where_found,
    leave,
    patiently,
    require_fingerprint,
    without_retries,
)
from app.devices.models import ArmReading, Vector

log = logging.getLogger(__name__)

RATE_HZ = 60.0
REPLY_S = 0.05
_RETRY_S = 1.0
_DRIVEN_NS = round(0.3 * NS_PER_S)  # nobody says where to for longer than this: limp
_GENTLE = 300  # of 1000: a driven leader pushes no harder than this


class LeRobotLeader:
    """`read` never waits: it gives the newest pose, or a DeviceFault in words while there is none.

    A `driven` one has servos that LeRobot can power; they have torque only between `drive` and
    `let_go`, and lose it when neither comes.
    """

    def __init__(
        self,
        name: str,
        joints: Sequence[str],
        build: Callable[[], Any],
        *,
        reply_s: float = REPLY_S,
        fingerprint: str = "",
        driven: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.driven = driven
        self._target: tuple[Vector, int] | None = None
        self._powered = False
        self._reply_s = reply_s
        self._fingerprint = fingerprint
        self._stale_ns = round(2.0 * reply_s * NS_PER_S)
        self._clock = clock or SystemClock()
        self._joints = tuple(joints)
        self._build = build
        self._reading: ArmReading | None = None
        self._fault = DeviceFault(f"The {name} is being connected.", todo="Wait a moment.")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def connect(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="leader bus", daemon=True)
            self._thread.start()

    def read(self) -> ArmReading:
        reading = self._reading
        if reading is None or self._clock.monotonic_ns() - reading.monotonic_ns > self._stale_ns:
            raise self._fault
        return reading

    def drive(self, target: Vector) -> None:
        self._target = (np.array(target), self._clock.monotonic_ns())

    def let_go(self) -> None:
        self._target = None

    def disconnect(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2.0)

    def _keep(self) -> None:
        while not self._stop.is_set():
            device: Any = None
            try:
                device = self._build()
                without_retries(device)
                give_time(device, self._reply_s)
                self._require_joints(device)
                device.connect(calibrate=False)
                if not device.is_calibrated:
                    raise DeviceFault(f"The {self.name} is not calibrated.", todo="Calibrate it.")
                require_fingerprint(self.name, device, self._fingerprint)
                self._require_drivable(device)
                self._follow(device)
            except DeviceFault as fault:
                self._fault = fault
            except Exception as error:
                self._fault = diagnose(self.name, device, error)
            if not self._stop.is_set():
                log.warning("%s", self._fault)
            if device is not None:
                leave(device, limp=self._powered)
            self._powered, self._target = False, None
            self._stop.wait(_RETRY_S)

    def _follow(self, device: Any) -> None:
        while not self._stop.wait(1.0 / RATE_HZ):
            if self.driven:
                self._go(device)
            seen = patiently(device, device.get_action)
            position = np.array([float(seen[f"{name}.pos"]) for name in self._joints])
            self._reading = ArmReading(self._clock.monotonic_ns(), position)

    def _require_joints(self, device: Any) -> None:
        lacking = [name for name in self._joints if f"{name}.pos" not in device.action_features]
        if lacking:
            raise DeviceFault(
                f"The {self.name} has no joint {' or '.join(lacking)}: it cannot lead this arm.",
                todo="Name a leader with the arm's joints in the rig file, [leader].",
            )

    def _require_drivable(self, device: Any) -> None:
        if not self.driven:
            return
        if not buses_of(device):
            raise DeviceFault(
                f"The {self.name} cannot be driven: it has no servos that LeRobot powers.",
                todo='Write engage = "follower" into the rig file, [leader].',
            )
        hold_where_found(device)

    def _go(self, device: Any) -> None:
        """Towards the target while there is a fresh one, else limp. In the bus's thread."""
        told = self._target
        fresh = told is not None and self._clock.monotonic_ns() - told[1] <= _DRIVEN_NS
        if told is None or not fresh:
            if self._powered:
                self._power(device, on=False)
            return
        if not self._powered:
            self._power(device, on=True)
        goals = dict(zip(self._joints, told[0], strict=True))
        for prefix, bus in buses_of(device):
            bus.sync_write("Goal_Position", {motor: float(goals[prefix + motor]) for motor in bus.motors})

    def _power(self, device: Any, *, on: bool) -> None:
        for _, bus in buses_of(device):
            if on:
                bus.sync_write("Torque_Limit", dict.fromkeys(bus.motors, _GENTLE), normalize=False)
                bus.enable_torque()
            else:
                bus.disable_torque()
        self._powered = on


def teleoperator_builder(type_name: str, fields: dict[str, Any]) -> Callable[[], Any]:
    def build() -> Any:
        import lerobot.teleoperators
        import lerobot.teleoperators.bi_so_leader
        import lerobot.teleoperators.so_leader
        from lerobot.teleoperators import TeleoperatorConfig, make_teleoperator_from_config

        made = make_teleoperator_from_config(
            lerobot_config(TeleoperatorConfig, type_name, fields, lerobot.teleoperators)
        )
        require_positions(type_name, made.action_features)
        return made

    return build
