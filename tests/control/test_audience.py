"""What a studio that was away gets: everything since it left, once introduced, in portions."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from app.control.audience import Audience
from app.control.messages import FromRig, Note, Tick, ToRig
from app.core.channel import Codec, Peer
from app.core.clock import NS_PER_S

HELLO = Note("info", "hello", "I am the rig.", 0)


def tick(index: int) -> Tick:
    return Tick(index, index, (0.0,) * 6, (0.0,) * 6, "", False, (), 0, (0.0, 0.0, 0.0))


class Ear:
    """The far end of a peer: reads what was sent to it."""

    def __init__(self) -> None:
        near, self._far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.peer = Peer(near)
        self._codec: Codec[FromRig] = Codec(FromRig)
        self._far.setblocking(False)  # what is said lies there when it has been said
        self._bytes = b""

    def heard(self) -> list[FromRig]:
        try:
            while data := self._far.recv(1 << 20):
                self._bytes += data
        except BlockingIOError:
            pass
        messages, at = [], 0
        while at < len(self._bytes):
            length = int.from_bytes(self._bytes[at : at + 4], "little")
            messages.append(self._codec.decode(self._bytes[at + 4 : at + 4 + length]))
            at += 4 + length
        self._bytes = b""
        return messages

    def close(self) -> None:
        self.peer.close()
        self._far.close()


@pytest.fixture
def ears() -> Iterator[list[Ear]]:
    ears = [Ear(), Ear()]
    yield ears
    for ear in ears:
        ear.close()


@pytest.fixture
def audience() -> Audience:
    codec: Codec[ToRig] = Codec(ToRig)
    audience = Audience(codec, keep_s=30)
    audience.alone_since_ns = 0
    return audience


def indices(heard: list[FromRig]) -> list[int]:
    return [message.index for message in heard if isinstance(message, Tick)]


def test_the_introduction_comes_first_and_live_ticks_follow(audience: Audience, ears: list[Ear]) -> None:
    audience.arrive(ears[0].peer, HELLO, 0)
    audience.say(tick(1), 10)
    heard = ears[0].heard()
    assert heard[0] == HELLO
    assert indices(heard) == [1]


def test_who_returns_gets_what_was_missed_in_order_even_while_more_comes(audience: Audience, ears: list[Ear]) -> None:
    audience.arrive(ears[0].peer, HELLO, 0)
    for index in range(300):
        audience.say(tick(index), index * NS_PER_S // 30)
    audience.leave(ears[0].peer, 10 * NS_PER_S)
    for index in range(300, 900):
        audience.say(tick(index), index * NS_PER_S // 30)
    audience.arrive(ears[1].peer, HELLO, 30 * NS_PER_S)
    heard: list[FromRig] = []
    for index in range(900, 940):
        audience.say(tick(index), index * NS_PER_S // 30)
        audience.flush()
        heard += ears[1].heard()
    assert heard[0] == HELLO
    assert indices(heard) == list(range(270, 940))


def test_only_the_last_thirty_seconds_are_kept(audience: Audience, ears: list[Ear]) -> None:
    for index in range(3000):
        audience.say(tick(index), index * NS_PER_S // 30)
    audience.arrive(ears[0].peer, HELLO, 100 * NS_PER_S)
    heard: list[FromRig] = []
    for _ in range(30):
        audience.flush()
        heard += ears[0].heard()
    assert indices(heard)[0] == 3000 - 901
    assert indices(heard)[-1] == 2999


def test_a_second_listener_gets_no_backlog(audience: Audience, ears: list[Ear]) -> None:
    audience.arrive(ears[0].peer, HELLO, 0)
    audience.say(tick(1), 10)
    audience.arrive(ears[1].peer, HELLO, 20)
    audience.say(tick(2), 30)
    assert indices(ears[1].heard()) == [2]
    assert len(audience) == 2
