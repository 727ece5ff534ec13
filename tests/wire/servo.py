"""One STS3215 as the wire sees it: its registers, its EEPROM, and a motor behind them."""

from __future__ import annotations

import math
from dataclasses import dataclass

REGISTERS = 90
EEPROM_END = 40
STEPS = 4096
MODEL_NUMBER = 777

ID, RETURN_DELAY, STATUS_LEVEL = 5, 7, 8
MIN_LIMIT, MAX_LIMIT, MAX_TEMPERATURE = 9, 11, 13
PHASE, P_GAIN, HOMING, MODE = 18, 21, 31, 33
TORQUE, ACCELERATION, GOAL, TORQUE_LIMIT, LOCK = 40, 41, 42, 48, 55
POSITION, VELOCITY, LOAD, VOLTAGE, TEMPERATURE, STATUS, MOVING, CURRENT = 56, 58, 60, 62, 63, 65, 66, 69
READ_ONLY = {*range(5), *range(56, 71)}

UNDER_VOLTAGE, OVERHEAT, OVERLOAD = 0x01, 0x04, 0x20

_TOP_STEPS_S = 3400.0  # some 50 rpm at 12 V
_STEP_S = 0.002
LONGEST_S = 0.5  # a servo nobody asked for longer than this has come to rest
_CENTRE = 128  # written to TORQUE: take the present position as the middle


@dataclass(frozen=True)
class Build:
    """How a servo sits in its arm, in raw encoder steps: its mechanical stops, and how gravity pulls at it.

    `pull` is the sag at the factory's gain; a limp joint falls in its direction.
    """

    low: int = 0
    high: int = STEPS - 1
    pull: float = 0.0


class Servo:
    """Registers as the manual lists them. `actual` is the raw encoder; what is read has the offset taken off.

    Writes below address 40 last over a loss of power only while `Lock` is 0.
    """

    def __init__(self, number: int, build: Build | None = None, *, actual: float = 2048.0) -> None:
        self.build = build or Build()
        self.actual = actual
        self.speed = 0.0
        self.temperature_c = 28.0
        self.jammed = False
        self.supply_v = 12.1
        self.error = 0
        self.memory = bytearray(REGISTERS)
        self._eeprom = bytearray(EEPROM_END)
        self._eeprom[0:5] = bytes((3, 10, 0, MODEL_NUMBER & 0xFF, MODEL_NUMBER >> 8))
        factory = {ID: number, RETURN_DELAY: 250, STATUS_LEVEL: 1, MAX_TEMPERATURE: 70, PHASE: 12, P_GAIN: 32, 22: 32}
        for address, value in factory.items():
            self._eeprom[address] = value
        self._eeprom[MAX_LIMIT : MAX_LIMIT + 2] = (STEPS - 1).to_bytes(2, "little")
        self._eeprom[16:18] = (1000).to_bytes(2, "little")
        self._overloaded_s = 0.0
        self.power_cycle()

    @property
    def number(self) -> int:
        return self.memory[ID]

    @property
    def position(self) -> int:
        """What `Present_Position` says: the encoder less the homing offset, on one turn."""
        return round(self.actual - self._signed(HOMING, 11)) % STEPS

    def power_cycle(self) -> None:
        """Off and on: what was not saved is forgotten, and the motor is limp."""
        self.memory[:] = bytes(REGISTERS)
        self.memory[:EEPROM_END] = self._eeprom
        self.memory[LOCK] = 1
        self._put(TORQUE_LIMIT, 1000)
        self._put(GOAL, self.position)
        self.speed, self.error, self._overloaded_s = 0.0, 0, 0.0

    # ---- the wire ----

    def read(self, address: int, length: int) -> bytes:
        self._refresh()
        return bytes(self.memory[address : address + length]).ljust(length, b"\0")

    def write(self, address: int, data: bytes) -> None:
        for offset, value in enumerate(data):
            at = address + offset
            if at in READ_ONLY or at >= REGISTERS:
                continue
            self.memory[at] = value
            if at < EEPROM_END and not self.memory[LOCK]:
                self._eeprom[at] = value
        if address == TORQUE:
            self._switch_torque(data[0])

    def _switch_torque(self, value: int) -> None:
        if value == _CENTRE:
            offset = round(self.actual) - STEPS // 2
            self._put(HOMING, abs(offset) | (0x800 if offset < 0 else 0))
            self.memory[TORQUE] = 1
        self.error, self._overloaded_s = 0, 0.0
        if not value:
            self.speed = 0.0

    # ---- the motor ----

    def advance(self, seconds: float) -> None:
        left = min(seconds, LONGEST_S)
        while left > 0.0:
            self._move(min(left, _STEP_S))
            left -= _STEP_S

    def _move(self, dt: float) -> None:
        powered = self.memory[TORQUE] and not self.error & OVERLOAD
        if powered:
            gap = self._goal_actual() + self._sag() - self.actual
            wish = math.copysign(min(abs(gap) * 12.0, _TOP_STEPS_S), gap)
            slew = max(1, self.memory[ACCELERATION] or 254) * 100.0 * dt
            self.speed += max(-slew, min(slew, wish - self.speed))
            self._strain(abs(gap), dt)
        else:
            self.speed = math.copysign(120.0, self.build.pull) if self.build.pull else 0.0
        if self.jammed:
            self.speed = 0.0
        moved = self.actual + self.speed * dt
        self.actual = max(float(self.build.low), min(float(self.build.high), moved))
        if self.actual != moved:
            self.speed = 0.0
        warm = 28.0 + (20.0 * self.load**2 if powered else 0.0)
        self.temperature_c += (warm - self.temperature_c) * dt / 60.0

    def _strain(self, gap: float, dt: float) -> None:
        """A motor that pushes against something for two seconds switches itself off."""
        self._overloaded_s = self._overloaded_s + dt if self.jammed and gap > 40 else 0.0
        if self._overloaded_s > 2.0:
            self.error |= OVERLOAD

    @property
    def load(self) -> float:
        """Share of the stall torque, signed."""
        if not self.memory[TORQUE] or self.error & OVERLOAD:
            return 0.0
        gap = self._goal_actual() - self.actual
        return max(-1.0, min(1.0, gap / 200.0))

    def _goal_actual(self) -> float:
        goal = min(max(self._get(GOAL), self._get(MIN_LIMIT)), self._get(MAX_LIMIT))
        raw = goal + self._signed(HOMING, 11)
        turns = round((self.actual - raw) / STEPS)
        return raw + turns * STEPS if self.build.low <= raw + turns * STEPS <= self.build.high else raw

    def _sag(self) -> float:
        return self.build.pull * 32.0 / max(1, self.memory[P_GAIN])

    def _refresh(self) -> None:
        load = self.load
        self._put(POSITION, self.position)
        self._put(VELOCITY, min(32767, round(abs(self.speed))) | (0x8000 if self.speed < 0 else 0))
        self._put(LOAD, round(abs(load) * 1000) | (0x400 if load < 0 else 0))
        self.memory[VOLTAGE] = round((self.supply_v - 0.4 * abs(load)) * 10)
        self.memory[TEMPERATURE] = round(self.temperature_c)
        self.memory[STATUS] = self.status
        self.memory[MOVING] = int(abs(self.speed) > 5)
        self._put(CURRENT, round(abs(load) * 380))

    @property
    def status(self) -> int:
        error = self.error
        if self.supply_v < 6.0:
            error |= UNDER_VOLTAGE
        if self.temperature_c >= self.memory[MAX_TEMPERATURE]:
            error |= OVERHEAT
        return error

    def _get(self, address: int) -> int:
        return int.from_bytes(self.memory[address : address + 2], "little")

    def _put(self, address: int, value: int) -> None:
        self.memory[address : address + 2] = value.to_bytes(2, "little")

    def _signed(self, address: int, bit: int) -> int:
        value = self._get(address)
        return -(value & ~(1 << bit)) if value >> bit & 1 else value
