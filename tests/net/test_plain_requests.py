"""What stays of a connection after a plain request: kept, lingered over, or closed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gevent import Timeout, socket
from gevent.pywsgi import WSGIServer
from loguru import logger

from chatd.errors import ChatdError, RateLimited
from chatd.net.places import Place
from chatd.net.upgrade import LINGER_BYTES, LINGER_PIECE, Handler
from tests.net.test_abuse import Gate

LARGE = 20_000_000  # more than a socket takes


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Reads the body where it is asked to, and answers."""
    if environ["PATH_INFO"] == "/reads":
        environ["wsgi.input"].read()
    answer = b"x" * LARGE if environ["PATH_INFO"] == "/large" else b"ok"
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


class Asked(Gate):
    """Notes what was answered; refuses ``/refused``."""

    header_timeout = idle_timeout = 60.0

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[tuple[int, int]] = []
        self.requests: list[bytes] = []
        self.received: list[str] = []

    def hand_on(self, environ: dict[str, Any], sock: Any, said: Callable[[], bytes]) -> bool:
        self.requests.append(said())
        return environ["PATH_INFO"] == "/elsewhere"

    def receive(self, environ: dict[str, Any], place: Place) -> ChatdError | None:  # type: ignore[override]
        self.received.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/refused":
            return RateLimited("too often", retry_after=7)
        return None

    def on_answer(self, environ: dict[str, Any], status: int, length: int, seconds: float) -> None:
        self.answers.append((status, length))


@pytest.fixture
def gate() -> Iterator[Asked]:
    made = Asked()
    server = WSGIServer(("127.0.0.1", 0), application, handler_class=Handler, log=None)
    server.gateway = made
    server.start()
    made.address = server.address
    yield made
    server.stop(timeout=1)


class Wire:
    """A connection on which answers are read to the end of each."""

    def __init__(self, gate: Asked) -> None:
        self.sock = socket.create_connection(gate.address, timeout=20)
        self.rest = b""

    def send(self, head: str, body: bytes = b"") -> None:
        self.sock.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

    def answer(self) -> tuple[bytes, bytes]:
        """The next head, and the body that it announces."""
        head, self.rest = self._until(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        while len(self.rest) < length:
            self.rest += self.sock.recv(1_000_000) or pytest.fail("closed in the midst of it")
        body, self.rest = self.rest[:length], self.rest[length:]
        return head, body

    def closes(self) -> bool:
        """Whether nothing comes any more, and the connection ends."""
        try:
            return self.rest == b"" and self.sock.recv(100) == b""
        except ConnectionResetError:
            return True

    def stays(self) -> bool:
        """Whether one more request is answered on it."""
        self.send("GET /again HTTP/1.1\nHost: x")
        return self.answer()[1] == b"ok"

    def _until(self, mark: bytes) -> tuple[bytes, bytes]:
        while mark not in self.rest:
            self.rest += self.sock.recv(65_536) or pytest.fail(f"closed after {self.rest!r}")
        head, _, rest = self.rest.partition(mark)
        return head, rest


KEPT = {
    "GET / HTTP/1.1\nHost: x": True,
    "GET / HTTP/1.1\nHost: x\nConnection: close": False,
    "GET / HTTP/1.1\nHost: x\nConnection: keep-alive, close": False,
    "GET / HTTP/1.0": False,
    "GET / HTTP/1.0\nConnection: keep-alive": True,
    "GET / HTTP/1.0\nConnection: close": False,
}


def test_what_another_process_answers_counts_there(gate: Asked) -> None:
    wire = Wire(gate)
    wire.send("GET /elsewhere HTTP/1.1\nHost: x")
    assert wire.closes() and gate.requests
    assert not gate.received and not gate.answers
    assert Wire(gate).stays() and gate.received == ["/again"]


@pytest.mark.parametrize("head", KEPT)
def test_a_connection_is_kept_as_its_version_and_its_head_say(gate: Asked, head: str) -> None:
    wire = Wire(gate)
    wire.send(head)
    assert wire.answer()[1] == b"ok"
    assert wire.stays() if KEPT[head] else wire.closes()


def test_while_newcomers_are_refused_no_connection_is_kept(gate: Asked) -> None:
    wire = Wire(gate)
    gate.refusing = True
    wire.send("GET / HTTP/1.1\nHost: x")
    assert wire.answer()[1] == b"ok" and wire.closes()


def test_a_body_that_nobody_read_is_read_to_its_end_and_the_next_request_found(
    gate: Asked,
) -> None:
    wire = Wire(gate)
    body = b"y" * (3 * LINGER_PIECE)
    wire.send(f"POST /leaves HTTP/1.1\nHost: x\nContent-Length: {len(body)}", body)
    assert wire.answer()[1] == b"ok" and wire.stays()


def test_of_a_body_that_nobody_wants_only_so_much_is_read(gate: Asked) -> None:
    wire = Wire(gate)
    wire.send(f"POST /leaves HTTP/1.1\nHost: x\nContent-Length: {100 * LINGER_BYTES}")
    assert wire.answer()[1] == b"ok"
    sent = 0
    with Timeout(20):
        try:
            while sent < 10 * LINGER_BYTES:
                sent += wire.sock.send(b"y" * LINGER_PIECE)
        except OSError:
            pass
    assert sent < 10 * LINGER_BYTES, "and then the connection ends"


def test_a_body_that_does_not_come_is_not_waited_for(gate: Asked) -> None:
    wire = Wire(gate)
    errors: list[str] = []
    sink = logger.add(errors.append, level="ERROR", format="{message}")
    wire.send("POST /leaves HTTP/1.1\nHost: x\nContent-Length: 10", b"half")
    assert wire.answer()[1] == b"ok" and wire.closes()
    logger.remove(sink)
    assert errors == []


def test_another_process_is_given_the_request_and_what_came_behind_it(gate: Asked) -> None:
    wire = Wire(gate)
    wire.send("POST /reads HTTP/1.1\nHost: x\nX-Name: Ann\nContent-Length: 4", b"half")
    assert wire.answer()[1] == b"ok"
    head = b"POST /reads HTTP/1.1\r\nhost:x\r\nx-name:Ann\r\ncontent-length:4\r\n\r\n"
    assert gate.requests == [head + b"half"]


def test_a_body_is_asked_for_once_somebody_reads_it(gate: Asked) -> None:
    wire = Wire(gate)
    wire.send("POST /reads HTTP/1.1\nHost: x\nContent-Length: 2\nExpect: 100-Continue")
    assert wire.answer() == (b"HTTP/1.1 100 Continue", b"")
    wire.sock.sendall(b"hi")
    assert wire.answer()[1] == b"ok" and wire.stays()


def test_a_body_that_nobody_asked_for_is_not_waited_for(gate: Asked) -> None:
    wire = Wire(gate)
    wire.send("POST /leaves HTTP/1.1\nHost: x\nContent-Length: 2\nExpect: 100-continue")
    head, body = wire.answer()
    assert head.startswith(b"HTTP/1.1 200") and body == b"ok" and wire.closes()


def test_whoever_expects_nothing_is_told_nothing_before_the_answer(gate: Asked) -> None:
    wire = Wire(gate)
    wire.send("POST /reads HTTP/1.1\nHost: x\nContent-Length: 2", b"hi")
    head, body = wire.answer()
    assert head.startswith(b"HTTP/1.1 200") and body == b"ok"


def test_an_answer_is_noted_with_all_its_bytes(gate: Asked) -> None:
    wire = Wire(gate)
    for path, length in (("/", 2), ("/large", LARGE)):
        wire.send(f"GET {path} HTTP/1.1\nHost: x")
        head, body = wire.answer()
        assert len(body) == length
        assert wire.stays()
        assert gate.answers[-2] == (200, len(head) + 4 + length)
    assert gate.unsent.total == 0 and gate.answering == 0


def test_a_refusal_says_so_and_when_to_come_again(gate: Asked) -> None:
    wire = Wire(gate)
    wire.send("GET /refused HTTP/1.1\nHost: x")
    head, body = wire.answer()
    assert head.startswith(b"HTTP/1.1 429 Too Many Requests") and b"Retry-After: 7" in head
    told = json.loads(body)
    assert told["success"] is False and told["error"]["code"] == "rate_limited"
    assert wire.closes()
