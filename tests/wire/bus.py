"""A chain of STS3215 servos behind a USB adapter, emulated on a pseudo-terminal at the wire's own pace."""

from __future__ import annotations

import contextlib
import os
import select
import threading
import tty
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.clock import NS_PER_S, Clock, SystemClock
from tests.wire.servo import LONGEST_S, Servo

PING, READ, WRITE, SYNC_READ, SYNC_WRITE = 0x01, 0x02, 0x03, 0x82, 0x83
BROADCAST = 0xFE
BYTE_S = 10 / 1_000_000  # a byte with its start and stop bits at 1 Mbit/s
_DELAY_UNIT_S = 2e-6
_FLOOR_DELAY_S = 20e-6


class ServoBus:
    """`path` stays the same over an unplug, as `/dev/serial/by-id` does. Use it as a context manager.

    Faults on request: `silent` ids do not answer, what `garbled` ids answer is damaged,
    `garble` spoils the next replies' checksums, `noise` bytes precede the next reply, `brown_out` sags the supply and
    restarts the servos, `unplug` takes the adapter away. `slow_s` delays each reply.

    The motors turn on `clock`. On the system's the bus keeps the wire's own pace, for
    a live studio; on a ManualClock time passes by what is on the wire (10 us a byte,
    and each servo's delay) and in `pass_time`, so that a busy machine changes nothing.
    `heard` and `told` count bytes dealt with and bytes answered since the plug went in.
    """

    def __init__(self, path: Path, servos: Sequence[Servo], clock: Clock | None = None) -> None:
        self.path = path
        self.clock = clock or SystemClock()
        self.servos = list(servos)
        self.silent: set[int] = set()
        self.garbled: set[int] = set()
        self.garble = 0
        self.noise = b""
        self.slow_s = 0.0
        self.packets = 0
        self.bad_packets = 0
        self.heard = self.told = 0
        self._lock = threading.RLock()
        self._master = self._slave = -1
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._moved_ns = self.clock.monotonic_ns()

    def __enter__(self) -> ServoBus:
        self.plug()
        return self

    def __exit__(self, *exc: object) -> None:
        self.unplug()

    def __getitem__(self, number: int) -> Servo:
        return next(servo for servo in self.servos if servo.number == number)

    # ---- what a test does to it ----

    def plug(self) -> None:
        self.heard = self.told = 0
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(self._slave))
        self._stop.clear()
        self._thread = threading.Thread(target=self._serve, name=f"servos {self.path.name}", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """The adapter goes: whoever has the port open gets an error at the next byte."""
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join()
        self._thread = None
        os.close(self._slave)
        os.close(self._master)
        self.path.unlink(missing_ok=True)

    def brown_out(self) -> None:
        """The supply fails for a moment: every servo restarts, limp, with what its EEPROM holds."""
        with self._lock:
            for servo in self.servos:
                servo.power_cycle()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Servos and their motors stand still while a test looks or turns joints by hand."""
        with self._lock:
            self._advance()
            yield

    def pass_time(self, seconds: float) -> None:
        """Let the motors run on, beside the clock.

        A target that was only just written is still under way, on a real wire too: ask
        something first, for the answer to it comes after the target has.
        """
        with self.held():
            while seconds > 0.0:
                for servo in self.servos:
                    servo.advance(min(seconds, LONGEST_S))
                seconds -= LONGEST_S

    def turn(self, number: int, actual: float) -> None:
        """Turn a limp joint by hand to a raw encoder position."""
        with self.held():
            self[number].actual = actual

    # ---- the wire ----

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # a real servo does not wait for a busy machine
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(2))
        pending = bytearray()
        while not self._stop.is_set():
            ready, _, _ = select.select([self._master], [], [], 0.05)
            if not ready:
                continue
            came = b""
            with contextlib.suppress(OSError):
                came = os.read(self._master, 4096)
            pending += came
            while packet := self._next_packet(pending):
                self._handle(packet)
            self.heard += len(came)  # last: whoever waits for an answer knows now that none will come

    def _next_packet(self, pending: bytearray) -> bytes:
        """One whole instruction packet, cut off the front; noise before it is skipped."""
        while len(pending) >= 4:
            if pending[0] != 0xFF or pending[1] != 0xFF or pending[2] == 0xFF:
                del pending[0]
                continue
            size = pending[3] + 4
            if len(pending) < size:
                return b""
            packet = bytes(pending[:size])
            if _checksum(packet[2:-1]) != packet[-1]:
                self.bad_packets += 1
                del pending[:2]
                continue
            del pending[:size]
            return packet
        return b""

    def _handle(self, packet: bytes) -> None:
        began_ns = self.clock.monotonic_ns()
        self.packets += 1
        with self._lock:
            self._advance()
            replies = self._replies(packet[2], packet[4], packet[5:-1])
        duration_s = len(packet) * BYTE_S + self.slow_s
        for _, reply, delay_s in replies:
            duration_s += len(reply) * BYTE_S + max(_FLOOR_DELAY_S, delay_s)
        self.clock.sleep_until_ns(began_ns + round(duration_s * NS_PER_S))
        if not replies:
            return
        self._send(b"".join(self._spoiled(number, reply) for number, reply, _ in replies))

    def _send(self, data: bytes) -> None:
        noise, self.noise = self.noise, b""
        self.told += len(noise + data)
        with contextlib.suppress(OSError):
            os.write(self._master, noise + data)

    def _spoiled(self, number: int, reply: bytes) -> bytes:
        if number not in self.garbled and self.garble <= 0:
            return reply
        self.garble = max(0, self.garble - 1)
        return reply[:-1] + bytes([reply[-1] ^ 0x55])

    def _advance(self) -> None:
        now_ns = self.clock.monotonic_ns()
        for servo in self.servos:
            servo.advance((now_ns - self._moved_ns) / NS_PER_S)
        self._moved_ns = now_ns

    def _replies(self, number: int, instruction: int, body: bytes) -> list[tuple[int, bytes, float]]:
        match instruction:
            case _ if instruction == PING:
                return [self._status(servo) for servo in self._addressed(number)]
            case _ if instruction == READ:
                return [self._status(servo, servo.read(body[0], body[1])) for servo in self._addressed(number)]
            case _ if instruction == WRITE:
                addressed = self._addressed(number)
                for servo in addressed:
                    servo.write(body[0], body[1:])
                # A servo that was given another id answers as the one that was asked: LeRobot waits for that.
                return [] if number == BROADCAST else [self._status(servo, number=number) for servo in addressed]
            case _ if instruction == SYNC_READ:
                return self._sync_read(body)
            case _ if instruction == SYNC_WRITE:
                size = body[1] + 1
                for start in range(2, len(body), size):
                    for servo in self._addressed(body[start]):
                        servo.write(body[0], body[start + 1 : start + size])
        return []

    def _sync_read(self, body: bytes) -> list[tuple[int, bytes, float]]:
        """Each servo waits for the one before it: after a silent one the others stay silent too."""
        replies: list[tuple[int, bytes, float]] = []
        for number in body[2:]:
            found = self._addressed(number)
            if not found:
                break
            replies.append(self._status(found[0], found[0].read(body[0], body[1])))
        return replies

    def _addressed(self, number: int) -> list[Servo]:
        awake = [servo for servo in self.servos if servo.number not in self.silent]
        return [servo for servo in awake if number in (servo.number, BROADCAST)]

    @staticmethod
    def _status(servo: Servo, data: bytes = b"", number: int | None = None) -> tuple[int, bytes, float]:
        body = bytes([servo.number if number is None else number, len(data) + 2, servo.status]) + data
        return servo.number, b"\xff\xff" + body + bytes([_checksum(body)]), servo.memory[7] * _DELAY_UNIT_S


def _checksum(body: bytes) -> int:
    return ~sum(body) & 0xFF
