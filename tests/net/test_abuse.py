"""Attacks on a connection's beginning and end: fat and slow heads, late floods, failed handlers."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest
from gevent import socket as gsocket
from gevent.pywsgi import WSGIServer

from chatd.delivery.outbox import Flusher
from chatd.net.places import Place, Places
from chatd.net.upgrade import Handler
from chatd.net.websocket import Heart, Limits, WebSocket
from tests.net.test_websocket import CLOSE, PING, TEXT, EchoServer, Raw, close, frame

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.fixture(scope="module")
def echo() -> Iterator[EchoServer]:
    server = EchoServer(header_timeout=1.0, close_timeout=1.0)
    yield server
    said = server.stop()
    assert "Traceback" not in said and "ERROR" not in said, said


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("after a violation", frame(TEXT, b"x", masked=False)),
        ("after our close", frame(TEXT, b"close 4001 enough")),
    ],
)
def test_a_flood_that_goes_on_after_the_close_is_cut_off(
    echo: EchoServer, name: str, first: bytes
) -> None:
    client = Raw(echo)
    client.send(first)
    assert client.frame()[0] == CLOSE
    block = frame(PING, b"x" * 100) * 600
    client.sock.settimeout(0.5)
    deadline = time.monotonic() + 30
    with pytest.raises(ConnectionError):
        while time.monotonic() < deadline:
            try:
                client.sock.send(block)
            except TimeoutError:
                continue
    client.sock.close()


def test_text_fails_at_its_first_bad_byte_though_the_frame_is_not_all_here(
    echo: EchoServer,
) -> None:
    client = Raw(echo)
    client.send(struct.pack("!BBH", 0x81, 0xFE, 1_000) + b"\0\0\0\0" + b"fine so far \xff")
    assert client.frame() == (CLOSE, close(1007, b"text that is not UTF-8"))
    client.sock.close()


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("one fat header", b"X: " + b"x" * 40_000 + b"\r\n"),
        ("many headers", b"X: y\r\n" * 10_000),
        ("all together too much", b"".join(b"X%d: %b\r\n" % (n, b"x" * 900) for n in range(60))),
    ],
)
def test_a_head_that_is_too_large_is_refused(echo: EchoServer, name: str, headers: bytes) -> None:
    with socket.create_connection(echo.address) as sock:
        sock.settimeout(10)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n" + headers)
        assert sock.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_head_that_drips_is_not_waited_for(echo: EchoServer) -> None:
    with socket.create_connection(echo.address) as sock:
        sock.settimeout(0.05)
        head = iter(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                sock.send(bytes([next(head)]))
                if sock.recv(10) == b"":
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
        pytest.fail("still connected")


def nothing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """There is nothing but the WebSocket."""
    start_response("404 Not Found", [])
    return []


class Gate:
    """What the handler needs of its server; serves by a function that the test gives."""

    header_timeout = 5.0
    idle_timeout = 5.0

    def __init__(self) -> None:
        self.heart = Heart()
        self.serve: Callable[[WebSocket], None] = lambda ws: None
        self.ended: list[WebSocket] = []
        self.address = ("", 0)
        self._flusher = Flusher()
        self.places = Places(1000, 1000)
        self.unsent = self._flusher.unsent
        self.answering, self.refusing = 0, False

    def network(self, peer: str) -> str:
        return peer

    def receive(self, environ: dict[str, Any], place: Place) -> None:
        """Everybody."""

    def on_refusal(self, reason: str, what: str, peer: str) -> None:
        """Nobody counts."""

    def admit(self, environ: dict[str, Any], place: Place) -> None:
        """Everybody."""

    def hand_on(self, environ: dict[str, Any], sock: Any, said: Callable[[], bytes]) -> bool:
        """There is no other process."""
        return False

    def on_answer(self, environ: dict[str, Any], status: int, length: int, seconds: float) -> None:
        """Nobody reads it."""

    def websocket(self, sock: Any, received: bytes, environ: dict[str, Any]) -> WebSocket:
        return WebSocket(sock, Limits(close_timeout=1.0), self.heart, self._flusher, received)

    def session(self, ws: WebSocket, environ: dict[str, Any]) -> Callable[[], None]:
        self.ended.append(ws)
        return lambda: self.serve(ws)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    server = WSGIServer(("127.0.0.1", 0), nothing, handler_class=Handler, log=None)
    server.gateway = made
    server.start()
    beating = gevent.spawn(made.heart.run)
    made.address = server.address
    yield made
    beating.kill()
    server.stop(timeout=1)


def all_that_comes(gate: Gate, sent: bytes = b"") -> bytes:
    """What the server says until it hangs up."""
    with gsocket.create_connection(gate.address) as sock:
        sock.settimeout(10)
        sock.sendall(HANDSHAKE + sent)
        said = b""
        while piece := sock.recv(65_536):
            said += piece
    return said.partition(b"\r\n\r\n")[2]


def test_a_handler_that_closes_and_leaves_has_its_code_sent(gate: Gate) -> None:
    gate.serve = lambda ws: ws.close(1011, "the daemon failed")
    assert all_that_comes(gate) == b"\x88\x13" + close(1011, b"the daemon failed")
    assert len(gate.heart) == 0


def test_a_handler_that_just_leaves_closes_normally_after_what_it_sent(gate: Gate) -> None:
    gate.serve = lambda ws: ws.outbox.append(b"\x81\x03bye")
    assert all_that_comes(gate) == b"\x81\x03bye\x88\x02" + close(1000)
    assert len(gate.heart) == 0


def test_a_handler_that_raises_lets_go_of_its_connection(gate: Gate) -> None:
    def fail(ws: WebSocket) -> None:
        raise RuntimeError("a fault of the test's")

    gate.serve = fail
    assert all_that_comes(gate) == b""
    assert len(gate.heart) == 0 and gate.ended[0].close_code == 1006


def test_what_was_queued_leaves_before_a_peers_close_is_answered(gate: Gate) -> None:
    answer = b"\x82\x7f" + struct.pack("!Q", 3_000_000) + b"x" * 3_000_000

    def serve(ws: WebSocket) -> None:
        while ws.receive() is not None:
            ws.outbox.append(answer)

    gate.serve = serve
    said = all_that_comes(gate, frame(TEXT, b"go") + frame(CLOSE, close(1000)))
    assert said == answer + b"\x88\x02" + close(1000)
    ended = gate.ended[0]
    assert (ended.close_code, ended.closed_by, ended.in_messages) == (1000, "peer", 1)
