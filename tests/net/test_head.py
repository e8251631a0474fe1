"""A request's header fields, as any client may send them."""

from __future__ import annotations

import io

import pytest

from chatd.net.head import HEAD_BYTES, MAX_FIELDS, Fields


def fields(*lines: bytes, end: bytes = b"\r\n") -> Fields:
    return Fields(io.BytesIO(b"".join(line + b"\r\n" for line in lines) + end + b"the body"))


def test_names_are_of_any_case_and_values_trimmed() -> None:
    read = fields(b"HOST:  example.org \t", b"X-Empty:", "X-Name: Аня".encode())
    assert read.get("Host") == "example.org" and read.get("x-empty") == ""
    assert dict(read.environ())["HTTP_X_NAME"].encode("latin-1").decode() == "Аня"
    assert read.get("none") is None and read.get("none", "else") == "else"


def test_what_was_sent_twice_is_joined() -> None:
    read = fields(b"Accept: a", b"Cookie: a=1", b"accept: b", b"Cookie: b=2")
    assert read.get("accept") == "a,b" and read.get("cookie") == "a=1; b=2"


def test_the_body_s_length_and_type_stand_apart() -> None:
    read = fields(b"Content-Length: 3", b"Content-Type: text/plain")
    assert not dict(read.environ())
    assert (read.getheader("content-length"), read.typeheader) == ("3", "text/plain")
    del read["content-length"]
    assert read.get("Content-Length") is None


@pytest.mark.parametrize(
    "lines",
    [
        [b"no colon"],
        [b": no name"],
        [b"Name : a space before the colon"],
        [b"A: 1", b" folded: onto the line before"],
        [b"\xff: not ASCII"],
        [b"X_Forwarded_For: 10.0.0.1"],
        [b"A: a bare\rreturn"],
        [b"A: a bare\nB: line feed"],
        [b"A: a\0b"],
        [b"A: a\x1bb"],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"],
        [b"Content-Length: 1", b"Content-Length: 1"],
        [b"Host: a", b"host: b"],
        [b"A: " + b"x" * HEAD_BYTES],
        [b"A%d: x" % number for number in range(MAX_FIELDS + 2)],
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(lines: list[bytes]) -> None:
    with pytest.raises(ValueError):
        fields(*lines)


def test_a_head_that_does_not_end_is_refused() -> None:
    with pytest.raises(ValueError, match="on one line"):
        Fields(io.BytesIO(b"Host: exam"))
    with pytest.raises(ValueError, match="on one line"):
        Fields(io.BytesIO(b"Host: example.org\r\n"))
