"""A request's header fields, as any client may send them."""

from __future__ import annotations

import pytest

from chatd.net.head import (
    HEAD_BYTES,
    MAX_FIELDS,
    NotImplementedHere,
    check_host,
    environ_of,
    first_line,
    framing,
    read_fields,
    target_of,
)
from chatd.net.reader import Reader
from tests.net.test_reader import Pieces


def fields(*lines: bytes, end: bytes = b"\r\n") -> dict[str, str]:
    reader = Reader(Pieces([b"".join(line + b"\r\n" for line in lines) + end + b"the body"]))
    read = read_fields(reader)
    assert reader.take_rest() == b"the body"
    return read


def test_names_are_of_any_case_and_values_trimmed() -> None:
    read = fields(b"HOST:  example.org \t", b"X-Empty:", "X-Name: Аня".encode())
    assert read.get("host") == "example.org" and read.get("x-empty") == ""
    assert environ_of(read)["HTTP_X_NAME"].encode("latin-1").decode() == "Аня"
    assert "none" not in read


def test_what_was_sent_twice_is_joined() -> None:
    read = fields(b"Accept: a", b"Cookie: a=1", b"accept: b", b"Cookie: b=2")
    assert read.get("accept") == "a,b" and read.get("cookie") == "a=1; b=2"


def test_the_body_s_length_and_type_stand_apart() -> None:
    read = fields(b"Content-Length: 3", b"Content-Type: text/plain")
    assert environ_of(read) == {"CONTENT_LENGTH": "3", "CONTENT_TYPE": "text/plain"}


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
        [b"x" * (HEAD_BYTES - 2)],
        [b"A: b", b"x" * 30_000 + b"\n:"],
        [b"A%d: x" % number for number in range(MAX_FIELDS + 2)],
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(lines: list[bytes]) -> None:
    with pytest.raises(ValueError):
        fields(*lines)


def test_a_head_that_does_not_end_is_refused() -> None:
    for begun in (b"Host: exam", b"Host: example.org\r\n", b"Host: a\r\n\r", b""):
        with pytest.raises(ValueError, match="not all of them"):
            read_fields(Reader(Pieces([begun])))


def test_a_head_is_the_same_however_it_comes() -> None:
    sent = b"Host: a\r\nX: " + b"x" * 9_000 + b"\r\n\r\nthe body"
    for size in (1, 2, 3, 7, 8_191):
        reader = Reader(Pieces(sent[at : at + size] for at in range(0, len(sent), size)))
        assert read_fields(reader).get("host") == "a"
        assert reader.read(8) == b"the body"


def test_a_head_has_so_many_bytes_and_fields_and_not_one_more() -> None:
    line = b"X: " + b"x" * (1_024 - 5)
    most = [line] * (HEAD_BYTES // 1_024)
    assert HEAD_BYTES == 32_768 and len(fields(*most).get("x") or "") == 32 * 1_020 - 1
    with pytest.raises(ValueError, match="too large"):
        fields(*most[1:], line + b"x")
    many = [b"X-%d: x" % number for number in range(MAX_FIELDS)]
    assert MAX_FIELDS == 100 and fields(*many).get("x-99") == "x"
    with pytest.raises(ValueError, match="too large"):
        fields(*many, b"One-More: x")


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("GET / HTTP/1.1\r\n", ("GET", "/", "1.1")),
        ("POST /x?a=1&b=2 HTTP/1.0\r\n", ("POST", "/x?a=1&b=2", "1.0")),
        (f"{'M' * 32} / HTTP/1.1\r\n", ("M" * 32, "/", "1.1")),
        (f"GET /?{'&' * 100} HTTP/1.1\r\n", ("GET", f"/?{'&' * 100}", "1.1")),
    ],
)
def test_a_request_begins_with_what_is_asked_of_what(
    line: str, parts: tuple[str, str, str]
) -> None:
    assert first_line(line) == parts


@pytest.mark.parametrize(
    "line",
    [
        "GET / HTTP/1.1\n",
        "GET / HTTP/1.1",
        "GET / HTTP/2.0\r\n",
        "GET  / HTTP/1.1\r\n",
        "GET / x HTTP/1.1\r\n",
        f"{'M' * 33} / HTTP/1.1\r\n",
        "GET HTTP/1.1\r\n",
        "",
        f"GET /?{'&' * 101} HTTP/1.1\r\n",
    ],
)
def test_what_begins_otherwise_is_no_request(line: str) -> None:
    with pytest.raises(ValueError, match=r"METHOD TARGET|at most 100 fields"):
        first_line(line)


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        ("/x", "/x", "own.example"),
        ("http://other.example/x?y", "/x?y", "other.example"),
        ("HTTPS://other.example", "/", "other.example"),
        ("http://other.example?y", "/?y", "other.example"),
        ("*", "*", "own.example"),
    ],
)
def test_a_whole_address_says_its_host_itself(target: str, path: str, host: str) -> None:
    read = fields(b"Host: own.example")
    assert (target_of(target, read), read.get("host")) == (path, host)


@pytest.mark.parametrize(
    ("lines", "version", "length", "chunked"),
    [
        ([], "1.1", None, False),
        ([b"Content-Length: 0"], "1.0", 0, False),
        ([b"Content-Length: 999999999999999"], "1.1", 999_999_999_999_999, False),
        ([b"Transfer-Encoding: Chunked"], "1.1", None, True),
    ],
)
def test_how_long_a_body_is_is_said_in_one_way(
    lines: list[bytes], version: str, length: int | None, chunked: bool
) -> None:
    assert framing(fields(*lines), version) == (length, chunked)


@pytest.mark.parametrize(
    ("lines", "version", "said"),
    [
        ([b"Transfer-Encoding: chunked", b"Content-Length: 3"], "1.1", "with Content-Length"),
        ([b"Transfer-Encoding: chunked"], "1.0", "in HTTP/1.0"),
        ([b"Content-Length: -1"], "1.1", "is a number"),
        ([b"Content-Length: 3x"], "1.1", "is a number"),
        ([b"Content-Length:"], "1.1", "is a number"),
        ([b"Content-Length: 9999999999999999"], "1.1", "is a number"),
    ],
)
def test_a_length_that_could_be_two_is_none(lines: list[bytes], version: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        framing(fields(*lines), version)


@pytest.mark.parametrize("coding", [b"gzip", b"gzip, chunked", b"chunked, chunked", b""])
def test_no_other_way_to_send_is_spoken(coding: bytes) -> None:
    with pytest.raises(NotImplementedHere):
        framing(fields(b"Transfer-Encoding: " + coding), "1.1")


def test_a_request_of_today_says_whom_it_asks() -> None:
    check_host(fields(b"Host:"), "1.1")
    check_host(fields(), "1.0")
    with pytest.raises(ValueError, match="needs Host"):
        check_host(fields(), "1.1")
