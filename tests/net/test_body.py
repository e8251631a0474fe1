"""A request's body off the socket, byte by byte: where it ends, and what is behind it."""

from __future__ import annotations

import io
from typing import Any

import gevent
import pytest
from falcon.testing import create_req

from chatd.errors import Malformed, TooLarge
from chatd.net.body import CONTINUE, LINE_BYTES, TRAILER_BYTES, Body, BrokenBody
from chatd.net.http import bodies
from chatd.net.http.bodies import read_body

BEHIND = b"GET / HTTP/1.1\r\n"


class Line:
    """A socket that notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Noted."""
        self.sent.append(data)


class Dripping(io.BytesIO):
    """What comes a few bytes at a time."""

    def read1(self, size: int | None = -1, /) -> bytes:
        """Three at most."""
        return super().read1(min(3, size or 0))


def of_length(data: bytes, length: int | None, **more: Any) -> Body:
    return Body(io.BytesIO(data), length, False, **more)


def in_chunks(data: bytes) -> Body:
    return Body(io.BytesIO(data), None, True)


def left(body: Body) -> bytes:
    """What stands behind it on the socket."""
    rest: bytes = body._rfile.read()
    return rest


@pytest.mark.parametrize("length", [None, 0])
def test_where_no_body_is_said_to_come_nothing_is_read(length: int | None) -> None:
    body = of_length(BEHIND, length)
    assert body.over and not body.broken and body.wanted
    assert body.read() == body.read_some(9) == b"" and left(body) == BEHIND


def test_a_body_ends_with_its_length_and_not_a_byte_later() -> None:
    body = of_length(b"12345" + BEHIND, 5)
    assert not body.over
    assert body.read(2) == b"12" and not body.over
    assert body.read(99) == b"345" and body.over and not body.broken
    assert body.read() == b"" and left(body) == BEHIND
    assert of_length(b"12345" + BEHIND, 5).read() == b"12345"


def test_of_a_body_so_many_bytes_are_read_and_no_more() -> None:
    body = of_length(b"12345", 5)
    assert body.read(0) == b"" and body.read(1) == b"1" and body.read(4) == b"2345"
    chunked = in_chunks(b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
    assert chunked.read(4) == b"abcd" and chunked.read(1) == b"e" and not chunked.over
    assert chunked.read(-1) == b"f" and chunked.over


@pytest.mark.parametrize("come", [b"", b"1234"])
def test_a_body_that_breaks_off_is_told_and_nothing_behind_it_believed(come: bytes) -> None:
    body = of_length(come, 5)
    with pytest.raises(BrokenBody, match="it broke off"):
        body.read()
    assert body.over and body.broken and body.read() == b""


@pytest.mark.parametrize("chunked", [False, True])
def test_what_has_come_is_given_before_what_does_not_come(chunked: bool) -> None:
    data = b"8\r\n1234567" if chunked else b"1234567"
    body = Body(Dripping(data), 8, chunked)
    assert [body.read_some(5) for _ in range(3)] == [b"123", b"456", b"7"]
    with pytest.raises(BrokenBody, match="it broke off"):
        body.read_some(5)
    assert body.broken


def test_what_has_come_is_given_as_it_comes_and_to_the_end() -> None:
    for data, chunked in ((b"1234567", False), (b"4\r\n1234\r\n3\r\n567\r\n0\r\n\r\n", True)):
        body, got = Body(Dripping(data + BEHIND), 7, chunked), []
        while piece := body.read_some(2):
            got.append(piece)
        assert b"".join(got) == b"1234567" and max(map(len, got)) == 2
        assert body.over and not body.broken and left(body) == BEHIND


def test_chunks_are_joined_and_what_is_behind_them_is_not_theirs() -> None:
    body = in_chunks(b"1\r\na\r\nA;name=value\r\n0123456789\r\n000\r\nX: y\r\n\r\n" + BEHIND)
    assert body.read() == b"a0123456789" and body.over and not body.broken
    assert left(body) == BEHIND
    empty = in_chunks(b"0\r\n\r\n" + BEHIND)
    assert not empty.over and empty.read() == b"" and empty.over and left(empty) == BEHIND


BROKEN = (
    b"",
    b"\r\n",
    b"x\r\n",
    b"-1\r\na\r\n",
    b"+1\r\na\r\n",
    b"1\na\n",
    b"1 \r\na\r\n",
    b"0x1\r\na\r\n",
    b"1;\x01\r\na\r\n",
    b"0000000000001\r\na\r\n",
    b"1;" + b"x" * LINE_BYTES + b"\r\na\r\n",
)


@pytest.mark.parametrize("data", BROKEN)
def test_a_chunk_begins_with_its_size_in_a_line_of_its_own(data: bytes) -> None:
    body = in_chunks(data)
    with pytest.raises(BrokenBody, match="a chunk begins with its size"):
        body.read()
    assert body.broken and body.over


def test_the_line_of_a_size_has_so_many_bytes_and_not_one_more() -> None:
    longest = b"1;" + b"x" * (LINE_BYTES - 4) + b"\r\n"
    assert len(longest) == LINE_BYTES == 256
    assert in_chunks(longest + b"a\r\n0\r\n\r\n").read() == b"a"
    assert in_chunks(b"000000000001\r\na\r\n0\r\n\r\n").read() == b"a", "twelve digits"
    with pytest.raises(BrokenBody):
        in_chunks(b"1;" + b"x" * (LINE_BYTES - 3) + b"\r\na\r\n0\r\n\r\n").read()


@pytest.mark.parametrize("end", [b"x\r\n", b"\n\r\n", b"\rx", b""])
def test_a_chunk_ends_where_it_said(end: bytes) -> None:
    body = in_chunks(b"2\r\nab" + end)
    with pytest.raises(BrokenBody, match="a chunk is longer than it said"):
        body.read()
    assert body.broken


def test_what_follows_the_last_chunk_is_so_long_at_most() -> None:
    def ended(size: int) -> Body:
        line = b"X: " + b"y" * (1_024 - 5) + b"\r\n"
        rest = b"X: " + b"y" * (size - 3 * len(line) - 5) + b"\r\n"
        return in_chunks(b"0\r\n" + 3 * line + rest + b"\r\n" + BEHIND)

    body = ended(TRAILER_BYTES)
    assert TRAILER_BYTES == 4_096 and body.read() == b"" and left(body) == BEHIND
    body = ended(TRAILER_BYTES + 1)
    with pytest.raises(BrokenBody, match="what follows the last chunk"):
        body.read()
    assert body.broken


@pytest.mark.parametrize("trailers", [b"X: y\n\r\n", b"X: y", b""])
def test_what_follows_the_last_chunk_is_lines(trailers: bytes) -> None:
    with pytest.raises(BrokenBody, match="or no line"):
        in_chunks(b"0\r\n" + trailers).read()


@pytest.mark.parametrize("read", ["read", "read_some"])
def test_who_waits_to_be_asked_is_asked_once_and_only_for_what_is_read(read: str) -> None:
    line = Line()
    body = of_length(b"12345", 5, waiting=line)
    assert not body.wanted and line.sent == []
    assert getattr(body, read)(2) == b"12"
    assert body.wanted and line.sent == [CONTINUE]
    assert getattr(body, read)(9) == b"345" and line.sent == [CONTINUE]
    nothing = of_length(b"", 0, waiting=line)
    assert getattr(nothing, read)(2) == b"" and line.sent == [CONTINUE] and not nothing.wanted


def test_it_is_not_thrown_away_by_the_server() -> None:
    body = of_length(b"12345", 5)
    body._discard()
    assert left(body) == b"12345"


def asked(body: Any, length: int | None = None) -> Any:
    """A request with this body."""
    request = create_req(headers={} if length is None else {"Content-Length": str(length)})
    request.env["wsgi.input"] = body
    return request


def test_of_a_request_no_more_is_read_than_tells_that_it_is_too_much() -> None:
    whole = in_chunks(b"5\r\n12345\r\n0\r\n\r\n")
    assert read_body(asked(whole), 5) == b"12345" and whole.over
    long = in_chunks(b"5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n")
    with pytest.raises(TooLarge, match="a body holds at most 4 bytes") as caught:
        read_body(asked(long), 4)
    assert caught.value.details["limit"] == 4 and left(long) == b"5\r\n12345\r\n0\r\n\r\n"
    unread = of_length(b"12345", 5)
    with pytest.raises(TooLarge):
        read_body(asked(unread, 5), 4)
    assert left(unread) == b"12345", "what is announced as too much is not read"
    assert read_body(asked(of_length(b"12345", 5), 5), 5) == b"12345"


def test_a_request_that_breaks_off_or_takes_too_long_is_malformed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Malformed, match="the body broke off"):
        read_body(asked(of_length(b"123", 5), 5), 5)

    class Late(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            gevent.sleep(10)
            return b""

    assert bodies.BODY_SECONDS == 10.0
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.01)
    with pytest.raises(Malformed, match="the body took over 0 s"):
        read_body(asked(Late(), 5), 5)


def test_very_small_chunks_leave_the_loop_to_others() -> None:
    turns: list[int] = []

    def others() -> None:
        while True:
            turns.append(1)
            gevent.sleep(0)

    other = gevent.spawn(others)
    try:
        body = Body(io.BytesIO(b"1\r\nA\r\n" * 1000 + b"0\r\n\r\n"), None, True)
        assert body.read() == b"A" * 1000 and body.over
    finally:
        other.kill()
    assert len(turns) >= 1000 // 64, "nothing else waits for the socket to be empty"
