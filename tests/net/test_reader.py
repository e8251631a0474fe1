"""What comes off the socket before it is a WebSocket's, in lines and bodies."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from chatd.net.reader import Reader


class Pieces:
    """A socket from which so much comes at once."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.left = list(pieces)
        self.asked: list[int] = []

    def recv(self, size: int) -> bytes:
        self.asked.append(size)
        if not self.left:
            return b""
        piece, rest = self.left[0][:size], self.left[0][size:]
        self.left[:1] = [rest] if rest else []
        return piece


def test_lines_come_whole_however_they_were_sent() -> None:
    reader = Reader(Pieces([b"GET / HT", b"TP/1.1\r", b"\nHost: a\r\n\r\nbo", b"dy"]))
    lines = [reader.readline(100) for _ in range(3)]
    assert lines == [b"GET / HTTP/1.1\r\n", b"Host: a\r\n", b"\r\n"]
    assert reader.read(4) == b"body" and reader.read(1) == b""


def test_of_a_line_that_does_not_end_so_much_is_given_as_is_asked_for() -> None:
    reader = Reader(Pieces([b"x" * 30, b"x" * 30 + b"\n"]))
    assert reader.readline(40) == b"x" * 40
    assert reader.readline(40) == b"x" * 20 + b"\n"
    assert Reader(Pieces([b"x" * 39 + b"\n"])).readline(40) == b"x" * 39 + b"\n"
    assert Reader(Pieces([b"x" * 40 + b"\n"])).readline(40) == b"x" * 40
    assert Reader(Pieces([b"half"])).readline(40) == b"half", "there the peer has ended"
    assert Reader(Pieces([])).readline(40) == b""


def test_a_body_is_read_to_its_end_and_no_further() -> None:
    socket = Pieces([b"\n" + b"a" * 10, b"b" * 100_000, b"next"])
    reader = Reader(socket)
    assert reader.readline(10) == b"\n"
    assert reader.read(100_010) == b"a" * 10 + b"b" * 100_000
    assert socket.left == [b"next"] and max(socket.asked) <= 65_536
    assert Reader(Pieces([b"short"])).read(10) == b"short"


def test_what_there_is_is_given_without_waiting_for_more() -> None:
    reader = Reader(Pieces([b"\nabc", b"def"]))
    assert reader.readline(10) == b"\n"
    assert [reader.read1(2), reader.read1(9), reader.read1(2), reader.read1(9)] == [
        b"ab",
        b"c",
        b"de",
        b"f",
    ]
    assert reader.read1(1) == b""


def test_what_came_behind_is_given_over_once() -> None:
    reader = Reader(Pieces([b"\n\x81\x80frame"]))
    assert reader.readline(10) == b"\n" and reader.take_rest() == b"\x81\x80frame"
    assert reader.take_rest() == b""
    reader.close()
    assert reader.closed


def test_what_had_come_before_a_deadline_struck_is_not_lost() -> None:
    class Late(Pieces):
        def recv(self, size: int) -> bytes:
            if self.left == ["late"]:  # type: ignore[comparison-overlap]
                self.left.clear()
                raise TimeoutError
            return super().recv(size)

    line = Late([b"abc", b"def"])
    line.left.append("late")  # type: ignore[arg-type]
    reader = Reader(line)
    with pytest.raises(TimeoutError):
        reader.read(10)
    assert reader.read(4) == b"abcd" and reader.take_rest() == b"ef"
