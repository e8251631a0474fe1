"""What a beat of the heart does to one connection, by a clock that the test turns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import gevent
import pytest
from gevent import socket
from msgspec.structs import replace

from chatd.delivery.outbox import Flusher
from chatd.net.frames import ABNORMAL, NORMAL, TOO_SLOW, Limits
from chatd.net.websocket import Heart, WebSocket, encode_text

LIMITS = Limits(
    ping_interval=20.0,
    idle_timeout=50.0,
    close_timeout=4.0,
    outbox_bytes=50_000_000,
    ping=b"\x89\0",
)
PING_FRAME = LIMITS.ping
MUCH = 10_000_000  # more than a pair of sockets takes


class Line(NamedTuple):
    """A connection, its peer, and the time."""

    ws: WebSocket
    peer: socket.socket
    heart: Heart
    began: float

    def beat(self, after: float) -> None:
        """A beat, so many seconds after the beginning, and what was marked to be sent."""
        self.heart.now = self.began + after
        self.ws.beat(self.heart.now)
        gevent.sleep(0.001)

    def due(self) -> float:
        return self.ws.due - self.began

    def hears(self) -> bytes:
        """What has come to the peer by now."""
        self.peer.settimeout(0.05)
        try:
            return self.peer.recv(1000)
        except TimeoutError:
            return b""

    def speaks(self) -> None:
        """The peer gives a sign of life, and it is read."""
        self.peer.sendall(b"\x8a\x80\0\0\0\0")  # a pong
        self.ws._read()


def line_of(limits: Limits) -> Line:
    near, far = socket.socketpair()
    heart = Heart()
    heart.now = 1000.0
    return Line(WebSocket(near, limits, heart, Flusher()), far, heart, heart.now)


@pytest.fixture
def line() -> Iterator[Line]:
    made = line_of(LIMITS)
    yield made
    close(made)


@pytest.fixture
def regular() -> Iterator[Line]:
    made = line_of(replace(LIMITS, pings_regularly=True, idle_timeout=70.0))
    yield made
    close(made)


def close(line: Line) -> None:
    line.ws.release()
    line.ws._socket.close()
    line.peer.close()


def test_who_is_quiet_is_asked_for_a_sign_of_life_and_then_given_up(line: Line) -> None:
    assert line.due() == 20
    line.beat(19.9)
    assert line.hears() == b"" and line.due() == 20
    line.beat(20)
    assert line.hears() == PING_FRAME and line.due() == 40
    line.beat(40)
    assert line.hears() == PING_FRAME and line.due() == 50, "not later than it is given up"
    line.beat(49.9)
    assert not line.ws.closed
    line.beat(50)
    assert (line.ws.close_code, line.ws.closed_by) == (ABNORMAL, "")
    assert line.ws.close_reason == "not a sign of life for too long"
    assert line.ws.receive() is None


def test_whoever_has_said_something_is_not_asked(line: Line) -> None:
    line.heart.now = line.began + 15
    line.speaks()
    line.beat(20)
    assert line.hears() == b"" and line.due() == 35
    line.beat(35)
    assert line.hears() == PING_FRAME and line.due() == 55
    line.beat(64.9)
    assert not line.ws.closed
    line.beat(65)
    assert line.ws.closed


def test_where_pings_are_regular_whoever_speaks_is_asked_all_the_same(regular: Line) -> None:
    regular.heart.now = regular.began + 15
    regular.speaks()
    regular.beat(20)
    assert regular.hears() == PING_FRAME and regular.due() == 40
    regular.heart.now = regular.began + 39
    regular.speaks()
    regular.beat(39.9)
    assert regular.hears() == b"" and regular.due() == 40
    regular.beat(40)
    assert regular.hears() == PING_FRAME and regular.due() == 60


def test_a_goodbye_is_waited_for_until_its_deadline(line: Line) -> None:
    line.heart.now = line.began + 10
    line.ws.close(NORMAL, "bye")
    assert line.due() == 14 and line.ws.closed_by == "we"
    line.beat(13.9)
    assert line.due() == 14 and not line.ws._dead
    line.beat(14)
    assert line.ws._dead and line.ws.close_code == NORMAL, "what was said stays"


def test_whoever_answers_pings_and_reads_nothing_is_too_slow(line: Line) -> None:
    line.heart.now = line.began + 5
    line.ws.outbox.append(encode_text(b"x" * MUCH))
    gevent.sleep(0.01)
    assert line.ws.outbox.queued and line.ws._behind == (MUCH + 10, line.began + 5)
    for after in (20, 40, 54.9):
        line.heart.now = line.began + after
        line.speaks()
        line.beat(after)
        assert not line.ws.closed and line.due() <= 55
    waits = line.ws.outbox.queued
    line.ws.outbox.append(encode_text(b"y" * 100_000))
    line.beat(55)
    assert line.ws.close_code == TOO_SLOW
    assert line.ws.outbox.queued < waits + 100, "of what was not begun nothing is sent any more"


def test_whoever_reads_on_has_the_time_anew(line: Line) -> None:
    line.ws.outbox.append(encode_text(b"x" * MUCH))
    gevent.sleep(0.01)
    read = 0
    while read < MUCH + 10:
        read += len(line.peer.recv(1_000_000))
    with gevent.Timeout(10):
        while line.ws.outbox.queued:
            gevent.sleep(0.01)
    line.heart.now = line.began + 45
    line.speaks()
    line.ws.outbox.append(encode_text(b"y" * MUCH))
    gevent.sleep(0.01)
    line.beat(51)
    assert not line.ws.closed, "what waits now has waited for six seconds"
    assert line.ws._behind == (2 * MUCH + 20, line.began + 51)


def test_what_has_left_is_behind_nobody(line: Line) -> None:
    line.ws.outbox.append(encode_text(b"x"))
    gevent.sleep(0.01)
    line.beat(10)
    assert line.ws._behind is None and line.due() == 20


def test_a_turn_ends_after_so_many_frames_and_not_before(line: Line) -> None:
    line.peer.sendall(b"\x81\x81\0\0\0\0a" * 200)
    assert line.ws.receive() == "a", "and the rest is at hand"
    others: list[int] = []
    gevent.spawn(lambda: others.append(line.ws.in_messages))
    for _ in range(LIMITS.frames_per_turn // 2):
        assert line.ws.receive() == "a"
    assert others == []
    with gevent.Timeout(10):
        for _ in range(LIMITS.frames_per_turn):
            assert line.ws.receive() == "a"
    assert others and others[0] <= LIMITS.frames_per_turn
